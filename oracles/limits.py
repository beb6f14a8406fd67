"""What a gradient may be at a kink: the limits of the gradients around it, without any rule.

The leaves are moved by ε·d with ε = 2^-200 (less, if a leaf is so small), far too little to change
a gradient that float64 can see, and enough to decide every tie. There the function is smooth, and
central differences of its values at 2800 bits give the gradient to hundreds of digits. The same at
ε² tells what that is on the way to: a slope that stays is the limit, however large; one that grows
has no bound, and one that shrinks is on its way to 0. Directions are tried until no new branch
turns up. (The hull of these limits is Clarke's generalized gradient: F. H. Clarke, Optimization and
Nonsmooth Analysis, 1983, section 2.5.)

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> p = Program((Leaf.of(0.0, True),), (Call("abs", (0,)),), (1,))
>>> sorted(float(v) for v in solve(p).gradients.ravel())
[-1.0, 1.0]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np

from .evaluate import UnsupportedError, evaluate
from .kit import ObjectKit, entrywise
from .program import Array, Program

NEAR = 200
"""Leaves are moved by multiples of 2^-NEAR of the least of them, or of 1."""
RANGE = 2200
"""Further bits: the square of the largest float64 stands beside slopes of 1."""
LARGEST = 8
"""Up to this many scalars among the leaves."""
SETTLED, CHANGED = 1e-9, 1.5
"""A slope that changes by less than this part has its limit; one that changes by this factor, from
ε to ε², has none or 0: of √ε it is 2^100, of log ε it is 2."""
TRIES, IDLE = 256, 40
"""Directions tried at most, and how many without a new branch are enough."""
SAME_BRANCH = 4
"""Gradients looked at in one branch, to see that they have one limit."""


class Number:
    """A real number to the context's bits, whole for numpy. Its methods have numpy's names."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        """Wrap a `flint.arb`."""
        self.value = value

    @entrywise
    def __add__(self, other: Any) -> Number:
        """The sum."""
        return Number(self.value + _value(other))

    __radd__ = __add__

    @entrywise
    def __sub__(self, other: Any) -> Number:
        """The difference."""
        return Number(self.value - _value(other))

    @entrywise
    def __rsub__(self, other: Any) -> Number:
        """The difference, the other way round."""
        return Number(_value(other) - self.value)

    @entrywise
    def __mul__(self, other: Any) -> Number:
        """The product."""
        return Number(self.value * _value(other))

    __rmul__ = __mul__

    @entrywise
    def __truediv__(self, other: Any) -> Number:
        """The quotient."""
        return Number(self.value / _value(other))

    @entrywise
    def __rtruediv__(self, other: Any) -> Number:
        """The quotient, the other way round."""
        return Number(_value(other) / self.value)

    def __neg__(self) -> Number:
        """The negative."""
        return Number(-self.value)

    @entrywise
    def __pow__(self, exponent: Any) -> Number:
        """A power; 0 to a positive one is 0."""
        power = _value(exponent)
        if isinstance(exponent, int):
            return Number(self.value**exponent)
        if self.value == 0 and power > 0:
            return Number(self.value)
        return Number((power * self.value.log()).exp())

    @entrywise
    def __rpow__(self, base: Any) -> Number:
        """base**self."""
        return Number(_value(base)) ** self

    def exp2(self) -> Number:
        """2 to this power."""
        return 2.0**self

    def log2(self) -> Number:
        """The logarithm to the base 2."""
        return Number(self.value.log() / flint.arb(2).log())

    def log10(self) -> Number:
        """The logarithm to the base 10."""
        return Number(self.value.log() / flint.arb(10).log())


_METHODS = {
    **{f: f for f in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"arc{f}": f"a{f}" for f in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{"expm1": "expm1", "log1p": "log1p"},
}


def _method(name: str) -> Callable[[Number], Number]:
    return lambda self: Number(getattr(self.value, name)())


for _name, _of_arb in _METHODS.items():
    setattr(Number, _name, _method(_of_arb))


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Number) else flint.arb(x if isinstance(x, int) else float(x))


class NumberKit(ObjectKit):
    """Decisions on numbers that have been moved apart; the signature is the branch."""

    number = staticmethod(lambda x: Number(flint.arb(x)))
    value_of = staticmethod(_value)

    def greater(self, x: Any, y: Any) -> Any:
        """Whether x > y for certain."""
        a, b = np.broadcast_arrays(np.asarray(x, dtype=object), np.asarray(y, dtype=object))
        result = np.frompyfunc(lambda p, q: bool(_value(p) > _value(q)), 2, 1)(a, b)
        result = np.asarray(result).astype(bool)
        self.decided(np.inf, result)
        return result

    def argmax(self, x: Any) -> Any:
        """The index of the largest along the last axis."""
        result = self._ranks(x).argmax(axis=-1)
        self.decided(np.inf, result)
        return result

    def argsort(self, x: Any) -> Any:
        """The order that sorts the last axis."""
        result = np.argsort(self._ranks(x), axis=-1, kind="stable")
        self.decided(np.inf, result)
        return result

    def larger(self, x: Any, y: Any) -> Any:
        """Whether x > y, which is no branch: either answer would do."""
        a, b = np.broadcast_arrays(np.asarray(x, dtype=object), np.asarray(y, dtype=object))
        return np.asarray(np.frompyfunc(lambda p, q: bool(_value(p) > _value(q)), 2, 1)(a, b), bool)

    @staticmethod
    def _ranks(x: Any) -> Array:
        """How many of its neighbours along the last axis each entry exceeds."""
        x = np.asarray(x, dtype=object)
        out = np.empty(x.shape, dtype=int)
        for index in np.ndindex(x.shape[:-1]):
            entries = [_value(e) for e in x[index]]
            out[index] = [sum(bool(e > other) for other in entries) for e in entries]
        return out


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the gradient, a row each: the entries of all wanted leaves, one after another.

    An entry is ±inf where the slope grows without bound, NaN where there is no function on that
    side. `curved`: within one branch the limit depends on the direction, as at the tip of a cone,
    so the rows are examples only.
    """

    gradients: Array
    curved: bool

    @property
    def unique(self) -> Array | None:
        """The one finite limit that all directions share; none if there is no such thing."""
        first = self.gradients[0]
        scale = 1e-12 * max(1.0, float(np.max(np.abs(first), initial=0.0)))
        same = np.isfinite(self.gradients).all() and np.all(np.abs(self.gradients - first) <= scale)
        return first if same else None

    @property
    def polyhedral(self) -> bool:
        """Whether the rows are all corners of the hull, and finite."""
        return not self.curved and bool(np.isfinite(self.gradients).all())


def solve(program: Program, seed: int = 0) -> Limits:
    """The limits of the gradient of the last output around the leaves.

    Raises `UnsupportedError` for more than `LARGEST` scalars, or for an op without this meaning.
    """
    size = sum(program.leaves[i].array.size for i in program.wanted)
    if not 0 < size <= LARGEST:
        raise UnsupportedError("too many scalars for limits" if size else "nothing to move")
    near = _near(program)
    with flint.ctx.workprec(3 * near + RANGE):
        try:
            return _collected(program, near, size, np.random.default_rng(seed))
        except (TypeError, AttributeError, ValueError, ZeroDivisionError) as error:
            raise UnsupportedError(str(error)) from None


def _near(program: Program) -> int:
    """How many halvings of 1 are far less than any leaf but 0."""
    leaves = [np.abs(leaf.array) for leaf in program.leaves if leaf.kind == "real"]
    least = min((float(x[x > 0].min()) for x in leaves if np.any(x > 0)), default=1.0)
    return NEAR - min(0, math.frexp(least)[1])


def _collected(program: Program, near: int, size: int, rng: np.random.Generator) -> Limits:
    found: dict[tuple[bytes, ...], list[Array]] = {}
    idle = 0
    for direction in _directions(size, rng):
        branch = _run(program, _moved(direction, near))[1]
        known = found.setdefault(branch, [])
        idle = 0 if not known else idle + 1
        if len(known) < SAME_BRANCH:
            known.append(_gradient(program, direction, near))
        if idle >= IDLE:
            break
    curved = any(not _agree(rows) for rows in found.values())
    rows = [row for rows in found.values() for row in (rows if curved else rows[:1])]
    return Limits(np.array(rows), curved)


def _agree(rows: list[Array]) -> bool:
    """Whether rows are equal; NaN where both have it."""
    return all(np.allclose(r, rows[0], rtol=1e-12, atol=1e-12, equal_nan=True) for r in rows)


def _directions(size: int, rng: np.random.Generator) -> Iterator[Array]:
    """Odd integers with signs, no two alike in size, and then the other way."""
    for _ in range(TRIES // 2):
        order = rng.permutation(np.array([1009, 1511, 2203, 3301, 4507, 5807, 7001, 8803])[:size])
        direction = order * rng.choice([-1, 1], size)
        yield direction
        yield -direction


def _moved(direction: Array, near: int) -> list[Any]:
    """The displacement of each scalar along the direction."""
    return [flint.arb(int(d)) * flint.arb(2) ** -near for d in direction]


def _gradient(program: Program, direction: Array, near: int) -> Array:
    out = np.empty(len(direction))
    for k in range(len(direction)):
        out[k] = _limit(*(_slope(program, _moved(direction, n), k, 3 * near)
                          for n in (near, 2 * near)))  # fmt: skip
    return out


def _slope(program: Program, moved: list[Any], entry: int, step: int) -> Any:
    """The central difference along one entry, over 2^-step."""
    there, values = moved[entry], []
    for sign in (1, -1):
        moved[entry] = there + sign * flint.arb(2) ** -step
        values.append(_run(program, moved)[0])
    ahead, behind = values
    return (ahead - behind) * flint.arb(2) ** (step - 1)


def _run(program: Program, moved: list[Any]) -> tuple[Any, tuple[bytes, ...]]:
    """The last output and the branch, with the wanted leaves moved."""
    steps = iter(moved)
    leaves: list[Any] = []
    for leaf in program.leaves:
        if leaf.kind != "real":
            leaves.append(leaf.array)
            continue
        out = np.empty(leaf.array.size, dtype=object)
        numbers = [flint.arb(x) for x in leaf.array.ravel().tolist()]
        out[:] = [Number(x + next(steps) if leaf.requires_grad else x) for x in numbers]
        leaves.append(out.reshape(leaf.shape))
    kit = NumberKit()
    last = evaluate(program, leaves, kit)[program.outputs[-1]]
    return _value(last.item()), tuple(kit.signature)


def _limit(near: Any, nearer: Any) -> float:
    """What two slopes are on the way to, as float64: ±inf without bound, NaN if there are none."""
    one, other = _certain(near), _certain(nearer)
    if one is None or other is None:
        return np.nan
    if abs(other - one) <= SETTLED * abs(other):
        return float(other)
    if abs(other) > CHANGED * abs(one):
        return float(np.copysign(np.inf, 1.0 if other > 0 else -1.0))
    if CHANGED * abs(other) < abs(one):
        return 0.0
    raise UnsupportedError("the slope settles too slowly")


def _certain(slope: Any) -> Any:
    """The middle of a ball that is small; 0 for what cannot be told from it; else none."""
    if not slope.is_finite():
        return None
    if slope.rad() <= abs(slope.mid()) * 1e-18:
        return slope.mid()
    return flint.arb(0) if abs(slope) < 1e-18 else None
