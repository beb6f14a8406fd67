"""What a further use of a large value costs its gradient: one addition in place, or a new array.

A leaf with n entries is added to a running sum again and again. The forward pass makes a new array
each time; the sweep gives the leaf's cotangent the same array once more, and may add it in place.
So the engine's own forward pass is the yardstick, in the same round, process and memory: what the
entries cost the sweep, in what they cost the forward pass. The same program on one entry shows what
is overhead, and is taken off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...oracles.program import Leaf, Program
from ...reports.records import Gauge
from ..host import EngineHandle
from .families import Draft, Family, drawn
from .measure import LONGEST, Timing, measure
from .spread import median
from .verdicts import gauge

USES, ENTRIES = 64, 100_000
ROUNDS = 9
LIMIT = 0.55
"""Adding in place came to 0.30 (the reference engine) and 0.42 (PyTorch) of an addition into new
memory, and a sweep that makes a new array for every sum to 0.67, its operands in the cache."""


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
    """The verdict on each tape that can run it: of other engines no sweep can be timed apart."""
    tapes = {name: e for name, e in engines.items() if e.hello.style == "tape"}
    if device == "cpu" and tapes:
        ones, many = measure([FAMILY], tapes, device, ROUNDS, longest=longest)
        for one, more in zip(ones, many, strict=True):
            if one.rounds and more.rounds:
                yield verdict(one, more)


def verdict(one: Timing, more: Timing) -> Gauge:
    """Judge what the entries cost the sweep, in what they cost the forward pass."""
    cost = median(
        [
            (b - overhead) / max(f - plain, 1e-12)
            for (plain, overhead), (f, b) in zip(one.rounds, more.rounds, strict=False)
        ]
    )
    said = (
        f"a further use of {more.size:,} entries costs the sweep {cost} times what an addition "
        "into new memory costs the forward pass"
    )
    return gauge(more, "accumulation in place", cost, LIMIT, said, "×")
