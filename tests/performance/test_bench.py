"""`gradassay bench`: every family is a right program, and what grows too fast shows."""

from pathlib import Path

import pytest
from gradassay.oracles.program import Program
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Bench, End, read
from gradassay.suites.adapter import Failure, op_table
from gradassay.suites.cli import main
from gradassay.suites.host import open_engine
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.performance.measure import Timing


def timing(size: int, seconds: float) -> Timing:
    return Timing(FAMILIES["chain"], size, "e", size, rounds=[(seconds / 2, seconds / 2)])


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_right_on_the_reference_engine_and_torch(name: str) -> None:
    family = FAMILIES[name]
    program = family.make(family.sizes[0])
    assert Program.from_json(program.to_json()) == program
    found = []
    for engine in ("reference", "torch"):
        with open_engine(engine, op_table(VOCABULARY), in_process=True) as handle:
            (answer,) = handle.answers([program], family.dtype)
        assert answer.error is None
        found.append(answer)
    mine, its = ([g for g in a.grads if g is not None] + list(a.values) for a in found)
    for a, b in zip(mine, its, strict=True):
        assert abs(a - b).max(initial=0.0) <= 1e-3 * abs(b).max(initial=1e-30)


def test_ratios_are_of_the_same_round() -> None:
    slow, fast = timing(10, 1.0), timing(10, 1.0)
    slow.rounds = [(2.0, 2.0), (20.0, 20.0), (4.0, 4.0)]
    fast.rounds = [(1.0, 1.0), (10.0, 10.0), (1.0, 1.0)]
    assert slow.times(fast) == 2.0


@pytest.mark.parametrize("engine", ["reference", "autograd"])
def test_passes_are_timed_inside_the_engine(engine: str) -> None:
    program = FAMILIES["chain"].make(100)
    with open_engine(engine, op_table(VOCABULARY)) as handle:
        found = handle.times(program, rounds=2)
    assert not isinstance(found, Failure)
    assert len(found.times) == len(found.collected) == 2
    assert all(forward > 0 and backward >= 0 for forward, backward in found.times)


def test_what_an_engine_raises_is_no_time() -> None:
    program = FAMILIES["reductions"].make(10)
    with open_engine("mygrad", op_table(VOCABULARY)) as handle:
        found = handle.times(program)
        assert isinstance(found, Failure)
        assert found.kind == "unsupported"
        assert not isinstance(handle.times(FAMILIES["chain"].make(10)), Failure)


def test_bench_writes_records_and_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["bench", "reference", "micrograd", "--family", "doubling", "--rounds", "1"]
    assert main([*args, "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "doubling (y = y + y, n times, float64)" in shown
    records = read(tmp_path / "results.jsonl")
    assert {r.engine for r in records if isinstance(r, Bench)} == {"reference", "micrograd"}
    assert isinstance(records[-1], End)
    assert "doubling" in (tmp_path / "report.html").read_text()


def test_an_engine_that_cannot_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["bench", "micrograd", "--family", "perceptron", "--rounds", "1"]
    assert main([*args, "--out", str(tmp_path)]) == 5
    assert "has no matmul" in capsys.readouterr().out


def test_a_family_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "reference", "--family", "chian"]) == 4
    assert "there is no family 'chian'" in capsys.readouterr().err
