"""Engines timed beside one another: in turns, so that a busy machine is busy for all of them.

What is compared is the ratio of two engines in the same round; the median of these ratios is what
a page may quote. Single times are the least of all rounds.
"""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...oracles.program import Program
from ..adapter import Failure
from ..host import EngineHandle
from .families import Family

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What must be 1 in the environment of a worker before it starts."""
ROUNDS = 5
BUDGET = 0.5
"""Seconds that a round of one engine and size may take, as far as it can be chosen."""


@dataclass(slots=True)
class Timing:
    """One family, size and engine: the seconds of every round, and what the passes held in memory.

    `rounds` has (forward, backward) of each round with the garbage collector off, `collected` the
    same rounds with it on, a pair for each. Seconds are CPU time on the CPU and elapsed time, up to
    the end of the device's work, on another device. `launched`, there alone, has for each of
    `rounds` the seconds until the calls came back: close to those of `rounds` if the device waits
    for Python, far below if Python waits for the device.

    `memory` is in bytes above what was held before the forward pass, when the leaves were there:
    `peak` at the highest point of both passes, `live` after the sweep while the output and the
    leaves are held, less the gradients of the leaves. It is empty if it could not be seen.
    `memory_by` says what saw it: `tracemalloc` (all that Python and numpy take) or `adapter` (what
    the engine says itself: of torch, the entries of tensors and not the nodes). `objects` counts
    what the collector tracks more after the forward pass than before it; -1 if it was not counted.
    """

    family: Family
    size: int
    engine: str
    calls: int
    rounds: list[tuple[float, float]] = field(default_factory=list)
    collected: list[tuple[float, float]] = field(default_factory=list)
    launched: list[tuple[float, float]] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    memory_by: str = ""
    objects: int = -1
    why_not: str = ""

    @property
    def forward(self) -> float:
        """Seconds of the forward pass, the least."""
        return min(f for f, _ in self.rounds)

    @property
    def backward(self) -> float:
        """Seconds of the backward pass, the least."""
        return min(b for _, b in self.rounds)

    @property
    def total(self) -> float:
        """Seconds of both passes, the least."""
        return min(f + b for f, b in self.rounds)

    @property
    def per_call(self) -> float:
        """Microseconds a call, both passes."""
        return 1e6 * self.total / self.calls

    def ratios(self, other: Timing) -> list[float]:
        """How many times as long as another engine, of both passes, in each round."""
        both = zip(self.rounds, other.rounds, strict=False)
        return [sum(mine) / max(sum(its), 1e-12) for mine, its in both]

    def times(self, other: Timing) -> float:
        """How many times as long as another engine: the median of the ratios within rounds."""
        return statistics.median(self.ratios(other))

    def quartiles(self, other: Timing) -> tuple[float, float]:
        """Between what half of the ratios to another engine lie: the lower and upper quartile."""
        low, high = np.quantile(self.ratios(other), (0.25, 0.75))
        return float(low), float(high)

    def collecting(self) -> float:
        """How many times as long the passes take with the collector on: the median of rounds."""
        both = zip(self.collected, self.rounds, strict=False)
        return statistics.median(sum(on) / max(sum(off), 1e-12) for on, off in both)


def measure(
    families: Sequence[Family],
    engines: Mapping[str, EngineHandle],
    device: str = "cpu",
    rounds: int = ROUNDS,
) -> Iterator[list[Timing]]:
    """For each family and size, a timing of every engine."""
    for family in families:
        for size in family.sizes:
            program = family.make(size)
            made = [Timing(family, size, name, len(program.calls)) for name in engines]
            for _ in range(rounds):
                for timing in made:
                    if timing.why_not:
                        continue
                    handle = engines[timing.engine]
                    timing.why_not = unable(handle, program.ops, family.dtype, device)
                    if not timing.why_not:
                        _one(timing, handle, program, device)
            yield made


def unable(handle: EngineHandle, ops: Sequence[str], dtype: str, device: str) -> str:
    """Why an engine cannot be timed on a program; empty if it can."""
    hello = handle.hello
    missing = sorted({*ops} - {*hello.offers})
    if missing:
        return f"has no {', '.join(missing)}"
    if dtype not in hello.limits.dtypes:
        return f"has no {dtype}"
    return "" if device in hello.limits.devices else f"has no device {device}"


def _one(timing: Timing, handle: EngineHandle, program: Program, device: str) -> None:
    """One round of one engine; the first also looks at memory."""
    first = not timing.rounds
    passes = 3 if first else max(1, min(20, int(BUDGET / max(timing.total, 1e-6))))
    found = handle.times(program, timing.family.dtype, device, rounds=passes, memory=first)
    if isinstance(found, Failure):
        timing.why_not = f"{found.type}: {found.message}"
        return
    least = min(range(passes), key=lambda k: sum(found.times[k]))
    timing.rounds.append(found.times[least])
    timing.collected.append(min(found.collected, key=sum))
    if found.launched:
        timing.launched.append(found.launched[least])
    if first:
        timing.memory, timing.memory_by = found.memory, found.by
        timing.objects = found.objects


def growth(timings: Sequence[Timing]) -> tuple[float, float]:
    """The exponent with which the time grows with the size, and its standard error.

    The slope of a line through log time against log size, by least squares.
    """
    xs = [math.log(t.size) for t in timings]
    ys = [math.log(t.total) for t in timings]
    n, x, y = len(xs), statistics.fmean(xs), statistics.fmean(ys)
    spread = sum((a - x) ** 2 for a in xs)
    slope = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / spread
    rest = sum((b - y - slope * (a - x)) ** 2 for a, b in zip(xs, ys, strict=True))
    return slope, math.sqrt(rest / max(1, n - 2) / spread)


def machine() -> dict[str, str]:
    """What a reader must know of the machine, its load among it."""
    load = os.getloadavg()[0]
    busy = load > 0.75 * (os.cpu_count() or 1)
    said = f"{load:.1f} on {os.cpu_count()} processors"
    return {
        "load": f"{said}: busy, so read ratios and not times" if busy else said,
        "threads of each engine": "1",
        "collector": "off",
    }


def single_threaded() -> None:
    """Let workers that start from now on use one thread."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
