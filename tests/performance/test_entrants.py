"""Engines with interpreters of their own, and those that are absent or take too long."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from gradassay.oracles.program import ProgramError
from gradassay.reports.records import Bench, Run, read
from gradassay.suites.cli import main
from gradassay.suites.performance.bench import hopeless, late
from gradassay.suites.performance.entrants import interpreters
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.performance.measure import Timing

QUICK = ("--family", "doubling", "--rounds", "1")


def bench(tmp_path: Path, *more: str) -> int:
    return main(["bench", *more, *QUICK, "--out", str(tmp_path)])


def first(tmp_path: Path) -> Run:
    record = read(tmp_path / "results.jsonl")[0]
    assert isinstance(record, Run)
    return record


def test_an_engine_runs_in_its_interpreter(tmp_path: Path) -> None:
    assert bench(tmp_path, "micrograd", "--python", f"micrograd={sys.executable}") == 0
    assert first(tmp_path).configuration["python"] == {"micrograd": sys.executable}


@pytest.mark.parametrize(
    ("given", "said"),
    [("/usr/bin/python", "is not ENGINE=PATH"), ("jax=", "is not ENGINE=PATH"),
     ("jax=/usr/bin/python", "'jax' is none of the engines")],
)  # fmt: skip
def test_an_interpreter_needs_its_engine(given: str, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        interpreters([given], ["torch"])


def test_who_does_not_start_ends_a_bench(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ("reference", "micrograd", "--python", "micrograd=/nowhere/python")
    assert bench(tmp_path, *args) == 7
    assert "cannot run /nowhere/python" in capsys.readouterr().err


def test_who_does_not_start_is_on_record_if_a_bench_keeps_going(tmp_path: Path) -> None:
    args = ("reference", "micrograd", "--python", "micrograd=/nowhere/python", "--keep-going")
    assert bench(tmp_path, *args) == 0
    assert "cannot run" in first(tmp_path).configuration["absent"]["micrograd"]
    benches = [r for r in read(tmp_path / "results.jsonl") if isinstance(r, Bench)]
    assert {b.engine for b in benches} == {"reference"}


def test_a_name_that_there_is_not_is_no_absent_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(tmp_path, "reference", "micrgrad", "--keep-going") == 4
    assert "did you mean 'micrograd'" in capsys.readouterr().err


def test_a_bench_of_nobody_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ("micrograd", "--python", "micrograd=/nowhere/python", "--keep-going")
    assert bench(tmp_path, *args) == 7
    assert "none of these engines starts" in capsys.readouterr().err


def test_what_takes_too_long_is_left_out_and_says_so(tmp_path: Path) -> None:
    assert bench(tmp_path, "micrograd", "--longest", "0.00001") == 5
    found = [r for r in read(tmp_path / "results.jsonl") if isinstance(r, Bench)]
    assert len(found) == len(FAMILIES["doubling"].sizes)
    assert all(late(b.why_not) and not b.rounds for b in found)


def test_what_is_larger_than_what_took_too_long_is_not_tried() -> None:
    slow = Timing(FAMILIES["chain"], 100, "e", 100, why_not="Lost: gave no answer within 9 s")
    assert "longer than a smaller size" in hopeless([slow], 1000)
    broken = Timing(FAMILIES["chain"], 100, "e", 100, why_not="RecursionError: too deep")
    assert hopeless([broken], 1000) == "failed at 100"
