"""An engine that another interpreter has: every command finds it again."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradassay.reports.records import Check, Run, Verdict, read
from gradassay.suites.cli import main

TINY = Path(__file__).with_name("tiny.py")
PART = Path(".gradassay/tiny/narrowed")
SPEC = "adapter.py:Adapter"
PYTHON = "their env/python"
SETTINGS = "[tool.gradassay]\nengine = 'adapter.py:Adapter'\npython = 'their env/python'\n"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of an engine that an interpreter in the folder has, and ours has not."""
    root = tmp_path_factory.mktemp("project")
    env = root / "their env"
    env.mkdir()
    (env / "theirs.py").write_text(TINY.read_text())
    python = root / PYTHON
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{env}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (root / "adapter.py").write_text("from theirs import Tiny as Adapter\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("TINY_FAULT", "wrong gradient")
        arguments = ["--only", "sin", "--suite", "ops", "--suite", "state", "--profile", "smoke"]
        assert main(["check", SPEC, "--python", PYTHON, *arguments]) == 1
    return root


@pytest.fixture(autouse=True)
def inside(checked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in its folder, and the rule is still wrong."""
    monkeypatch.chdir(checked)
    monkeypatch.setenv("TINY_FAULT", "wrong gradient")


def records(kind: type) -> list:
    return [r for r in read(PART / "results.jsonl") if isinstance(r, kind)]


@pytest.fixture
def project() -> Iterator[None]:
    """Settings that name the engine and the interpreter."""
    Path("pyproject.toml").write_text(SETTINGS)
    yield
    Path("pyproject.toml").unlink()


def test_a_run_says_which_interpreter_has_the_engine() -> None:
    assert records(Run)[0].python == PYTHON


def test_a_hint_runs_as_it_is_copied(capsys: pytest.CaptureFixture[str]) -> None:
    check = next(r for r in records(Check) if r.outcome == "differs")
    for found in (records(Verdict)[0], check):
        program, *arguments = shlex.split(found.replay)
        assert program == "gradassay"
        assert main(arguments) == 1, found.replay
    assert "wrong gradient in sin" in capsys.readouterr().out


@pytest.mark.parametrize("engine", [[], ["--engine", SPEC], ["--engine", f"./{SPEC}"]])
def test_a_replay_finds_the_interpreter_in_the_run(engine: list[str]) -> None:
    assert main(["replay", records(Verdict)[0].id, *engine]) == 1
    check = next(r for r in records(Check) if r.outcome == "differs")
    assert main(["replay", check.id, *engine]) == 1


def test_a_run_of_another_engine_says_nothing_of_this_one(
    checked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = records(Verdict)[0]
    other = Path(".gradassay/another/failures")
    other.mkdir(parents=True)
    (other / f"{verdict.id}.json").write_bytes((PART / f"failures/{verdict.id}.json").read_bytes())
    (other.parent / "results.jsonl").write_text(
        (PART / "results.jsonl")
        .read_text()
        .replace(SPEC, f"{TINY}:Tiny")
        .replace(PYTHON, "nowhere")
    )
    assert main(["replay", verdict.id, "--engine", SPEC]) == 1
    assert main(["replay", verdict.id, "--engine", f"{TINY}:Functional"]) == 1
    assert "nowhere" not in capsys.readouterr().err


@pytest.fixture
def alone() -> str:
    """The file of a failure apart from the run."""
    file = PART / "failures" / f"{records(Verdict)[0].id}.json"
    Path("alone.json").write_bytes(file.read_bytes())
    return "alone.json"


def test_a_failure_apart_from_its_run_does_not_know_it(alone: str) -> None:
    assert main(["replay", alone, "--engine", SPEC]) == 7


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("engine", [[], ["--engine", SPEC]])
def test_a_replay_takes_the_interpreter_of_the_project(alone: str, engine: list[str]) -> None:
    assert main(["replay", alone, *engine]) == 1


# ---- list


def listed(what: str, engine: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert main(["list", what, *engine]) == 0
    rows = capsys.readouterr().out.splitlines()
    return dict(row.split(maxsplit=1) for row in rows)


def test_a_list_is_of_the_engine_that_the_interpreter_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = ["--engine", SPEC, "--python", PYTHON]
    assert listed("ops", engine, capsys)["sin"] == "offered: ops"
    assert listed("checks", engine, capsys)["S1"].startswith("holds")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("engine", [["--engine", SPEC], ["--engine"]])
def test_a_list_takes_the_settings_of_the_project(
    engine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed("ops", engine, capsys)["matmul"] == "not offered"


@pytest.mark.usefixtures("project")
def test_a_list_of_no_engine_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed("ops", [], capsys)["matmul"].startswith("linalg")


def test_a_list_of_the_projects_engine_where_there_is_none_is_a_mistake() -> None:
    assert main(["list", "ops", "--engine"]) == 4


# ---- an interpreter that cannot run the worker


def test_an_interpreter_without_numpy_is_told_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "bare python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n')  # no site-packages
    bare.chmod(0o755)
    assert main(["check", f"{TINY}:Tiny", "--python", str(bare)]) == 7
    told = capsys.readouterr().err.strip()
    what = f"{bare} has no numpy, which the worker needs: '{bare}' -m pip install numpy"
    assert told == f"gradassay: {what} (--debug shows where)"


def test_an_engine_that_misses_a_module_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "adapter.py").write_text("raise ModuleNotFoundError(\"No module named 'numpy'\")")
    assert main(["check", f"{tmp_path}/adapter.py:Adapter", "--python", PYTHON]) == 7
    assert "which the worker needs" not in capsys.readouterr().err
