"""A program whose data can be drawn again: one structure, several trials.

What is drawn again are the entries of the leaves that ask for a gradient, and the masks of `where`.
Shapes, layouts, parameters, constants and index arrays stay.

>>> from gradassay.oracles.program import Call
>>> from gradassay.suites.choices import RandomChoices
>>> x = Leaf.of([0.5, 0.25], requires_grad=True)
>>> program = Program((x,), (Call("exp", (0,)), Call("sum", (1,))), (2,))
>>> again = Structure.of(program).redrawn(RandomChoices(1), 0.0)
>>> again.program.ops, again.id == program.id
(('exp', 'sum'), False)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..oracles import complex_step
from ..oracles.evaluate import Facts, Step, UnsupportedError, examine
from ..oracles.program import Leaf, Program, identify
from ..oracles.vocabulary import Op
from .choices import Choices
from .data import GRAIN, LARGEST, LARGEST_VALUE, Limits, entries, mask, within
from .trial import Trial, are_integers, gaussian, keeps_integers

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Structure:
    """A program, its calls made ready to run, and the limits of each leaf (none: it stays).

    `whole`: the calls keep integers, and the leaves are integers.
    """

    program: Program
    steps: tuple[Step, ...]
    limits: tuple[Limits | None, ...]
    whole: bool

    @classmethod
    def of(cls, program: Program) -> Structure:
        """The structure of a program that can be run."""
        steps = tuple(map(Step.of, program.calls))
        whole = keeps_integers(program.calls) and are_integers(program.leaves)
        return cls(program, steps, tuple(_limits(program, steps)), whole)

    def trial(self, program: Program | None = None) -> Trial:
        """The program, or one that has other data, examined in one run."""
        program = program or self.program
        json = program.to_json()
        name = identify(json)
        if not self.whole:
            try:
                facts, slope = complex_step.examine(program, self.steps, gaussian(program, name))
                return Trial(program, json, name, facts, False, slope)
            except UnsupportedError:  # not finite: float64 may be
                pass
        return Trial(program, json, name, examine(program, self.steps), self.whole)

    @np.errstate(all="ignore")
    def redrawn(self, c: Choices, margin: float) -> Trial | None:
        """A trial with other data, none if a few draws in a row were not smooth and tame.

        `margin` is how far to stay from kinks and singular points.
        """
        for _ in range(ATTEMPTS):
            leaves = [self._again(c, i, leaf) for i, leaf in enumerate(self.program.leaves)]
            trial = self.trial(Program(tuple(leaves), self.program.calls, self.program.outputs))
            if leaves != [*self.program.leaves] and self._tame(trial.facts, margin):
                return trial
        return None

    def _again(self, c: Choices, number: int, leaf: Leaf) -> Leaf:
        """A leaf like this one, its entries drawn again if they may be."""
        limits = self.limits[number]
        if limits is None:
            return leaf
        if leaf.kind == "bool":
            return Leaf.of(mask(c, leaf.shape), False, leaf.layout)
        return Leaf.of(entries(c, leaf.shape, limits, self.whole), True, leaf.layout)

    def _tame(self, facts: Facts, margin: float) -> bool:
        """Whether the generator would have let every value pass."""
        if min(facts.margin, facts.distance) < margin:
            return False
        made = facts.values[len(self.program.leaves) :]
        floats = [v for v in made if isinstance(v, np.ndarray) and v.dtype.kind == "f"]
        largest = np.maximum.reduce(np.abs(np.concatenate(floats, axis=None)), initial=0.0)
        if not largest <= LARGEST_VALUE:
            return False
        return all(
            within([facts.values[r] for r in step.refs], step.op.range)
            for step in self.steps
            if step.op.range is not None
        )


def _limits(program: Program, steps: tuple[Step, ...]) -> Iterator[Limits | None]:
    """The limits of each leaf that is drawn again; where all entries were positive, they stay so.

    An op that takes a leaf keeps it in the op's range.
    """
    takers: list[list[Op]] = [[] for _ in program.leaves]
    for step in steps:
        for ref in step.refs:
            if ref < len(takers):
                takers[ref].append(step.op)
    for leaf, ops in zip(program.leaves, takers, strict=True):
        if leaf.kind == "bool" and not any(op.shapes == "index" for op in ops):
            yield 0.0, 1.0
        elif leaf.requires_grad and leaf.kind == "real":
            positive = all(x > 0 for x in leaf.array.flat)
            ranges = [op.range for op in ops if op.range is not None]
            ranges.append((1 / GRAIN if positive else -LARGEST, LARGEST))
            yield max(low for low, _ in ranges), min(high for _, high in ranges)
        else:
            yield None
