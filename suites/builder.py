"""A program while it grows: every call is run at once, and refused if it is not tame.

It runs on complex numbers, whose imaginary part carries a tangent (see `complex_step`): so that the
finished program brings its derivative along a direction with it. Integer programs run in float64.

>>> from gradassay.suites.choices import RandomChoices
>>> b = Builder(RandomChoices(0), Scope(), whole=False)
>>> y = b.call(VOCABULARY["sin"], (b.leaf((2,)),), {})
>>> b.trial([b.weighted_sum(y)]).program.ops
('sin', 'multiply', 'sum')
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..oracles.complex_step import STEP
from ..oracles.evaluate import Facts
from ..oracles.kit import ComplexKit, Kit
from ..oracles.program import Call, Leaf, Program, Static, encode
from ..oracles.vocabulary import SINGULAR_MARGIN, VOCABULARY, Op
from ..oracles.vocabulary.op import everywhere
from .choices import Choices
from .data import ANY, Limits, entries, moderate, within
from .draws import NotOfferedError, RefusedError, Shape
from .trial import Trial, tangents


@dataclass(frozen=True, slots=True)
class Scope:
    """What an engine takes, which the generator obeys.

    `static`: slots that must be a plain number. `without`: (op, keyword) pairs not offered.
    `menu`: the ops that random graphs are about, if not all. `margin`: how far to stay from kinks,
    relative.
    """

    ops: tuple[str, ...] = tuple(VOCABULARY)
    ranks: frozenset[int] | None = None
    static: dict[str, tuple[int, ...]] = field(default_factory=dict)
    without: frozenset[tuple[str, str]] = frozenset()
    max_chain: int | None = None
    menu: tuple[str, ...] | None = None
    margin: float = 2 * SINGULAR_MARGIN


class Builder:
    """A program while it grows. Values are numbered as they come; `trial` puts the leaves first.

    `leaves`, `calls`: what was made, by number. `reals`: the numbers of the values that are real
    tensors. `live`: for each value, whether it depends on a leaf with a gradient.
    """

    def __init__(self, choices: Choices, scope: Scope, whole: bool) -> None:
        """Begin empty; `whole` draws integers, for the exact oracle."""
        self.c, self.scope, self.whole = choices, scope, whole
        self.leaves: dict[int, Leaf] = {}
        self.calls: dict[int, Call] = {}
        self.reals: list[int] = []
        self.values: list[Any] = []
        self.live: list[bool] = []
        self.rooting = False
        self.kit = Kit() if whole else ComplexKit()
        self.margin = self.distance = math.inf
        self.start = self.at = choices.integer(0, 4095)

    def leaf(self, shape: Shape, requires_grad: bool = True, limits: Limits | None = None) -> int:
        """A leaf of entries on the grid, within limits.

        `limits` are the least and the largest entry.
        """
        data = entries(self.c, shape, limits or ANY, self.whole)
        return self.add(Leaf.of(data, requires_grad, self._layout(shape)))

    def add(self, leaf: Leaf) -> int:
        """A given leaf, refused for its rank."""
        if self.scope.ranks is not None and len(leaf.shape) not in self.scope.ranks:
            raise RefusedError
        array = leaf.array
        if leaf.requires_grad:
            if not self.whole:
                array = np.asarray(array + tangents(self.at, leaf.shape))
            self.at += array.size
        number = len(self.values)
        self.leaves[number] = leaf
        self.values.append(array)
        self.live.append(leaf.requires_grad)
        if leaf.kind == "real":
            self.reals.append(number)
        return number

    @property
    def mark(self) -> tuple[int, int]:
        """How far the program has grown."""
        return len(self.values), self.at

    def forget(self, mark: tuple[int, int]) -> None:
        """Take back everything since this mark."""
        number, self.at = mark
        del self.values[number:], self.live[number:]
        while self.reals and self.reals[-1] >= number:
            self.reals.pop()
        for made in (self.leaves, self.calls):
            while made and next(reversed(made)) >= number:
                made.popitem()

    @property
    def used(self) -> set[int]:
        """The numbers of the values that some call takes."""
        return {a for call in self.calls.values() for a in call.args if isinstance(a, int)}

    def _layout(self, shape: Shape) -> Any:
        if not shape or not self.c.coin(0.15):
            return "C"
        return self.c.one_of(("F", "reversed", "strided"))

    def call(self, op: Op, args: Sequence[int | Static], params: dict[str, Any]) -> int:
        """Apply an op; raises `RefusedError` where the program would not be smooth and tame."""
        values, kit, scope = self.values, self.kit, self.scope
        inputs = [values[a] if isinstance(a, int) else a.value for a in args]
        if scope.without and any((op.name, k) in scope.without for k in params):
            raise NotOfferedError
        if op.range is not None or op.domain is not everywhere:
            distance = self._distance(op, inputs, params)
        else:
            distance = math.inf
        kit.margin, decided = math.inf, len(kit.signature)
        value = op.meaning(kit, *inputs, **params)
        if not isinstance(value, np.ndarray | tuple):
            value = np.asarray(value)
        if kit.margin < scope.margin or not self._tame(value):
            del kit.signature[decided:]
            raise RefusedError
        self.margin, self.distance = min(self.margin, kit.margin), min(self.distance, distance)
        encoded = {k: encode(v) for k, v in params.items()} if params else {}
        return self._append(Call(op.name, tuple(args), encoded), value, op.differentiable)

    def _distance(self, op: Op, inputs: Sequence[Any], params: dict[str, Any]) -> float:
        """How far an op is from its singular points; refused if too near, or out of its range."""
        primals = [x.real if isinstance(x, np.ndarray) else x for x in inputs]
        if op.range is not None and not all(within(x, op.range) for x in primals):
            raise RefusedError
        distance = op.domain(*primals, **params)
        if distance < self.scope.margin:
            raise RefusedError
        return distance

    def fits(self, value: int, limits: Limits) -> bool:
        """Whether all entries of a value lie between two numbers."""
        return within(self.values[value].real, limits)

    def item(self, value: int, index: int) -> int:
        """One of the results of an op that has several."""
        return self._append(Call("item", (value,), {"index": index}), self.values[value][index])

    def _append(self, call: Call, value: Any, differentiable: bool = True) -> int:
        """Add a call and its value; its number."""
        number = len(self.values)
        self.calls[number] = call
        self.values.append(value)
        if not isinstance(value, tuple) and value.dtype.kind in "fc":
            self.reals.append(number)
        refs = [a for a in call.args if isinstance(a, int)]
        self.live.append(differentiable and any(map(self.live.__getitem__, refs)))
        return number

    def _tame(self, value: Any) -> bool:
        """Neither too large nor too long, and of a rank that the engine takes."""
        if isinstance(value, tuple):
            return all(map(self._tame, value))
        ranks = self.scope.ranks
        if ranks is not None and value.ndim not in ranks and not (self.rooting and not value.ndim):
            return False
        return moderate(value)

    def weighted_sum(self, value: int) -> int:
        """The scalar Σ wᵢxᵢ with constant weights, no two alike where few; as far as offered."""
        self.rooting = True  # what ends a program is 0-d, whatever the ranks of its tensors
        x = self.values[value]
        if "multiply" in self.scope.ops:
            start, sign = self.c.integer(1, 3), self.c.one_of((1, -1))
            weights = np.arange(start, start + x.size, dtype=float).reshape(x.shape)
            weights *= sign if self.whole else 0.125 * sign
            weight = self.add(Leaf.of(weights))
            value = self.call(VOCABULARY["multiply"], (value, weight), {})
        return self.call(VOCABULARY["sum"], (value,), {}) if self.values[value].ndim else value

    def trial(self, outputs: Sequence[int]) -> Trial:
        """The finished program, leaves first; refused if its scalar depends on no leaf."""
        leaves, calls = self.leaves, self.calls
        if not self.live[outputs[-1]] or len(calls) > (self.scope.max_chain or len(calls)):
            raise RefusedError
        order = [*leaves, *calls]
        place = {old: new for new, old in enumerate(order)}
        program = Program(
            tuple(leaves.values()),
            tuple([_renumbered(call, place) for call in calls.values()]),
            tuple([place[o] for o in outputs]),
        )
        last = self.values[outputs[-1]]
        known = not self.whole and math.isfinite(last.imag)
        slope = float(last.imag) / STEP if known else None
        values = [_real(self.values[i]) for i in order]
        facts = Facts(values, self.margin, self.distance, tuple(self.kit.signature))
        return Trial.drawn(program, facts, self.whole, self.start, slope)


def is_real(value: Any) -> bool:
    """Whether a value is a real tensor: no mask, no integers, no tuple of tensors."""
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"


def _real(value: Any) -> Any:
    return tuple(x.real for x in value) if isinstance(value, tuple) else value.real


def _renumbered(call: Call, place: dict[int, int]) -> Call:
    args = tuple([place[a] if isinstance(a, int) else a for a in call.args])
    return Call(call.op, args, call.params)
