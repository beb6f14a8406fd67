"""What the records come to, and how a damaged file is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradassay.reports.digest import Digest
from gradassay.reports.groups import first_wrong_op, outcome
from gradassay.reports.outcomes import OUTCOMES
from gradassay.reports.records import AnyRecord, End, RecordsError, Tally, decode, encode, read

from . import sample


def test_a_written_file_reads_back(tmp_path: Path) -> None:
    records = sample.failing(200)
    assert read(sample.write(tmp_path / "results.jsonl", records)) == records


def test_a_last_line_cut_short_is_left_out(tmp_path: Path) -> None:
    path = sample.write(tmp_path / "results.jsonl", sample.failing(200))
    path.write_bytes(path.read_bytes()[:-20])
    records = read(path)
    assert records == sample.failing(200)[:-1]
    assert Digest.of(records).state == "cut short"


def test_damage_in_the_middle_names_the_line(tmp_path: Path) -> None:
    path = sample.write(tmp_path / "results.jsonl", sample.failing(200))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = b'{"record": "case", "op": 1}\n'
    path.write_bytes(b"".join(lines))
    with pytest.raises(RecordsError, match=r"line 5, is no record of gradassay"):
        read(path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(encode(sample.failing(200)[-1]) + b"\n")
    with pytest.raises(RecordsError, match="does not begin with a run record"):
        read(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match=r"cannot read .*: No such file"):
        read(tmp_path / "none.jsonl")


def test_counts_come_from_the_tallies() -> None:
    digest = Digest.of(sample.failing())
    assert digest.counts["wrong gradient"] == 61
    assert sum(digest.counts.values()) == 2_000
    assert digest.executed == 2_000 - digest.counts["declined"] - digest.counts["accepted"]


def test_declined_and_accepted_are_never_passes() -> None:
    digest = Digest.of(sample.failing())
    assert digest.total("pass") == digest.counts["agrees"]


def test_what_declined_is_summed_by_op_with_the_first_reason() -> None:
    tallies = [r for r in sample.refusing() if isinstance(r, Tally) and r.declined]
    sort, stack = Digest.of([sample.run(), *tallies]).declined
    assert (sort.op, sort.count) == ("sort", 49)
    assert sort.message == "NotImplementedError: sort has no gradient here"
    assert (stack.op, stack.count, stack.message) == ("stack", 2, "")


def test_a_tally_of_an_older_file_has_no_reasons_and_still_says_what_declined() -> None:
    line = (
        b'{"record": "tally", "check": "ops", "op": "sort", "dtype": "float64", "device": "cpu", '
        b'"counts": {"declined": 3}}'
    )
    (refusal,) = Digest.of([sample.run(), decode(line)]).declined
    assert (refusal.op, refusal.count, refusal.message) == ("sort", 3, "")


def test_a_verdict_that_nothing_counted_yet_still_counts() -> None:
    digest = Digest.of([sample.run(), sample.division()])
    assert digest.differences == 61
    assert not digest.clean


def test_groups_join_op_first_wrong_op_and_outcome() -> None:
    other = sample.changed(sample.division(), id="another", seen=2)
    elsewhere = sample.changed(sample.division(), id="elsewhere", first_wrong=4)
    found = Digest.of([sample.run(), sample.division(), other, elsewhere]).failures
    assert [(g.op, g.wrong_op, len(g.verdicts)) for g in found] == [
        ("divide", "divide", 2),
        ("divide", "multiply", 1),
    ]
    assert found[0].seen == 63


def test_a_group_counts_what_was_not_cut_down_too() -> None:
    tally = next(r for r in sample.failing() if isinstance(r, Tally))
    counted = sample.changed(tally, op="divide", counts={"wrong gradient": 140, "agrees": 9})
    (found,) = Digest.of([sample.run(), sample.division(), counted]).failures
    assert found.seen == 140


def fails_alike(count: int) -> list[AnyRecord]:
    """So many ops that raise one exception, at one place or another."""
    message = "TypeError: 'T' object is not subscriptable (call {})"
    run = sample.changed(sample.run(), offered=["a", "b", "c", "d"])
    alike = [
        sample.changed(sample.raised(), op=op, id=op, message=message.format(k))
        for k, op in enumerate("abcd"[:count])
    ]
    return [run, *alike]


def test_one_exception_in_many_ops_points_at_the_adapter() -> None:
    said = Digest.of(fails_alike(3)).shared
    assert said.startswith("3 ops raise the same: TypeError: 'T' object is not subscriptable.")
    assert "the adapter" in said


def test_one_exception_in_few_ops_points_at_nothing() -> None:
    assert Digest.of(fails_alike(2)).shared == ""


def rounded_alike(count: int) -> list[AnyRecord]:
    """So many ops of an engine that has float32 alone, whatever is asked."""
    messages = ("v1 is float32, not float64", "x0.grad is float32, but x0 is float64")
    run = sample.changed(sample.run(), offered=["a", "b", "c", "d"])
    alike = [
        sample.changed(
            sample.raised(), op=op, id=op, outcome="wrong dtype", message=messages[k % 2]
        )
        for k, op in enumerate("abcd"[:count])
    ]
    return [run, *alike]


def test_one_dtype_in_many_ops_points_at_those_of_the_adapter() -> None:
    said = Digest.of(rounded_alike(4)).shared
    assert said == (
        "4 ops give float32 where float64 was asked: if the engine has no float64, take it from "
        "the adapter's `dtypes`."
    )
    assert Digest.of(rounded_alike(2)).shared == ""


def test_what_a_run_says_nothing_of_is_said() -> None:
    run = sample.changed(
        sample.run(),
        not_offered=["sin", "pow", "sum(axis)"],
        dtypes=["float64"],
        limits={"order": 1},
    )
    skipped = sample.changed(sample.CHECKS[0], outcome="not applicable")
    said = Digest.of([run, skipped, *sample.CHECKS[1:2]]).untried
    assert said == (
        "Nothing is said of: 2 ops that the engine does not offer; float32, float16, bfloat16; "
        "derivatives of derivatives; 1 of the standard's 2 checks."
    )


def test_a_run_of_everything_says_nothing_of_nothing() -> None:
    every = ["float64", "float32", "float16", "bfloat16"]
    run = sample.changed(sample.run(), not_offered=[], dtypes=every, limits={"order": 2})
    assert Digest.of([run]).untried == ""


def test_what_is_silently_wrong_comes_before_what_raised() -> None:
    records = [sample.run(), sample.raised(), sample.division()]
    smallest = Digest.of(records).smallest
    assert smallest is not None
    assert smallest.outcome == "wrong gradient"


def test_the_first_wrong_op_of_a_leaf_and_of_nothing() -> None:
    assert first_wrong_op(sample.changed(sample.division(), first_wrong=0)) == "leaf"
    assert first_wrong_op(sample.changed(sample.division(), first_wrong=99)) == ""


@pytest.mark.parametrize("status", ["incomplete", "interrupted", "failed", "odd"])
def test_no_run_but_a_complete_one_is_clean(status: str) -> None:
    end = End(status=status, exit_code=2, seconds=1, cpu_seconds=1, counts={"agrees": 5},
              sentence="All is well.", reason="because of -k")  # fmt: skip
    digest = Digest.of([sample.run(), end])
    assert not digest.clean
    assert "because of -k" in digest.warning


def test_nothing_executed_is_not_clean() -> None:
    end = End(status="complete", exit_code=5, seconds=1, cpu_seconds=1,
              counts={"declined": 9}, sentence="")  # fmt: skip
    digest = Digest.of([sample.run(), end])
    assert not digest.clean
    assert digest.proved_nothing == "No program was executed, so nothing was proved."


def test_a_check_that_does_not_hold_is_a_difference() -> None:
    failed = sample.changed(sample.CHECKS[0], outcome="wrong gradient")
    digest = Digest.of([*sample.passing(), failed])
    assert not digest.clean
    assert digest.held == "3 of 4 applicable checks of the standard hold."


@pytest.mark.parametrize("name", [*OUTCOMES, "not applicable", "never heard of"])
def test_every_outcome_has_a_symbol_and_a_meaning(name: str) -> None:
    known = outcome(name)
    assert known.name == name
    assert known.symbol
    assert known.meaning


def test_cells_come_from_the_cases_where_the_tallies_are_missing() -> None:
    records = [sample.run(), *sample.listed(300)]
    cells = Digest.of(records).cells
    assert sum(sum(t.counts.values()) for t in cells) == 300
