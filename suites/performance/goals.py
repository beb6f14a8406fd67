"""What the reference engine is to reach, as data, and what of it holds.

A goal is about the bare engine (`bare`: no adapter, as its users write it) or about the families
that every engine is timed on. It holds if the median of the measured ratios keeps its limit; the
interval beside it says how sure that is.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ...reports.records import Gauge
from .bare import WORKLOADS
from .measure import Timing
from .spread import Spread, median

ENGINE = "reference"
PATIENCE = 570.0
"""Seconds that the bare engine may take for all."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure to reach: at most `limit` times what `beside` takes on a workload."""

    workload: str
    beside: str
    limit: float
    says: str


BARE = (
    Goal("chain", "torch", 0.6, "10,000 ops on one entry"),
    Goal("fan-out", "torch", 0.6, "one value used 10,000 times"),
    Goal("perceptron", "by-hand", 1.25, "a step of 784-256-256-10 on 64 rows, float32"),
    Goal("perceptron", "torch", 1.0, "a step of 784-256-256-10 on 64 rows, float32"),
    Goal("causal attention", "by-hand", 1.25, "128 positions, width 64, 4 heads, float32"),
    Goal("elementwise", "torch", 1.0, "20 ops on 1,000,000 entries, float32"),
)
"""Both passes of the bare engine, in those of another."""
DEPTH = {
    "off": Goal("chain", "a chain of 10,000", 1.5, "a node among 1,000,000, collector frozen"),
    "bytes": Goal("chain", "", 500.0, "bytes a node"),
    "garbage": Goal("chain", "", 0.0, "objects that only the collector frees"),
}
"""What a node of a long chain may cost. With the collector on it is shown and not judged."""
CHEAP = 4.0
"""Both passes in forward passes, on every workload."""


class Measured(msgspec.Struct, frozen=True):
    """What `bare` prints."""

    rounds: dict[str, dict[str, list[tuple[float, float]]]] = {}
    depth: dict[str, list[float]] = {}


def goals(
    names: Sequence[str], timings: Mapping[tuple[str, str], Sequence[Timing]]
) -> Iterator[Gauge]:
    """Every goal that these families have to do with, measured."""
    wanted = [name for name in names if name in WORKLOADS]
    found = measured(wanted) if wanted else Measured()
    for goal in BARE:
        if goal.workload in wanted:
            yield beside(goal, found.rounds.get(goal.workload, {}))
    if found.depth:
        yield from deep(found.depth)
    yield from cheap(found, timings)


def measured(names: Sequence[str]) -> Measured:
    """Run `bare` in a process of its own, whose libraries start with one thread."""
    command = [sys.executable, "-m", "gradassay.suites.performance.bare", *names]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise RuntimeError(f"the bare engine could not be timed: {done.stderr.decode()[-400:]}")
    return msgspec.json.decode(done.stdout, type=Measured)


def beside(goal: Goal, rounds: Mapping[str, Sequence[tuple[float, float]]]) -> Gauge:
    """Both passes of the bare engine over those of another in the same rounds."""
    if goal.beside not in rounds:
        return gauge(goal, Spread(0.0), "not known", f"{goal.says}: no {goal.beside} here")
    both = zip(rounds[ENGINE], rounds[goal.beside], strict=True)
    ratio = median([sum(mine) / max(sum(its), 1e-12) for mine, its in both])
    each = 1e6 * min(map(sum, rounds[ENGINE]))
    return gauge(goal, ratio, "", f"{goal.says}: {ratio} × {goal.beside}; {each:,.0f} µs")


def deep(found: Mapping[str, Sequence[float]]) -> Iterator[Gauge]:
    """What a node of a chain of 1,000,000 costs."""
    time = Spread(
        sorted(found["off"])[len(found["off"]) // 2], min(found["off"]), max(found["off"])
    )
    on = max(found["on"])
    said = f"{time} × one among 10,000; {on:.2f} with the collector on"
    yield gauge(DEPTH["off"], time, "", f"{DEPTH['off'].says}: {said}")
    for key in ("bytes", "garbage"):
        value = found[key][0]
        yield gauge(DEPTH[key], Spread(value, value, value), "", f"{DEPTH[key].says}: {value:,.0f}")


def cheap(found: Measured, timings: Mapping[tuple[str, str], Sequence[Timing]]) -> Iterator[Gauge]:
    """The dearest gradient in forward passes, of the bare engine and through the adapter."""
    bare = {f"{name}, bare": engines[ENGINE] for name, engines in found.rounds.items()}
    families = {
        f"{name} {t.size:,}": t.rounds
        for (name, engine), series in timings.items()
        for t in series
        if engine == ENGINE and t.rounds
    }
    ratios = {
        name: median([(f + b) / max(f, 1e-12) for f, b in rounds])
        for name, rounds in {**bare, **families}.items()
    }
    if ratios:
        worst = max(ratios, key=lambda name: ratios[name].middle)
        goal = Goal("all", "the forward pass", CHEAP, "both passes, on every workload")
        said = f"at most {ratios[worst]} × the forward pass ({worst}, of {len(ratios)})"
        yield gauge(goal, ratios[worst], "", f"{goal.says}: {said}")


def gauge(goal: Goal, found: Spread, outcome: str, text: str) -> Gauge:
    """A goal as a record."""
    return Gauge(
        kind="goal",
        rule=goal.says,
        engine=ENGINE,
        workload=goal.workload,
        beside=goal.beside,
        outcome=outcome or ("holds" if found.middle <= goal.limit else "missed"),
        text=text,
        measured=found.middle,
        low=found.low,
        high=found.high,
        limit=goal.limit,
        unit="×" if goal.beside else "",
    )
