"""What a plain pytest run says of an engine: outcomes, reasons, and the verdict at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

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
