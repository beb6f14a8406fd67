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

from ..oracles.complex_step import STEP, seeded
from ..oracles.evaluate import Facts
from ..oracles.kit import ComplexKit, Kit
from ..oracles.program import Call, Leaf, Program, Static, encode
from ..oracles.vocabulary import SINGULAR_MARGIN, VOCABULARY, Op
from ..oracles.vocabulary.op import everywhere
from .choices import Choices
from .data import ANY, LARGEST_SIZE, LARGEST_VALUE, Limits, entries, within
from .draws import NotOfferedError, RefusedError, Shape
from .trial import Trial, gaussians


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

    `reals`: values that are real tensors. `used`: values that some call takes. `live`: values that
    depend on a leaf with a gradient.
    """

    def __init__(self, choices: Choices, scope: Scope, whole: bool) -> None:
        """Begin empty; `whole` draws integers, for the exact oracle."""
        self.c, self.scope, self.whole = choices, scope, whole
        self.made: list[Leaf | Call] = []
        self.reals: list[int] = []
        self.values: list[Any] = []
        self.used: set[int] = set()
        self.live: set[int] = set()
        self.rooting = False
        self.kit = Kit() if whole else ComplexKit()
        self.margin = self.distance = np.inf
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
            tangent, self.at = gaussians(self.at, leaf.shape), self.at + array.size
            array = array if self.whole else seeded(array, tangent)
        self.made.append(leaf)
        self.values.append(array)
        number = len(self.made) - 1
        if leaf.requires_grad:
            self.live.add(number)
        if leaf.kind == "real":
            self.reals.append(number)
        return number

    def forget(self, mark: int) -> None:
        """Take back everything from number `mark` on."""
        lost = (m for m in self.made[mark:] if isinstance(m, Leaf) and m.requires_grad)
        self.at -= sum(math.prod(leaf.shape) for leaf in lost)
        del self.made[mark:], self.values[mark:]
        self.reals = [i for i in self.reals if i < mark]
        self.used.intersection_update(range(mark))
        self.live.intersection_update(range(mark))

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
        anywhere = op.range is None and op.domain is everywhere
        distance = np.inf if anywhere else self._distance(op, inputs, params)
        kit.margin, decided = np.inf, len(kit.signature)
        value = op.meaning(kit, *inputs, **params)
        if not isinstance(value, np.ndarray | tuple):
            value = np.asarray(value)
        if kit.margin < scope.margin or not self._tame(value):
            del kit.signature[decided:]
            raise RefusedError
        self.margin, self.distance = min(self.margin, kit.margin), min(self.distance, distance)
        encoded = {k: encode(v) for k, v in params.items()} if params else {}
        self.made.append(Call(op.name, tuple(args), encoded))
        values.append(value)
        return self._link(args, op.differentiable)

    def _distance(self, op: Op, inputs: Sequence[Any], params: dict[str, Any]) -> float:
        """How far an op is from its singular points; refused if too near, or out of its range."""
        primals = [x.real if isinstance(x, np.ndarray) else x for x in inputs]
        if op.range is not None and not within(primals, op.range):
            raise RefusedError
        distance = op.domain(*primals, **params)
        if distance < self.scope.margin:
            raise RefusedError
        return distance

    def item(self, value: int, index: int) -> int:
        """One of the results of an op that has several."""
        self.made.append(Call("item", (value,), {"index": index}))
        self.values.append(self.values[value][index])
        return self._link((value,))

    def _link(self, args: Sequence[int | Static], differentiable: bool = True) -> int:
        """Note what the last call uses; its number."""
        number = len(self.made) - 1
        refs = [a for a in args if isinstance(a, int)]
        self.used.update(refs)
        value = self.values[number]
        if not isinstance(value, tuple) and value.dtype.kind in "fc":
            self.reals.append(number)
        if differentiable and not self.live.isdisjoint(refs):
            self.live.add(number)
        return number

    def _tame(self, value: Any) -> bool:
        """Neither too large nor too long, and of a rank that the engine takes."""
        if isinstance(value, tuple):
            return all(map(self._tame, value))
        ranks = self.scope.ranks
        if ranks is not None and value.ndim not in ranks and not (self.rooting and not value.ndim):
            return False
        if value.dtype.kind not in "fc" or not value.size:
            return True
        if value.size > LARGEST_SIZE:
            return False
        return bool(np.maximum.reduce(np.abs(value.real), axis=None) <= LARGEST_VALUE)

    def weighted_sum(self, value: int) -> int:
        """The scalar Σ wᵢxᵢ with constant weights, no two alike where few; as far as offered."""
        self.rooting = True  # what ends a program is 0-d, whatever the ranks of its tensors
        x = self.values[value]
        if "multiply" in self.scope.ops:
            start, sign = self.c.integer(1, 3), self.c.one_of((1, -1))
            weights = np.arange(start, start + x.size, dtype=float).reshape(x.shape)
            scale = 1.0 if self.whole else 0.125
            weight = self.add(Leaf.of(weights * sign * scale))
            value = self.call(VOCABULARY["multiply"], (value, weight), {})
        return self.call(VOCABULARY["sum"], (value,), {}) if self.values[value].ndim else value

    def trial(self, outputs: Sequence[int]) -> Trial:
        """The finished program, leaves first; refused if its scalar depends on no leaf."""
        calls = sum(isinstance(m, Call) for m in self.made)
        if outputs[-1] not in self.live or calls > (self.scope.max_chain or calls):
            raise RefusedError
        order = sorted(range(len(self.made)), key=lambda i: isinstance(self.made[i], Call))
        place = {old: new for new, old in enumerate(order)}
        made = [self.made[i] for i in order]
        program = Program(
            tuple(m for m in made if isinstance(m, Leaf)),
            tuple(_renumbered(m, place) for m in made if isinstance(m, Call)),
            tuple(place[o] for o in outputs),
        )
        last = self.values[outputs[-1]]
        known = not self.whole and math.isfinite(last.imag)
        slope = float(last.imag) / STEP if known else None
        values = [_real(self.values[i]) for i in order]
        facts = Facts(values, self.margin, self.distance, tuple(self.kit.signature))
        return Trial.drawn(program, facts, self.start, slope)


def is_real(value: Any) -> bool:
    """Whether a value is a real tensor: no mask, no integers, no tuple of tensors."""
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"


def _real(value: Any) -> Any:
    return tuple(x.real for x in value) if isinstance(value, tuple) else value.real


def _renumbered(call: Call, place: dict[int, int]) -> Call:
    args = [place[a] if isinstance(a, int) else a for a in call.args]
    return Call(call.op, tuple(args), call.params)
