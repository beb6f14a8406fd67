"""docs/standard.md is the clauses, and the clauses are the standard's."""

from graphlib import TopologicalSorter
from pathlib import Path

from gradassay.reports.grades import LADDER
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.page import page

ROOT = Path(__file__).parents[2]


def test_the_page_is_made_from_the_clauses() -> None:
    shown = (ROOT / "docs" / "standard.md").read_text(encoding="utf-8")
    assert shown == page(), "run `python -m gradassay.suites.checks --write docs/standard.md`"


def test_every_clause_has_a_sentence_and_expects_something() -> None:
    for clause in CLAUSES.values():
        assert clause.says.endswith("."), clause.id
        assert clause.script().expected, clause.id


def test_no_clause_is_blocked_by_itself_by_any_way() -> None:
    TopologicalSorter({c.id: c.blocked_by for c in CLAUSES.values()}).prepare()


def test_no_grade_has_more_clauses_than_the_ladder_says() -> None:
    for rung in LADDER:
        assert sum(c.grade == rung.name for c in CLAUSES.values()) <= rung.checks
