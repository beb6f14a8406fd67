"""What a further use of a large value costs its gradient: one addition in place, or a new array.

A leaf with n entries is added to a running sum again and again, and each time the sweep gives its
cotangent the same array once more. Apart from the overhead of a call, which the same program on one
entry shows, the sweep's time is that of the additions. What these should cost is measured too, in
the same rounds, by numpy: `a += b`, and `a = a + b`, which takes new memory each time. An engine
that lies nearer to the second copies on every accumulation.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ...oracles.program import Leaf, Program
from ...reports.records import Gauge
from ..host import EngineHandle
from .families import Draft, Family, drawn
from .measure import LONGEST, Timing, measure
from .spread import median
from .verdicts import UNKNOWN, gauge

USES, ENTRIES = 64, 100_000
ROUNDS = 9
APART = 1.3
"""Numpy's two ways must differ by so much here, or they cannot be told apart in an engine."""


MARGIN = 0.25
"""How far from the first way to the second an engine may lie. One that adds in place stays below
the first, because what it adds to is still in the cache."""


def uses(n: int) -> Program:
    """A leaf of n entries that is used 64 times."""
    p = Draft(Leaf.of(drawn(n), requires_grad=True), Leaf.of(0.75))
    total = p("multiply", 0, 1)
    for _ in range(USES):
        total = p("add", total, 0)
    p("sum", total)
    return p.program()


FAMILY = Family("accumulation", f"n entries used {USES} times", "entries", (1, ENTRIES), uses)


def accumulation(
    engines: Mapping[str, EngineHandle], device: str, longest: float = LONGEST
) -> Iterator[Gauge]:
    """The verdict on each engine that can run it; on the CPU alone, where numpy is the measure."""
    if device != "cpu":
        return
    series: dict[str, list[list[float]]] = {name: [] for name in engines}
    plain: list[tuple[float, float]] = []
    last: dict[str, Timing] = {}
    for _ in range(ROUNDS):
        plain.append(additions())
        able = {k: e for k, e in engines.items() if k not in last or last[k].rounds}
        made = measure([FAMILY], able, device, 1, longest=longest)
        for timing in (t for each in made for t in each):
            last[timing.engine] = timing
            if timing.rounds:
                backward = min(b for _, b in timing.rounds)
                series[timing.engine].append([backward / USES])
    for name, found in series.items():
        pairs = [(one[0], many[0]) for one, many in zip(found[::2], found[1::2], strict=False)]
        if pairs:
            yield verdict(last[name], pairs, plain)


def additions(n: int = ENTRIES) -> tuple[float, float]:
    """Seconds of numpy's addition in place and of one into new memory."""
    a, b = np.ones(n), np.ones(n)

    def timed(in_place: bool) -> float:
        nonlocal a
        start = time.process_time()
        for _ in range(USES):
            if in_place:
                a += b
            else:
                a = a + b
        return (time.process_time() - start) / USES

    gc.collect()
    timed(True)
    return min(timed(True) for _ in range(3)), min(timed(False) for _ in range(3))


def verdict(
    t: Timing, pairs: Sequence[tuple[float, float]], plain: Sequence[tuple[float, float]]
) -> Gauge:
    """Judge the cost of a contribution, in additions in place."""
    rounds = list(zip(pairs, plain, strict=False))
    cost = median([(many - one) / place for (one, many), (place, _) in rounds])
    new = median([fresh / place for _, (place, fresh) in rounds])
    limit = 1 + (new.middle - 1) * MARGIN
    said = (
        f"a further use of {ENTRIES:,} entries costs {cost} additions in place; "
        f"one into new memory costs {new}"
    )
    outcome = UNKNOWN if new.middle < APART else ""
    return gauge(t, "accumulation in place", cost, limit, said, outcome=outcome)
