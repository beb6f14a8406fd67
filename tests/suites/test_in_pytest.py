"""What a plain pytest run says of an engine: outcomes, reasons, and the verdict at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gradassay.reports.records import Verdict
from gradassay.suites.cli import main
from gradassay.suites.shown import of_programs

TINY = Path(__file__).with_name("tiny.py")
SPREAD = pytest.mark.parametrize("spread", [[], ["-n", "2"]], ids=["alone", "spread"])


def run(*arguments: str, cwd: Path, code: int, fault: str = "", **more: str) -> list[str]:
    """The lines of `pytest --pyargs gradassay.suites`."""
    env = {**os.environ, "TINY_FAULT": fault, "PYTEST_ADDOPTS": "", "COLUMNS": "200", **more}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--import-mode=importlib"]
    command += ["--pyargs", "gradassay.suites", "--engine", f"{TINY}:Tiny"]
    command += ["--assay-profile", "smoke", "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout.splitlines()


# ---- what is accepted is no pass

ACCEPT = """
[[accept]]
op = "sin"
outcome = "wrong gradient"
kind = "bug"
reason = "the sign"

[[accept]]
check = "T3"
kind = "design"
reason = "a vector is summed"
"""
SIGN, SUM = "sin wrong gradient: the sign", "T3: a vector is summed"


def outcomes(junit: Path) -> dict[str, str]:
    """Of every test that was skipped: its kind and its reason."""
    cases = ElementTree.parse(junit).getroot().iter("testcase")
    return {
        c.attrib["name"]: f"{s.attrib['type']} {s.attrib['message']}"
        for c in cases
        for s in c.findall("skipped")
    }


@SPREAD
def test_a_test_whose_differences_are_accepted_is_xfailed(
    tmp_path: Path, spread: list[str]
) -> None:
    (tmp_path / "accept.toml").write_text(ACCEPT)
    accepting = ["--assay-accept", "accept.toml", "--junitxml=junit.xml", "-rx", *spread]
    chosen = "ops or T3 or (graphs and 0)"
    shown = run("-k", chosen, *accepting, cwd=tmp_path, code=0, fault="wrong gradient")
    assert "3 passed, " in shown[-1]  # the other ops
    assert ", 3 xfailed in" in shown[-1]
    kinds = outcomes(tmp_path / "junit.xml")
    assert kinds["test_ops[sin-float64]"] == f"pytest.xfail {SIGN}"
    assert kinds["test_graphs[0-float64]"] == f"pytest.xfail {SIGN}"
    assert kinds["test_state[T3]"] == f"pytest.xfail {SUM}"


def test_beside_another_difference_it_fails(tmp_path: Path) -> None:
    (tmp_path / "accept.toml").write_text(ACCEPT.replace("T3", "T7"))
    accepting = ["--assay-accept", "accept.toml", "-k", "T3 or T7"]
    shown = run(*accepting, cwd=tmp_path, code=1)
    assert "1 failed" in shown[-1]
    assert "1 xfailed" in shown[-1]


def test_runxfail_asks_for_the_failure(tmp_path: Path) -> None:
    (tmp_path / "accept.toml").write_text(ACCEPT)
    accepting = ["--assay-accept", "accept.toml", "-k", "T3", "--runxfail"]
    assert "1 failed" in run(*accepting, cwd=tmp_path, code=1)[-1]


# ---- a failing test says why, and how to see it again


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What CI shows of a run with a wrong rule."""
    folder = tmp_path_factory.mktemp("failing")
    return run(cwd=folder, code=1, fault="wrong gradient", CI="1")


def block(lines: list[str], test: str) -> list[str]:
    """What is shown of a failing test."""
    start = next(i for i, line in enumerate(lines) if line.strip("_ ") == test)
    after = (i for i, line in enumerate(lines) if i > start and line.startswith(("___", "===")))
    return lines[start + 1 : next(after)]


SIN = "wrong gradient in sin: x0.grad is -0.5403023058681398, but should be 0.5403023058681398"


def test_the_line_of_a_failed_test_is_its_reason(failing: list[str]) -> None:
    at = next(i for i, line in enumerate(failing) if "short test summary" in line)
    *failed, counts = failing[at + 1 :]
    assert "9 failed" in counts
    assert len(failed) == 9
    reasons = dict(line.rpartition("::")[2].split(" - ", 1) for line in failed)
    assert reasons["test_ops[sin-float64]"] == reasons["test_graphs[3-float64]"] == SIN
    assert reasons["test_state[T7]"].startswith("gradient of v5 for x is [ 5., 14.] of dtype")


@pytest.mark.parametrize("test", ["test_graphs[0-float64]", "test_ops[sin-float64]"])
def test_a_finding_is_shown_wherever_it_was_reduced(failing: list[str], test: str) -> None:
    shown = block(failing, test)
    assert shown[0] == SIN
    assert "v1 = sin(x0)" in shown
    assert any(line.startswith("gradassay replay ") and "tiny.py:Tiny" in line for line in shown)


def test_it_says_where_it_was_reduced(failing: list[str]) -> None:
    assert "28 wrong gradient of 100 programs" in block(failing, "test_graphs[0-float64]")
    said = "98 wrong gradient of 100 programs; reduced in an earlier test"
    assert said in block(failing, "test_ops[sin-float64]")


def test_a_clause_says_how_to_play_it_again(failing: list[str]) -> None:
    shown = block(failing, "test_state[T3]")
    assert shown[0].startswith("`gradients of v1 for x` raised nothing, but should")
    assert "A sweep from something that is no scalar, without a seed, is an error." in shown
    assert shown[-1] == f"gradassay replay T3 --engine {TINY}:Tiny"


def found(op: str, size: int, message: str = "no") -> Verdict:
    return Verdict(
        id=f"id of {op}",
        check="ops",
        op=op,
        outcome="raised",
        dtype="float64",
        device="cpu",
        message=message,
        ops=[op] * size,
        replay=f"replay {op}",
    )


def test_the_other_findings_of_a_test_are_named() -> None:
    text = of_programs({"raised": 3, "agrees": 7}, [found("sin", 2), found("exp", 1)], [])
    assert text.startswith("raised in exp: no\n\n3 raised of 10 programs\n")
    assert text.endswith("also raised in sin: replay sin")
    many = [found(f"op {n}", 1) for n in range(9)]
    assert of_programs({"raised": 9}, many, []).endswith("and 3 more in the report")


def test_a_long_reason_is_one_line_and_stands_in_full_below() -> None:
    first, _, whole, *_ = of_programs({"raised": 1}, [found("sin", 1, "no " * 200)], []).split("\n")
    assert len(first) == 300
    assert whole.count("no") == 200


def test_a_failure_of_which_nothing_is_known_is_counted() -> None:
    assert of_programs({"raised": 1}, [], []) == "1 raised of 1 program"


# ---- the verdict at the end


def closing(lines: list[str]) -> list[str]:
    start = next(i for i, line in enumerate(lines) if line.strip("= ") == "gradassay")
    end = next(i for i, line in enumerate(lines) if i > start and line.startswith("==="))
    return lines[start + 1 : end]


def test_the_verdict_is_the_last_that_is_said(failing: list[str]) -> None:
    verdict, graded, report = closing(failing)
    assert verdict.startswith("tiny 1.0: 236 of 824 programs differ (in sin); 3 of 21 checks")
    assert graded.startswith("Short of bronze: 236 programs differ.")
    assert report == "report: .gradassay/tiny/report.html"


@SPREAD
def test_it_is_said_once_with_what_changed(tmp_path: Path, spread: list[str]) -> None:
    arguments = ["-m", "ops", "--assay-out", "out"]
    run(*arguments, cwd=tmp_path, code=0)
    shown = run(*arguments, "--assay-baseline", "out", *spread, "-rN", cwd=tmp_path, code=0)
    assert sum("no differences in" in line for line in shown) == 1
    text = "\n".join(shown)
    assert "This run is incomplete" in text
    assert "Against tiny 1.0, smoke, seed 0: nothing changed." in text
    assert "report: out/report.html" in text


def test_the_command_says_it_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["--only", "sin", "--suite", "ops", "--profile", "smoke", "--in-process", "--", "-v"]
    assert main(["check", f"{TINY}:Tiny", *asked]) == 0
    assert capsys.readouterr().out.count("no differences in") == 1


def test_a_clause_that_is_blocked_is_no_pass(tmp_path: Path) -> None:
    shown = run("-m", "state", "-rs", cwd=tmp_path, code=1, fault="missing")
    assert any("blocked by S2" in line for line in shown)
