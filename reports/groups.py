"""Failure groups: verdicts that most likely show one fault, and the order they are told in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .outcomes import OUTCOMES, Outcome
from .records import Tally, Verdict
from .text import DASH

_NOT_RUN = {"not applicable", "blocked", "skipped", "deselected", "not run"}
_HOLDS = {"holds", "pass", "passed", "ok"}
_DIFFERS = {"differs", "fail", "failed", "error"}


def outcome(name: str) -> Outcome:
    """The outcome with this name; one this version does not know counts as having proved nothing.

    >>> outcome("agrees").symbol, outcome("from the future").group
    ('✓', 'unproven')
    """
    if name in OUTCOMES:
        return OUTCOMES[name]
    if name in _NOT_RUN:
        return Outcome(name, "not run", DASH, "was not tried")
    if name in _HOLDS:
        return Outcome(name, "pass", "✓", "holds")
    if name in _DIFFERS:
        return Outcome(name, "difference", "✗", "does not hold")
    return Outcome(name, "unproven", "?", "a word that this version does not know")


def size(verdict: Verdict) -> int:
    """How many values a verdict's program has."""
    return len(verdict.nodes) or len(verdict.text.splitlines()) or 1_000


def first_wrong_op(verdict: Verdict) -> str:
    """The op of the first wrong value, `leaf` for a leaf, or nothing if it is not known."""
    if not 0 <= verdict.first_wrong < len(verdict.nodes):
        return ""
    return verdict.nodes[verdict.first_wrong].op or "leaf"


@dataclass(frozen=True)
class FailureGroup:
    """Verdicts with the same op, first wrong op and outcome: most often one fault."""

    op: str
    wrong_op: str
    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    tallied: int = 0

    @property
    def smallest(self) -> Verdict:
        """The verdict with the smallest program."""
        return min(self.verdicts, key=lambda v: (size(v), len(v.text), v.id))

    @property
    def seen(self) -> int:
        """How many programs showed it: those that were cut down, or all that the op's tests count.

        A run cuts only a few of a kind down to verdicts; the rest it counts.
        """
        return max(self.tallied, sum(v.seen for v in self.verdicts))


# Silently wrong first, then what stopped with an error, then what is close to right.
SEVERITY = {"✗": 0, "!": 1, "≈": 2}


def group_verdicts(
    verdicts: Iterable[Verdict], tallies: Iterable[Tally] = ()
) -> list[FailureGroup]:
    """Failure groups, the most serious first, and the most often seen first among equals."""
    tallied: Counter[tuple[str, str]] = Counter()
    for tally in tallies:
        tallied.update({(tally.op, name): n for name, n in tally.counts.items()})
    groups: dict[tuple[str, str, str], list[Verdict]] = {}
    for v in verdicts:
        groups.setdefault((v.op, first_wrong_op(v), v.outcome), []).append(v)
    alone = Counter((op, name) for op, _, name in groups)
    made = []
    for (op, wrong, name), vs in groups.items():
        all_of_it = tallied[op, name] if alone[op, name] == 1 else 0
        made.append(FailureGroup(op, wrong, outcome(name), tuple(vs), all_of_it))
    return sorted(
        made, key=lambda g: (SEVERITY.get(g.outcome.symbol, 3), -g.seen, g.op, g.wrong_op)
    )
