"""What limits each engine, in sentences whose figures are those of one run and its samples.

A sentence says what an engine does, which its source shows, beside the share of the time that this
takes, which was sampled, or a ratio, which was timed. Where a figure is missing, so is the
sentence. `{each chain}` in a sentence is `Facts.each("chain")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...reports.records import Bench, Gauge
from .bench import late
from .hotspots import KIND

FIELD = re.compile(r"\{(\w+) ?([^}]*)\}")
LIMITS: Mapping[str, Sequence[str]] = {
    "reference": (
        "Where values are small, Python: a call of a chain costs {each chain} µs, {times chain} × "
        "torch's. {share reference_engine/apply.py, reference_engine/graph.py} of its samples fell "
        "into applying an op and making its node, {share reference_engine/sweep.py} into the "
        "sweep.",
        "Where they are large, numpy's arithmetic: {times elementwise, by-hand} × numpy by hand on "
        "{size elementwise} entries, {times perceptron, by-hand} × in a perceptron.",
    ),
    "by-hand": (
        "It is no engine and keeps no graph: in Python's floats a call of a chain costs "
        "{each chain} µs. What remains is numpy's arithmetic on one thread, {times elementwise} × "
        "torch's on {size elementwise} entries, {times perceptron} × in a perceptron.",
    ),
    "torch": (
        "Where values are small, what an op costs below Python: a call of a chain takes "
        "{each chain} µs, and {share torch/autograd/graph.py} of its samples fell into the sweep "
        "in C++.",
        "Where they are large, its own kernels and their memory: {times elementwise, by-hand} × "
        "numpy by hand on {size elementwise} entries, {times perceptron, by-hand} × in a "
        "perceptron, {times convolution, by-hand} × in a convolution.",
    ),
    "autograd": (
        "Boxes: of a chain's {each chain} µs a call, {share autograd/tracer.py} fell into "
        "tracer.py, which looks for boxed arguments, opens them and boxes the result.",
        "On {size elementwise} entries it takes {times elementwise, by-hand} × numpy by hand.",
    ),
    "mygrad": (
        "Checks: of a chain's {each chain} µs a call, "
        "{share mygrad/_utils/lock_management.py} fell into making arrays read-only while they are "
        "on the tape and writeable after, {share mygrad/_utils/__init__.py} into weak references "
        "to tensors, {share mygrad/tensor_base.py clear_graph} into clearing the graph.",
        "On {size elementwise} entries it takes {times elementwise, by-hand} × numpy by hand.",
    ),
    "micrograd": (
        "It has scalars alone: {unable} families need an op that it has not. Of a short chain's "
        "{each chain} µs a call, {share micrograd/engine.py __init__} fell into making values, "
        "each with a set and a closure of its own.",
        "It sorts its graph by recursion, so it fails at {fails chain}.",
    ),
    "jax": (
        "Dispatch, op by op, for nothing is compiled as a whole here: of a chain's {each chain} µs "
        "a call, {share jax/_src/pjit.py, jax/_src/core.py} fell into pjit.py and core.py, and no "
        "single function had more than {most}.",
        "On {size elementwise} entries the same ops take {times elementwise} × torch's time.",
    ),
    "tinygrad": (
        "It rewrites and schedules the graph anew each time, in Python: of a chain's {each chain} "
        "µs a call, {share tinygrad/uop/ops.py} fell into uop/ops.py.",
        "Its device here is `PYTHON`, which emulates kernels entry by entry ({device}): nothing "
        "here speaks of its compiled devices.",
    ),
}
"""By the name of the engine; of several sentences each stands on its own figures."""


class MissingError(KeyError):
    """A figure that this run does not have."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The timings of one engine by family, and where its samples fell."""

    engine: str
    benches: Mapping[str, Sequence[Bench]]
    places: Mapping[str, float] = field(default_factory=dict)

    def _last(self, family: str) -> Bench:
        timed = [b for b in self.benches.get(family, ()) if b.rounds]
        if not timed:
            raise MissingError(family)
        return timed[-1]

    def each(self, family: str) -> str:
        """Microseconds a call, of both passes, at the largest size."""
        b = self._last(family)
        return figure(1e6 * min(map(sum, b.rounds)) / b.calls)

    def size(self, family: str) -> str:
        """The largest size that was timed."""
        return f"{self._last(family).size:,}"

    def times(self, family: str, beside: str = "torch") -> str:
        """How many times as long as another engine, at the largest size."""
        ends = self._last(family).beside.get(beside)
        if not ends:
            raise MissingError(beside)
        return figure(ends[0])

    def share(self, *places: str) -> str:
        """The share of the samples of a chain that fell into these files or functions."""
        if not any(place in self.places for place in places):
            raise MissingError(places[0])
        return f"{100 * sum(self.places.get(place, 0.0) for place in places):.0f} %"

    def most(self) -> str:
        """The share of the function with the most samples."""
        functions = [v for place, v in self.places.items() if " " in place]
        if not functions:
            raise MissingError("most")
        return f"{100 * max(functions):.0f} %"

    def unable(self) -> str:
        """How many families it cannot run for want of an op."""
        lack = [bs for bs in self.benches.values() if bs and bs[0].why_not.startswith("has no")]
        return f"{len(lack)} of {len(self.benches)}"

    def fails(self, family: str) -> str:
        """The first size that fails, and how."""
        for b in self.benches.get(family, ()):
            if b.why_not and not b.why_not.startswith("has no") and not late(b.why_not):
                return f"{b.size:,} {b.axis} (`{b.why_not.partition(':')[0]}`)"
        raise MissingError(family)

    def device(self) -> str:
        """How many programs were left out because a pass takes too long."""
        every = [b for series in self.benches.values() for b in series]
        return f"{sum(late(b.why_not) for b in every)} of {len(every)} programs took too long"


def figure(x: float) -> str:
    """Three figures that count.

    >>> figure(0.01234), figure(1.5), figure(123456.0), figure(0.0)
    ('0.0123', '1.50', '123,456', '0')
    """
    if x == 0:
        return "0"
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:#.3g}".rstrip(".")


def filled(sentence: str, facts: Facts) -> str:
    """A sentence with its figures; raises `MissingError`.

    >>> filled("It runs {unable}.", Facts("e", {"chain": []}))
    'It runs 0 of 1.'
    """

    def found(match: re.Match[str]) -> str:
        name, asked = match.groups()
        return str(getattr(facts, name)(*[a.strip() for a in asked.split(",") if a.strip()]))

    return FIELD.sub(found, sentence)


def sentences(facts: Facts) -> Iterator[str]:
    """What can be said of an engine from what is known."""
    for sentence in LIMITS.get(facts.engine, ()):
        try:
            yield filled(sentence, facts)
        except MissingError:
            continue


def sampled(gauges: Sequence[Gauge], engine: str) -> dict[str, float]:
    """The share of each place in an engine's samples."""
    return {
        g.rule: g.measured
        for g in gauges
        if g.kind == KIND and g.engine == engine and g.measured is not None
    }
