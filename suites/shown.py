"""What pytest shows: why a test failed, the reason in its first line; at the end the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..reports.digest import Digest
from ..reports.records import AnyRecord, Check, Verdict
from ..reports.text import one_line, plural, shorten
from .facts import differs

LONGEST = 300
"""Characters of a reason, which stands in one line beside the name of its test."""
OTHERS = 5
"""Findings of one test that are named beside the smallest."""


def of_programs(
    counts: Mapping[str, int], found: Sequence[Verdict], earlier: Sequence[Verdict] = ()
) -> str:
    """Why a test of programs fails: the smallest finding in full, then the others by name.

    `earlier` are findings of other tests that programs of this one show again.
    """
    said = ", ".join(f"{n} {outcome}" for outcome, n in counts.items() if differs(outcome))
    said = f"{said} of {plural(sum(counts.values()), 'program')}"
    named = {v.id: v for v in [*sorted(found, key=_size), *sorted(earlier, key=_size)]}
    if not named:
        return said
    first, *others = named.values()
    again = "" if found else "; reduced in an earlier test"
    more = [f"also {v.outcome} in {v.op}: {v.replay}" for v in others[:OTHERS]]
    if len(others) > OTHERS:
        more.append(f"and {len(others) - OTHERS} more in the report")
    counted = f"{said}{again}\n{first.hint}".strip()
    reason = f"{first.outcome} in {first.op}: {first.message}"
    return _paragraphs(reason, counted, first.text, first.replay, "\n".join(more))


def _size(verdict: Verdict) -> tuple[int, str]:
    return len(verdict.ops), verdict.id


def _paragraphs(reason: str, *more: str) -> str:
    """The reason in one line, in full below if it is long, and all that is not empty."""
    first = shorten(reason, LONGEST)
    whole = reason if first != one_line(reason) else ""
    return "\n\n".join(part for part in (first, whole, *more) if part)


def of_check(check: Check) -> str:
    """Why a test of a clause fails: what came of it, the clause, its script, how to do it again."""
    reason = check.message or check.outcome
    return _paragraphs(reason, check.specification, check.text, check.hint, check.replay)


def closing(records: Sequence[AnyRecord], folder: Path) -> Iterator[str]:
    """The lines at the end of a run: the verdict, the grade or why there is none, the report."""
    digest = Digest.of(records)
    yield one_line(f"{digest.run.engine} {digest.run.engine_version}: {digest.sentence}")
    yield from (one_line(said) for said in (digest.warning, digest.graded) if said)
    yield f"report: {folder / 'report.html'}"
