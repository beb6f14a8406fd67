"""How deep a graph may be: chains of one op up to a million, recorded, swept and let go.

They run as scripts, so that no program of a million calls has to be written down. Time is the
worker's own CPU time, with the garbage collector as the engine's users have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ...reports.records import Gauge
from ..adapter import Failure, Result
from ..checks.examine import exact, lacks
from ..checks.judge import judge
from ..checks.script import Builder, Script
from ..host import EngineHandle
from .spread import Spread, median
from .verdicts import BROKEN, HOLDS, UNKNOWN, judged

LENGTHS = (10_000, 100_000, 1_000_000)
TRIES = 5
"""How often the shortest chain runs."""
LONGEST = 60.0
"""Seconds that a chain may be expected to take; a longer one is not tried."""
PATIENCE = 3.0
"""How often as long as the door's usual patience a chain may take."""
DEARER = 3.0
"""What a node of the longest chain may cost, in nodes of the shortest."""


@dataclass(frozen=True, slots=True)
class Dive:
    """A chain of a length: the seconds that it took, or what went wrong."""

    length: int
    seconds: float = 0.0
    wrong: str = ""


def depth(name: str, handle: EngineHandle, device: str) -> Iterator[Gauge]:
    """Whether an engine takes the longest chain, and what a node of it costs."""
    why_not = lacks(chain(LENGTHS[0]), handle.hello, exact(handle.hello.limits.dtypes))
    if why_not or handle.hello.style == "symbolic":  # which compiles, and has no chain to sweep
        return
    dives = list(_dives(handle, device))
    last = dives[-1]
    if last.wrong:
        yield _gauge(
            name, "depth", last.length, Spread(last.length), LENGTHS[-1], last.wrong, BROKEN
        )
        return
    yield _reached(name, last)
    short = median([d.seconds / d.length for d in dives if d.length == LENGTHS[0]])
    each = last.seconds / last.length
    ratio = Spread(each / short.middle)
    if short.low is not None and short.high is not None:
        ratio = Spread(ratio.middle, each / short.high, each / short.low)
    said = (
        f"a node costs {1e6 * each:.2f} µs in a chain of {last.length:,}, "
        f"{ratio} times what it does in one of {LENGTHS[0]:,}"
    )
    outcome = UNKNOWN if last.length == LENGTHS[0] else judged(ratio, DEARER)
    yield _gauge(name, "cost of depth", last.length, ratio, DEARER, said, outcome)


def _dives(handle: EngineHandle, device: str) -> Iterator[Dive]:
    """The shortest chain a few times, then longer ones while they can be expected to end."""
    found: list[Dive] = []
    for length in (*LENGTHS[:1] * TRIES, *LENGTHS[1:]):
        before = found[-1] if found else Dive(1)
        if before.seconds * length / before.length > LONGEST:
            return
        found.append(dive(handle, length, device))
        yield found[-1]
        if found[-1].wrong:
            return


def dive(handle: EngineHandle, length: int, device: str) -> Dive:
    """One chain; the gradient is looked at, too."""
    script, dtype = chain(length), exact(handle.hello.limits.dtypes)
    steps = msgspec.json.encode(script.steps)
    results = handle.script(steps, len(script.steps), dtype, device, patience=PATIENCE)
    finding = judge(script, results, dtype)
    if finding.outcome != "holds":
        return Dive(length, wrong=f"a chain of {length:,}: {finding.message}")
    return Dive(length, _seconds(script, results))


def chain(length: int) -> Script:
    """An even number of times −1, swept and let go, between two looks at the clock."""
    s = Builder()
    x, c = s.leaf(3.0), s.constant(-1.0)
    s.step("clock")
    y = s.repeat("multiply", length, x, c)
    s.gradients(y, {x: 1.0}, "the product of an even number of -1")
    s.step("forget", y)
    s.step("clock")
    return s.script()


def _seconds(script: Script, results: Sequence[Result] | Failure) -> float:
    assert not isinstance(results, Failure)
    clocks = [
        r.array.item() for s, r in zip(script.steps, results, strict=True) if s.verb == "clock"
    ]
    return max(float(clocks[1] - clocks[0]), 1e-9)


def _reached(name: str, last: Dive) -> Gauge:
    most = LENGTHS[-1]
    said = f"a chain of {last.length:,} records, sweeps and is freed in {last.seconds:.2g} s"
    if last.length < most:
        said += f"; one of {most:,} would take more than {LONGEST:g} s"
    outcome = HOLDS if last.length == most else UNKNOWN
    reached = Spread(last.length, last.length, last.length)
    return _gauge(name, "depth", last.length, reached, most, said, outcome)


def _gauge(
    name: str, rule: str, size: int, found: Spread, limit: float, text: str, outcome: str
) -> Gauge:
    return Gauge(
        kind="verdict",
        rule=rule,
        engine=name,
        workload="long chain",
        size=size,
        outcome=outcome,
        text=text,
        measured=found.middle,
        low=found.low,
        high=found.high,
        limit=limit,
        unit="× a short chain's" if rule == "cost of depth" else "ops",
    )


def deep(engines: Mapping[str, EngineHandle], device: str) -> Iterator[Gauge]:
    """The verdicts on the depth of every engine."""
    for name, handle in engines.items():
        yield from depth(name, handle, device)
