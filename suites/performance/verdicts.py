"""Verdicts on slowness: what should hold of any engine, each with the figure that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...reports.records import Gauge
from .measure import Timing
from .spread import Spread, exponent, median

CHEAP = 5.0
"""Both passes, in forward passes: four to five bound the arithmetic (Griewank and Walther,
Evaluating Derivatives, 2nd edition, 4.5)."""
SLACK = 0.5
"""What an exponent may lie above the expected one: at 8 times the size, 3 times the cost."""
HOLDS, BROKEN, UNKNOWN = "holds", "broken", "not known"


def verdicts(timings: Mapping[tuple[str, str], Sequence[Timing]]) -> Iterator[Gauge]:
    """What the timings of every family and engine say."""
    for series in timings.values():
        timed = [t for t in series if t.rounds]
        if timed:
            yield cheap(timed[-1])
        if len(timed) > 1:
            yield grows(timed)


def cheap(t: Timing) -> Gauge:
    """The cheap gradient principle, at the largest size of a family."""
    ratio = median([sum(r) / max(r[0], 1e-12) for r in t.rounds])
    said = f"{t.family.name}: both passes take {ratio} times the forward"
    return gauge(t, "cheap gradient", ratio, CHEAP, said, "×")


def grows(timed: Sequence[Timing]) -> Gauge:
    """The growth of time between the two largest sizes of a family."""
    near, far = (median([sum(r) for r in t.rounds]) for t in timed[-2:])
    power = exponent(near, far, timed[-1].size / timed[-2].size)
    family = timed[-1].family
    said = f"{family.name}: time grows as {family.axis} to the {power}; {family.growth:g} is right"
    return gauge(timed[-1], "growth of time", power, family.growth + SLACK, said)


def gauge(t: Timing, rule: str, found: Spread, limit: float, text: str, unit: str = "") -> Gauge:
    """A verdict: broken if the whole interval lies above the limit."""
    low = found.low
    outcome = UNKNOWN if low is None else BROKEN if low > limit else HOLDS
    return Gauge(
        kind="verdict",
        rule=rule,
        engine=t.engine,
        workload=t.family.name,
        size=t.size,
        outcome=outcome,
        text=text,
        measured=found.middle,
        low=found.low,
        high=found.high,
        limit=limit,
        unit=unit,
    )
