"""What `gradassay bench` prints: timings, growth, comparison, verdicts, goals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...reports.records import Gauge
from .families import Family
from .measure import Timing
from .spread import exponent, median

BESIDE = "torch"
"""The engine that ratios are given against."""
SIGNS = {
    "holds": "ok",
    "broken": "BROKEN",
    "not known": "?",
    "tripped": "TRIPPED",
    "missed": "missed",
}


def preface(load: str) -> str:
    """What all tables share."""
    return f"load {load}; one thread an engine; µs are CPU time on the CPU, the collector off"


def heading(family: Family, names: Sequence[str]) -> str:
    """The title of a family's table and its columns."""
    wide = width(names)
    return (
        f"\n{family.name} ({family.says}, {family.dtype})\n"
        f"  {family.axis:>10}  {'engine':{wide}} {'forward µs':>12} {'backward µs':>12} "
        f"{'µs a call':>10} {'total/forward':>13}  × {BESIDE}"
    )


def width(names: Sequence[str]) -> int:
    """What the longest name takes."""
    return max([12, *map(len, names)])


def rows(made: Sequence[Timing]) -> Iterator[str]:
    """A line an engine."""
    beside = next((t for t in made if t.engine == BESIDE and t.rounds), None)
    wide = width([t.engine for t in made])
    for t in made:
        start = f"  {t.size:>10,}  {t.engine:{wide}} "
        if not t.rounds:
            yield start + t.why_not
            continue
        ratio = f"  {median(t.ratios(beside))}" if beside and beside is not t else ""
        yield (
            f"{start}{1e6 * t.forward:12,.1f} {1e6 * t.backward:12,.1f} "
            f"{t.per_call:10.2f} {t.total / max(t.forward, 1e-12):13.2f}{ratio}"
        )


def growths(known: Mapping[tuple[str, str], Sequence[Timing]]) -> Iterator[str]:
    """The exponent with which each family's time grows between its two largest sizes."""
    yield "\ngrowth of the time of both passes between the two largest sizes: the power of the size"
    wide = width([engine for _, engine in known])
    for (family, engine), timings in known.items():
        timed = [t for t in timings if t.rounds]
        if len(timed) > 1:
            yield f"  {family:18} {engine:{wide}} {time_exponent(timed)}"


def time_exponent(timed: Sequence[Timing]) -> object:
    """The power of the size with which the time grows between the last two timings."""
    near, far = (median([sum(r) for r in t.rounds]) for t in timed[-2:])
    return exponent(near, far, timed[-1].size / timed[-2].size)


def comparisons(gauges: Sequence[Gauge]) -> Iterator[str]:
    """A line a comparison."""
    if not gauges:
        return
    pair = f"{gauges[0].engine} over that of {gauges[0].beside}"
    yield f"time of {pair}: median of rounds, and its interval"
    for g in gauges:
        yield f"  {g.workload:18} {g.size:>10,}  {g.text}"


def verdicts(gauges: Sequence[Gauge]) -> Iterator[str]:
    """A line a verdict: those that are broken first, then the rest by engine."""
    if not gauges:
        return
    yield "\nverdicts"
    for engine in {g.engine: None for g in gauges}:
        mine = [g for g in gauges if g.engine == engine]
        broken = [g for g in mine if g.outcome == "broken"]
        held = sum(g.outcome == "holds" for g in mine)
        unknown = len(mine) - held - len(broken)
        yield f"  {engine}: {held} hold, {len(broken)} broken, {unknown} not known"
        yield from (
            f"    {SIGNS[g.outcome]:8} {g.rule}, {g.workload}: {g.text}"
            for g in mine
            if g.outcome != "holds"
        )


def goals(gauges: Sequence[Gauge]) -> Iterator[str]:
    """A line a goal: what was to be reached, what was measured, whether it holds."""
    yield "\ngoals of the reference engine: the bare engine, unless a family is named"
    wide = max(len(g.rule) for g in gauges)
    yield f"  {'':{wide}}  {'at most':>28}  {'':7}  measured"
    for g in gauges:
        limit = f"{g.limit:g} × {g.beside}" if g.beside else f"{g.limit:g}"
        shown = g.text.removeprefix(f"{g.rule}: ")
        yield f"  {g.rule:{wide}}  {limit:>28}  {g.outcome:7}  {shown}"
