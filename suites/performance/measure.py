"""Engines timed beside one another: in turns, so that a busy machine is busy for all of them.

What is compared is the ratio of two engines in the same round; the median of these ratios is what
a page may quote. Single times are the least of all rounds.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from ...oracles.program import Program
from ..adapter import Failure, Timed
from ..host import EngineHandle
from ..supervisor import TIMING
from .families import Family
from .spread import median

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What must be 1 in the environment of a worker before it starts."""
ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 25)}
"""What lets glibc keep the memory that a worker frees, up to blocks of 32 MiB.

Else it hangs on where earlier blocks lie whether a pass pays for fresh pages: convolutions by hand
took 5.0 ms and 8.6 ms in turns, message by message.
"""
ROUNDS = 5
SECONDS = 8.0
"""How long more rounds may be added for where ratios are not sure."""
SURE = 1.05
"""Ratios are sure where the ends of their interval are no farther apart than this factor."""
LONGEST, FIRST = 30.0, 5
"""Seconds that one pass may take, and for how many of them the first message is waited for."""
BLOCK, FEW, MOST = 0.05, 3, 500
"""Seconds of one engine in a round; the fewest passes unless one takes longer, and the most."""


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
    A round is the least of so many `passes`.
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
    passes: int = 1
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
        """How many times as long the passes take with the collector on: the median of rounds.

        Of an engine without a collector there is none: NaN.
        """
        if not self.collected:
            return math.nan
        both = zip(self.collected, self.rounds, strict=False)
        return statistics.median(sum(on) / max(sum(off), 1e-12) for on, off in both)


def measure(
    families: Sequence[Family],
    engines: Mapping[str, EngineHandle],
    device: str = "cpu",
    rounds: int = ROUNDS,
    seconds: float = 0.0,
    longest: float = LONGEST,
) -> Iterator[list[Timing]]:
    """For each family and size, a timing of every engine that takes no `longest` seconds a pass.

    Where the ratios of engines to the first one are not `SURE` after `rounds`, more follow for so
    many `seconds`.
    """
    for family in families:
        for size in family.sizes:
            program = family.make(size)
            made = [Timing(family, size, name, len(program.calls)) for name in engines]
            for timing in made:
                _begin(timing, engines[timing.engine], program, device, longest)
            start = time.monotonic()
            for done in count():
                if done >= rounds and (settled(made) or time.monotonic() - start > seconds):
                    break
                for timing in made:
                    if not timing.why_not:
                        _round(timing, engines[timing.engine], program, device)
            yield made


def settled(made: Sequence[Timing]) -> bool:
    """Whether the ratio of every engine to the first, or the times of the only one, are sure."""
    able = [t for t in made if not t.why_not]
    if len(able) == 1:
        asked = [[sum(pair) for pair in able[0].rounds]]
    else:
        asked = [t.ratios(able[0]) for t in able[1:]]
    ends = [median(values) for values in asked]
    return all(e.low and e.high and e.high / e.low <= SURE for e in ends)


def unable(handle: EngineHandle, ops: Sequence[str], dtype: str, device: str) -> str:
    """Why an engine cannot be timed on a program; empty if it can."""
    hello = handle.hello
    missing = sorted({*ops} - {*hello.offers})
    if missing:
        return f"has no {', '.join(missing)}"
    if dtype not in hello.limits.dtypes:
        return f"has no {dtype}"
    return "" if device in hello.limits.devices else f"has no device {device}"


def _begin(
    timing: Timing, handle: EngineHandle, program: Program, device: str, longest: float
) -> None:
    """Whether an engine can, what it takes of memory, and how many passes make a block."""
    timing.why_not = unable(handle, program.ops, timing.family.dtype, device)
    found = timing.why_not or _timed(timing, handle, program, device, 1, True, FIRST * longest)
    if isinstance(found, Timed):
        if sum(found.times[0]) > longest:
            timing.why_not = f"takes {sum(found.times[0]):.2g} s, more than {longest:g} s a pass"
        timing.memory, timing.memory_by = found.memory, found.by
        timing.objects = found.objects
        least = max(sum(found.times[0]), BLOCK / MOST)
        timing.passes = max(FEW, int(BLOCK / least)) if least <= BLOCK else 1


def _round(timing: Timing, handle: EngineHandle, program: Program, device: str) -> None:
    """One round of one engine: of a block the least."""
    found = _timed(timing, handle, program, device, timing.passes, False)
    if isinstance(found, Timed):
        least = min(range(timing.passes), key=lambda k: sum(found.times[k]))
        timing.rounds.append(found.times[least])
        if found.collected:
            timing.collected.append(min(found.collected, key=sum))
        if found.launched:
            timing.launched.append(found.launched[least])


def _timed(
    timing: Timing,
    handle: EngineHandle,
    program: Program,
    device: str,
    passes: int,
    memory: bool,
    limit: float = TIMING,
) -> Timed | None:
    """What the clock says, or none and why."""
    found = handle.times(
        program, timing.family.dtype, device, rounds=passes, memory=memory, limit=min(limit, TIMING)
    )
    if isinstance(found, Failure):
        timing.why_not = f"{found.type}: {found.message}"
        return None
    if len(found.times) != passes:
        timing.why_not = f"{len(found.times)} times came for {passes} passes"
        return None
    return found


def machine() -> dict[str, str]:
    """What a reader must know of the machine, its load among it."""
    load = os.getloadavg()[0]
    busy = load > 0.75 * (os.cpu_count() or 1)
    said = f"{load:.1f} on {os.cpu_count()} processors"
    return {
        "load": f"{said}: busy, so read ratios and not times" if busy else said,
        "threads of each engine": "1",
        "freed memory": "kept by the process, where glibc is its allocator",
        "collector": "off",
    }


def single_threaded() -> None:
    """Let workers that start from now on use one thread, and keep the memory that they free."""
    os.environ.update({**dict.fromkeys(THREADS, "1"), **ALLOCATOR})
