"""What an engine said when it declined: for each op how often, and its first message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..reports.records import Refusal
from ..reports.text import placeless, shorten
from .judge import Judgement
from .trial import Trial

if TYPE_CHECKING:
    from .run import Plan

LONGEST = 200
"""Characters of a message that are kept."""


def refusals(plan: Plan, declined: Iterable[tuple[Trial, Judgement]]) -> list[Refusal]:
    """A record for each op that declined in these programs."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for trial, judgement in declined:
        op = _declining(plan, trial, judgement.value)
        counts[op] += 1
        first.setdefault(op, shorten(placeless(judgement.message), LONGEST))
    return [Refusal(op=op, count=n, message=first[op]) for op, n in counts.items()]


def _declining(plan: Plan, trial: Trial, value: int) -> str:
    """The op of the call that declined; what the plan is about, if it was no call."""
    made = value - len(trial.program.leaves)
    return trial.program.calls[made].op if made >= 0 else plan.family
