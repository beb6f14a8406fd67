"""Two runs compared: what is new, what is gone, and what one of them did not try."""

import msgspec
import pytest
from gradassay.reports.changes import changes
from gradassay.reports.records import AnyRecord, Check, End, Run, Tally, Verdict

RUN = Run(
    engine="e",
    engine_version="1",
    spec="e",
    style="tape",
    seed=0,
    profile="quick",
    command="",
    started="",
    offered=["add", "exp"],
    dtypes=["float64"],
)
ADD = Verdict(
    id="1",
    check="ops",
    op="add",
    outcome="raised",
    dtype="float64",
    device="cpu",
    message="no",
)
EXP = msgspec.structs.replace(ADD, id="2", op="exp", outcome="wrong gradient")
HOLDS = Check(id="G1", level="L4", requirement="MUST", outcome="holds", specification="")
FAILS = msgspec.structs.replace(HOLDS, outcome="differs")


END = End(
    status="complete", exit_code=0, seconds=1, cpu_seconds=1, counts={}, sentence="", grade="gold"
)
PART = msgspec.structs.replace(END, status="incomplete", grade="")
TRIED = Tally(check="ops", op="exp", dtype="float64", device="cpu", counts={"agrees": 1})


def test_the_same_run_twice_changes_nothing() -> None:
    found = changes([RUN, ADD], [RUN, ADD])
    assert not found.worse
    assert found.sentence == "Against e 1, quick, seed 0: nothing changed (1 known)."


@pytest.mark.parametrize(("extra", "line"), [(EXP, "wrong gradient in exp"), (FAILS, "check G1")])
def test_what_is_new_makes_it_worse(extra: AnyRecord, line: str) -> None:
    found = changes([RUN, ADD, HOLDS, END], [RUN, ADD, extra, END])
    assert found.worse
    assert line in found.lines()[1]


def test_what_is_gone_does_not() -> None:
    found = changes([RUN, ADD, FAILS, END], [RUN, HOLDS, END])
    assert not found.worse
    assert found.lines()[1:] == ["- raised in add (float64): no", "- check G1:"]


def test_another_program_for_the_same_difference_is_no_news() -> None:
    other = msgspec.structs.replace(ADD, id="9", message="no, again")
    assert not changes([RUN, ADD], [RUN, other]).worse


@pytest.mark.parametrize("missing", [{"offered": ["add"]}, {"dtypes": ["float32"]}])
def test_what_one_run_did_not_try_is_neither_new_nor_gone(missing: dict[str, list[str]]) -> None:
    less = msgspec.structs.replace(RUN, **missing)
    assert changes([less, END], [RUN, EXP, END]).new == ()
    assert changes([RUN, EXP, END], [less, END]).gone == ()


@pytest.mark.parametrize("end", [[PART], []], ids=["narrowed", "cut short"])
def test_of_a_part_of_a_run_only_what_was_tried_is_compared(end: list[AnyRecord]) -> None:
    whole = [RUN, ADD, EXP, END]
    found = changes(whole, [RUN, TRIED, *end])
    assert [line for line in found.gone if "exp" in line] == list(found.gone) != []
    assert not found.worse
    assert "became" not in found.sentence
    assert changes([RUN, TRIED, *end], whole).new == found.gone


def test_a_lower_grade_is_worse() -> None:
    ends = [msgspec.structs.replace(END, grade=grade) for grade in ("silver", "scalar bronze")]
    assert changes([RUN, ends[0]], [RUN, ends[1]]).worse
    assert not changes([RUN, ends[1]], [RUN, ends[0]]).worse


ADDED = msgspec.structs.replace(TRIED, op="add")
GRAPHS = msgspec.structs.replace(TRIED, check="graphs", op="random graphs")
WHOLE = [RUN, TRIED, ADDED, GRAPHS, HOLDS, END]


@pytest.mark.parametrize(
    "part", [[ADDED, HOLDS, GRAPHS], [TRIED, ADDED, HOLDS], [TRIED, ADDED, GRAPHS]],
    ids=["without an op", "without a suite", "without a check"],
)  # fmt: skip
@pytest.mark.parametrize("end", [[PART], []], ids=["narrowed", "cut short"])
def test_a_part_is_called_one(part: list[AnyRecord], end: list[AnyRecord]) -> None:
    later = changes(WHOLE, [RUN, *part, *end]).sentence
    assert later.endswith(": nothing changed; only a part of it was tried again.")
    earlier = changes([RUN, *part, *end], WHOLE).sentence
    assert earlier.endswith(": nothing changed; not all of this was tried before.")


def test_two_runs_of_the_same_part_are_no_parts_of_one_another() -> None:
    part = [RUN, TRIED, PART]
    assert changes(part, part).sentence.endswith(": nothing changed.")
    other = changes(part, [RUN, ADDED, PART]).sentence
    assert other.endswith(
        "; only a part of it was tried again, and not all of this was tried before."
    )


def test_what_one_suite_shows_is_not_gone_from_another() -> None:
    special = msgspec.structs.replace(EXP, check="numerics")
    whole, part = [RUN, special, END], [RUN, TRIED, PART]
    assert changes(whole, part).gone == changes(part, whole).new == ()
    both = [*part, msgspec.structs.replace(TRIED, check="numerics")]
    assert len(changes(whole, both).gone) == 1


def test_what_random_graphs_show_is_gone_from_random_graphs() -> None:
    drawn = msgspec.structs.replace(EXP, check="graphs")
    part = [RUN, msgspec.structs.replace(GRAPHS, area="graphs"), PART]
    assert len(changes([RUN, drawn, END], part).gone) == 1
