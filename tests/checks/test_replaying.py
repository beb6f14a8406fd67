"""`gradassay replay G8`: every step with what came of it, from a clause or a failure's file."""

import re
from pathlib import Path

import pytest
from gradassay.reports.records import Check, encode
from gradassay.suites.checks import CLAUSES
from gradassay.suites.cli import main


def test_a_check_that_holds_is_shown_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "S1", "--engine", "reference"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"gradient of v5 for x +-> 42\.\n", shown)
    assert shown.rstrip().endswith("holds")


def test_a_check_that_does_not_hold_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "G8", "--engine", "micrograd"]) == 1
    assert "x.grad is 324." in capsys.readouterr().out


def test_a_function_that_ran_in_the_worker_is_shown_with_what_it_returned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", "X4", "--engine", "reference"]) == 0
    shown = capsys.readouterr().out
    assert "def hook_of_a_leaf(torch: Any) -> Any:" in shown
    assert "hook_of_a_leaf(engine)  -> {'seen': [3.0, 5.0], 'x': 8.0}" in shown


def test_a_check_that_the_engine_declines_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mygrad")
    assert main(["replay", "M17", "--engine", "mygrad"]) == 0
    assert (
        "not applicable: `v8 = v5.mul_(u)` raised UnsupportedError: ndarray has no"
        in capsys.readouterr().out
    )


def test_a_check_that_cannot_be_tried_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "T1", "--engine", "micrograd"]) == 0
    assert "not applicable" in capsys.readouterr().out


def test_what_a_check_in_the_engines_process_asks_for_is_said_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", "X4", "--engine", "micrograd"]) == 0
    assert "the engine offers no names of PyTorch throughout" in capsys.readouterr().out


def test_a_failure_is_replayed_from_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import msgspec

    script = msgspec.to_builtins(CLAUSES["G8"].script())
    record = Check(
        id="G8",
        level="",
        requirement="MUST",
        outcome="differs",
        specification="",
        script=script,
    )
    file = tmp_path / "G8.json"
    file.write_bytes(encode(record))
    assert main(["replay", str(file), "--engine", "micrograd"]) == 1


def test_list_checks_names_each_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "checks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CLAUSES)
    assert lines[0].split()[:4] == ["S1", "L1", "MUST", "bronze:"]


def test_list_checks_of_an_engine_says_what_came_of_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["list", "checks", "--engine", "micrograd"]) == 0
    assert "G8   differs" in capsys.readouterr().out
