"""Verdicts on slowness: what should hold of any engine, each with the figure that shows it.

These follow from the timings of the families. `accumulation` and `depth` measure what no family
shows. A verdict is broken only if the whole interval around its figure lies beyond the limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ...reports.records import Gauge
from ..supervisor import TIMING
from .families import Family
from .measure import Timing
from .spread import Spread, exponent, median

CHEAP = 5.0
"""Both passes, in forward passes: four to five bound the arithmetic (Griewank and Walther,
Evaluating Derivatives, 2nd edition, 4.5)."""
SLACK = 0.5
"""What an exponent may lie above the expected one: at 8 times the size, 3 times the cost."""
DEARER = 2.0
"""How many times as much a unit of size must cost in the largest program as in the smallest before
growth is called too fast. Leaving the caches, too, makes the last step steep; but there a unit
still costs less than in a small program, where it carries all the overhead."""
RELEASED, KEPT = 0.05, 0.02
"""The share of the peak that may stay after the sweep, and after all is let go."""
SMALL = 1 << 16
"""Bytes that are no leak: caches that an engine fills once."""
HOLDS, BROKEN, UNKNOWN = "holds", "broken", "not known"


def verdicts(timings: Mapping[tuple[str, str], Sequence[Timing]]) -> Iterator[Gauge]:
    """What the timings of every family and engine say."""
    for series in timings.values():
        timed = [t for t in series if t.rounds]
        yield from failed(series)
        if timed:
            yield cheap(timed[-1])
            yield from leaks(timed[-1])
        if len(timed) > 1:
            yield grows(timed)
            yield from swells(timed)


def cheap(t: Timing) -> Gauge:
    """The cheap gradient principle, at the largest size of a family."""
    ratio = median([sum(r) / max(r[0], 1e-12) for r in t.rounds])
    said = f"both passes take {ratio} times the forward"
    return gauge(t, "cheap gradient", ratio, CHEAP, said, "×")


def grows(timed: Sequence[Timing]) -> Gauge:
    """The growth of time between the two largest sizes of a family."""
    first, near, far = (median([sum(r) for r in t.rounds]) for t in (timed[0], *timed[-2:]))
    power = exponent(near, far, timed[-1].size / timed[-2].size)
    dearer = far.middle / first.middle / _linear(timed)
    return _growth(timed, "growth of time", power, dearer)


def swells(timed: Sequence[Timing]) -> Iterator[Gauge]:
    """The growth of the peak of memory, where it is seen."""
    peaks = [t.memory.get("peak", 0) for t in timed]
    if min(peaks) <= 0:
        return
    first, near, far = (Spread(p, p, p) for p in (peaks[0], *peaks[-2:]))
    power = exponent(near, far, timed[-1].size / timed[-2].size)
    yield _growth(timed, "growth of memory", power, far.middle / first.middle / _linear(timed))


def _linear(timed: Sequence[Timing]) -> float:
    """How many times the smallest program's cost the largest may have, by the family's growth."""
    family: Family = timed[-1].family
    return float((timed[-1].size / timed[0].size) ** family.growth)


def _growth(timed: Sequence[Timing], rule: str, power: Spread, dearer: float) -> Gauge:
    last = timed[-1]
    family = last.family
    near, far = timed[-2].size, last.size
    said = (
        f"from {near:,} to {far:,} {family.axis} as their power {power}; {family.growth:g} is right"
    )
    found = gauge(last, rule, power, family.growth + SLACK, said)
    if found.outcome == BROKEN and dearer < DEARER:
        more = f"; but one of them costs {dearer:.2g} times what it does among {timed[0].size:,}"
        return gauge(last, rule, power, family.growth + SLACK, said + more, outcome=HOLDS)
    return found


def leaks(t: Timing) -> Iterator[Gauge]:
    """What is still held after the sweep, and after all is let go, as a share of the peak.

    Where an op works on one entry, nodes are all that memory holds, and they live as long as the
    output: there only what is kept for ever counts.
    """
    peak = t.memory.get("peak", 0)
    for name, share, when in (
        ("live", RELEASED, "after the sweep"),
        ("kept", KEPT, "when all of one more run is let go"),
    ):
        if (
            not peak
            or name not in t.memory
            or (name == "live" and t.family.axis in ("ops", "uses"))
        ):
            continue
        held = t.memory[name]
        part = held / peak
        said = f"{held:,} bytes are held {when}, of {peak:,} at the peak"
        rule = "memory released" if name == "live" else "no leak"
        outcome = HOLDS if held <= SMALL else ""
        yield gauge(t, rule, Spread(part, part, part), share, said, outcome=outcome)


def failed(series: Sequence[Timing]) -> Iterator[Gauge]:
    """A larger program that fails, or would never end, where a smaller one ran."""
    for before, t in pairwise(series):
        if t.rounds or not before.rounds or t.why_not.startswith(("has no", "takes", "would take")):
            continue  # how what is slow grows shows in the sizes that were timed
        silent = "no answer" in t.why_not
        rule = "growth of time" if silent else "depth"
        cut = silent and f"within {TIMING:g} s" not in t.why_not  # one asked not to wait longer
        outcome = UNKNOWN if cut else BROKEN
        said = f"{t.size:,} {t.family.axis}: {t.why_not}; {before.size:,} took {before.total:.2g} s"
        yield gauge(t, rule, Spread(float(t.size)), float(t.size), said, outcome=outcome)


def gauge(
    t: Timing,
    rule: str,
    found: Spread,
    limit: float,
    text: str,
    unit: str = "",
    outcome: str = "",
) -> Gauge:
    """A verdict, by default broken if the whole interval lies above the limit."""
    return Gauge(
        kind="verdict",
        rule=rule,
        engine=t.engine,
        workload=t.family.name,
        size=t.size,
        outcome=outcome or judged(found, limit),
        text=text,
        measured=found.middle,
        low=found.low,
        high=found.high,
        limit=limit,
        unit=unit,
    )


def judged(found: Spread, limit: float) -> str:
    """Whether a figure keeps its limit."""
    if found.low is None or found.high is None:
        return UNKNOWN
    return BROKEN if found.low > limit else HOLDS
