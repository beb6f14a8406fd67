"""How closely two runs of the same bench agree, for docs/performance.md."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...reports.records import Bench
from ..markdown import table
from .page_limits import figure
from .page_run import BesideRun, beside
from .spread import Spread

AGREE = 1.10
"""How far two runs of the same may lie apart in a ratio."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A ratio to torch in two runs."""

    bench: Bench
    first: Spread
    second: Spread

    @property
    def apart(self) -> float:
        """The factor between the two, at least 1."""
        ratio = self.first.middle / self.second.middle
        return max(ratio, 1 / ratio)

    @property
    def overlap(self) -> bool:
        """Whether the intervals of both meet, as far as they are known."""
        ends = (self.first.low, self.second.high, self.second.low, self.first.high)
        a, b, c, d = (math.inf if end is None else end for end in ends)
        return a <= b and c <= d


def pairs(run: BesideRun, again: BesideRun) -> list[Pair]:
    """Every ratio to torch that two runs have, those that lie farthest apart first."""
    later = {(b.workload, b.size, b.engine): b for b in again.benches}
    found = []
    for b in run.benches:
        other = later.get((b.workload, b.size, b.engine))
        one, two = beside(b), beside(other) if other else None
        if one and two:
            found.append(Pair(b, one, two))
    return sorted(found, key=lambda pair: -pair.apart)


def two_runs(run: BesideRun, again: BesideRun) -> str:
    """How far the ratios of two runs of the same lie apart."""
    found = pairs(run, again)
    if not found:
        return "The second run shares no timing with the first."
    beyond = [pair for pair in found if pair.apart > AGREE]
    b, worst = found[0].bench, found[0]
    said = (
        f"The same was run twice. Of {len(found)} ratios to torch, {len(found) - len(beyond)} "
        f"agree within {percent(AGREE)}; the worst, {b.engine} in {b.workload} at {b.size:,}, was "
        f"{figure(worst.first.middle)} and then {figure(worst.second.middle)}, "
        f"{percent(worst.apart)} apart. In the median they are "
        f"{100 * (found[len(found) // 2].apart - 1):.1f} % apart."
    )
    if not beyond:
        return said
    rows = [
        [p.bench.workload, f"{p.bench.size:,}", p.bench.engine, p.first, p.second, percent(p.apart)]
        for p in beyond
    ]
    meet = sum(pair.overlap for pair in beyond)
    why = (
        f"Those that lie farther apart; of {meet} of {len(beyond)} the intervals meet, so what "
        "varies is the rounds, and of the others the processes."
    )
    head = ["family", "size", "engine", "first", "second", "apart"]
    return f"{said}\n\n{why}\n\n{table(head, rows, 3)}"


def percent(factor: float) -> str:
    """By how much a factor is above 1.

    >>> percent(1.25)
    '25 %'
    """
    return f"{100 * (factor - 1):.0f} %"
