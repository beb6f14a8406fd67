"""Integer programs, exactly: one forward pass gives the truth and proves that nothing rounds.

The numpy meaning runs on a number that carries four exact integers: value, tangent along a random
integer direction, and a majorant of both (every sign made plus). Seeding the majorant's tangent
with d = m ≥ 1 for every leaf, constants too, makes the final majorant tangent bound every
intermediate number of the forward pass *and of any backward pass*: a cotangent times a value is one
of the terms that the majorant adds up. So if it stays within 2^p, a dtype with p significant bits
rounds nothing, in any order of summation, and engine and truth must be equal with `==`.

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> p = Program((Leaf.of([1.0, 2.0], True),), (Call("multiply", (0, 0)), Call("sum", (1,))), (2,))
>>> truth = solve(p, [np.array([1, 10])])
>>> truth.value, truth.tangent, truth.bits
(5, 42, 4)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .evaluate import UnsupportedError, evaluate, tensors
from .kit import ObjectKit, entrywise
from .program import Array, Program


class Exact:
    """value, tangent, majorant of the value, majorant of the tangent; all Python integers."""

    __slots__ = ("bound", "slope", "tangent", "value")

    def __init__(self, value: int, tangent: int, bound: int, slope: int) -> None:
        """The four numbers."""
        self.value, self.tangent, self.bound, self.slope = value, tangent, bound, slope

    @classmethod
    def leaf(cls, value: float, tangent: int = 0) -> Exact:
        """An input; raises `UnsupportedError` unless `value` is an integer."""
        if not math.isfinite(value) or value != int(value):
            raise UnsupportedError("a leaf that is no integer")
        bound = max(1, abs(int(value)))
        return cls(int(value), tangent, bound, bound)

    @entrywise
    def __add__(self, other: Exact | int) -> Exact:
        """The sum; majorants add."""
        o = _exact(other)
        return Exact(
            self.value + o.value,
            self.tangent + o.tangent,
            self.bound + o.bound,
            self.slope + o.slope,
        )

    __radd__ = __add__

    def __neg__(self) -> Exact:
        """The negative; majorants stay."""
        return Exact(-self.value, -self.tangent, self.bound, self.slope)

    @entrywise
    def __sub__(self, other: Exact | int) -> Exact:
        """The difference; majorants add."""
        return self + -_exact(other)

    @entrywise
    def __rsub__(self, other: int) -> Exact:
        """The difference, the other way round."""
        return _exact(other) + -self

    @entrywise
    def __mul__(self, other: Exact | int) -> Exact:
        """The product, by the product rule."""
        o = _exact(other)
        return Exact(
            self.value * o.value,
            self.tangent * o.value + self.value * o.tangent,
            self.bound * o.bound,
            self.slope * o.bound + self.bound * o.slope,
        )

    __rmul__ = __mul__


def _exact(x: Exact | float) -> Exact:
    return x if isinstance(x, Exact) else Exact.leaf(x)


class ExactKit(ObjectKit):
    """Decisions between integers must not be ties."""

    number = staticmethod(Exact.leaf)
    value_of = staticmethod(lambda x: x.value if isinstance(x, Exact) else x)


@dataclass(frozen=True, slots=True)
class Exactly:
    """The value, its derivative along the direction, and the bits that suffice to compute both."""

    value: int
    tangent: int
    bits: int


def directions(program: Program, seed: int) -> list[Array | None]:
    """A random 30-bit integer direction for each leaf that requires a gradient, else none."""
    draw = np.random.default_rng(seed)
    return [
        draw.integers(-(2**30), 2**30, leaf.shape) if leaf.requires_grad else None
        for leaf in program.leaves
    ]


def solve(program: Program, direction: Sequence[Array | None]) -> Exactly:
    """The last output's value and derivative along `direction`, exactly.

    Raises `UnsupportedError` unless the program stays within the integers and away from ties.
    """
    kit = ExactKit()
    leaves = [
        _lift(leaf.array, d) if leaf.kind == "real" else leaf.array
        for leaf, d in zip(program.leaves, direction, strict=True)
    ]
    try:
        values = evaluate(program, leaves, kit)
    except (TypeError, AttributeError) as error:  # an op with no meaning on integers
        raise UnsupportedError(str(error)) from None
    if kit.margin == 0:
        raise UnsupportedError("a tie")
    last = values[program.outputs[-1]].item()
    if not isinstance(last, Exact):
        raise UnsupportedError("an output that depends on no leaf")
    numbers = (x for v in tensors(values) if v.dtype == object for x in v.flat)
    largest = max((x.bound for x in numbers if isinstance(x, Exact)), default=1)
    return Exactly(last.value, last.tangent, max(last.slope, largest).bit_length())


def _lift(array: Array, direction: Array | None) -> Any:
    tangents = np.zeros(array.shape, dtype=int) if direction is None else direction
    out = np.empty(array.size, dtype=object)
    out[:] = list(map(Exact.leaf, array.ravel().tolist(), tangents.ravel().tolist()))
    return out.reshape(array.shape)


def along(gradients: Sequence[Array | None], direction: Sequence[Array | None]) -> int | None:
    """Σ gᵢdᵢ in exact integers; none if some gradient entry is no integer."""
    total = 0
    for g, d in zip(gradients, direction, strict=True):
        if g is None or d is None:
            continue
        entries = np.asarray(g, dtype=np.float64).ravel()
        if not np.isfinite(entries).all() or (entries != np.rint(entries)).any():
            return None
        total += sum(int(a) * b for a, b in zip(entries.tolist(), d.ravel().tolist(), strict=True))
    return total
