"""Two engines beside one another: faster, slower or the same, and how sure one may be.

The ratio of a round is the time of the second engine over that of the first in the same round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...reports.records import Gauge
from .measure import Timing
from .spread import Spread, median

TRIPWIRE = 1.25
"""How many times as long the second may take before a comparison fails."""
SAME = 1.05
"""Ratios within 5 % of 1 are the same.

An engine beside itself, each in a process of its own, came within 3 %. The addresses that a process
got last as long as it does, so no number of rounds averages them away.
"""


def compared(first: Timing, second: Timing, tripwire: float = TRIPWIRE) -> Gauge:
    """What came of the second engine beside the first on one program."""
    if first.why_not or second.why_not:
        return _one_sided(first, second, tripwire)
    ratio = median(second.ratios(first))
    outcome = judged(ratio, tripwire)
    return _gauge(first, second, tripwire, outcome, f"{ratio} times as long: {outcome}", ratio)


def judged(ratio: Spread, tripwire: float) -> str:
    """The outcome of a ratio: only an interval that lies wholly on one side says anything."""
    if ratio.low is None or ratio.high is None:
        return "not known"
    if ratio.low > max(tripwire, SAME):
        return "tripped"
    if ratio.low > SAME:
        return "slower"
    return "faster" if ratio.high < 1 / SAME else "same"


def _one_sided(first: Timing, second: Timing, tripwire: float) -> Gauge:
    """One of the two could not be timed: a failure of the second alone trips, a missing op not."""
    if first.why_not:
        return _gauge(first, second, tripwire, "not known", f"{first.engine}: {first.why_not}")
    broke = not second.why_not.startswith("has no")
    said = f"{second.engine}: {second.why_not}"
    return _gauge(first, second, tripwire, "tripped" if broke else "not known", said)


def _gauge(
    first: Timing,
    second: Timing,
    tripwire: float,
    outcome: str,
    text: str,
    ratio: Spread | None = None,
) -> Gauge:
    return Gauge(
        kind="comparison",
        rule="time of both passes",
        engine=second.engine,
        beside=first.engine,
        workload=first.family.name,
        size=first.size,
        outcome=outcome,
        text=text,
        measured=ratio.middle if ratio else None,
        low=ratio.low if ratio else None,
        high=ratio.high if ratio else None,
        limit=tripwire,
        unit="×",
    )


def conclusion(gauges: Sequence[Gauge], tripwire: float = TRIPWIRE) -> Iterator[str]:
    """What all comparisons of two engines come to, the worst of them by name."""
    if not gauges:
        yield "nothing could be compared."
        return
    first, second = gauges[0].beside, gauges[0].engine
    known = [g for g in gauges if g.outcome != "not known"]
    counts = {
        o: sum(g.outcome == o for g in known) for o in ("faster", "same", "slower", "tripped")
    }
    said = ", ".join(f"{n} {o}" for o, n in counts.items() if n) or "nothing is known"
    yield f"{second} beside {first}: {said}, of {len(gauges)}"
    if len(known) < len(gauges):
        yield f"  {len(gauges) - len(known)} not known: too few rounds, or one of the two cannot"
    for gauge in (g for g in known if g.outcome == "tripped"):
        yield f"  TRIPPED  {gauge.workload}, {gauge.size:,}: {gauge.text.removesuffix(': tripped')}"
    if counts["tripped"]:
        yield f"{second} is slower than {tripwire:g} times {first}, and not by chance."
    else:
        yield f"nothing is slower than {tripwire:g} times beyond its spread."
