"""Grades: earned by checks, kept back by differences, named by their limits."""

import msgspec
import pytest
from gradassay.reports.grades import LADDER, grade, height
from gradassay.reports.records import AnyRecord, Check, Run, Tally

RUN = Run(
    engine="e",
    engine_version="1",
    spec="e",
    style="tape",
    seed=0,
    profile="quick",
    command="",
    started="",
    suites=["ops", "graphs", "state"],
    limits={"ranks": None},
)
TALLY = Tally(check="ops", op="add", dtype="float64", device="cpu", counts={"agrees": 100})


def checks(rung: str, count: int, level: str = "L1", outcome: str = "holds") -> list[AnyRecord]:
    return [
        Check(
            id=f"{rung}{n}",
            level=level,
            requirement="MUST",
            outcome=outcome,
            specification="",
            grade=rung,
        )
        for n in range(count)
    ]


BRONZE = [*checks("bronze", 9, "L1"), *checks("bronze", 18, "L2")]


def test_all_of_bronze_is_bronze() -> None:
    found = grade([RUN, TALLY, *BRONZE])
    assert found.name == "bronze"
    assert "silver" in found.short_of


def test_what_is_blocked_is_not_named_beside_what_blocks_it() -> None:
    waiting = [*checks("bronze", 2, "L1", "blocked"), *checks("bronze", 24, "L2")]
    wrong = msgspec.structs.replace(BRONZE[0], id="S9", outcome="differs")
    assert grade([RUN, TALLY, *waiting, wrong]).short_of == "Short of bronze: S9 does not hold."
    alone = grade([RUN, TALLY, *waiting, BRONZE[0]])
    assert (alone.name, "bronze0, bronze1 do not hold" in alone.short_of) == ("", True)


def test_a_grade_whose_checks_are_not_all_written_is_not_given() -> None:
    found = grade([RUN, TALLY, *BRONZE, *checks("silver", 16, "L4")])
    assert found.name == "bronze"
    assert "16 of its 42" in found.short_of


def test_every_check_of_the_ladder_makes_platinum() -> None:
    every = [check for rung in LADDER for check in checks(rung.name, rung.checks)]
    run = msgspec.structs.replace(RUN, dtypes=["float64", "float32", "float16", "bfloat16"])
    assert grade([run, TALLY, *every]).name == "platinum"
    assert grade([run, TALLY, *every]).short_of == ""


def test_platinum_asks_for_half_precision() -> None:
    every = [check for rung in LADDER for check in checks(rung.name, rung.checks)]
    found = grade([msgspec.structs.replace(RUN, dtypes=["float64", "float32"]), TALLY, *every])
    assert found.name == "gold"
    assert "float16, bfloat16, not run here" in found.short_of


@pytest.mark.parametrize("outcome", ["differs", "crashed", "timed out", "blocked", "a new word"])
def test_one_must_that_does_not_hold_keeps_a_grade_back(outcome: str) -> None:
    broken = [*BRONZE[:-1], msgspec.structs.replace(BRONZE[-1], outcome=outcome)]
    found = grade([RUN, TALLY, *broken])
    assert found.name == ""
    assert "bronze17 does not hold" in found.short_of


def test_a_should_keeps_no_grade_back() -> None:
    asked = msgspec.structs.replace(BRONZE[-1], outcome="differs", requirement="SHOULD")
    assert grade([RUN, TALLY, *BRONZE[:-1], asked]).name == "bronze"


@pytest.mark.parametrize(
    ("style", "ranks", "name"),
    [
        ("tape", [0], "scalar bronze"),
        ("functional", None, "functional bronze"),
        ("tape", None, "partial bronze"),
    ],
)
def test_a_level_that_hardly_applies_is_named(
    style: str, ranks: list[int] | None, name: str
) -> None:
    run = msgspec.structs.replace(RUN, style=style, limits={"ranks": ranks})
    some = [*checks("bronze", 9, "L1"), *checks("bronze", 12, "L2")]
    some += checks("bronze", 6, "L2", "not applicable")
    assert grade([run, TALLY, *some]).name == name


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"agrees": 99, "wrong gradient": 1}, "1 program differs"),
        ({"agrees": 50, "declined": 30, "raised": 20}, "20 programs differ"),
        ({"agrees": 89, "declined": 11}, "11 of 100 programs of add declined"),
        ({"no power": 100}, "no program agreed"),
    ],
)
def test_programs_keep_every_grade_back(counts: dict[str, int], said: str) -> None:
    found = grade([RUN, msgspec.structs.replace(TALLY, counts=counts), *BRONZE])
    assert found.name == ""
    assert said in found.short_of


def test_a_suite_that_was_not_run_keeps_every_grade_back() -> None:
    run = msgspec.structs.replace(RUN, suites=["ops", "state"])
    assert "graphs was not run" in grade([run, TALLY, *BRONZE]).short_of


def test_heights_order_the_grades_whatever_their_limit() -> None:
    assert [height(g) for g in ("", "scalar bronze", "silver", "functional gold")] == [0, 1, 2, 3]
