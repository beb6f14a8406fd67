"""The truth at 200 bits: value and derivative as balls with a rigorous radius, without a rule.

The numpy meaning runs on `flint.arb_series` (truncated power series over balls, the Arb library:
Johansson, IEEE Transactions on Computers 66, 2017). Replacing x by x + t·d and reading the
coefficient of t gives f'(x)d with a proven error bound.

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> p = Program((Leaf.of(0.5, True),), (Call("exp", (0,)),), (1,))
>>> value, slope = derivative(p, [np.array(1.0)])
>>> float(slope.mid()), float(slope.rad()) < 1e-55
(1.6487212707001282, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint
import numpy as np

from .evaluate import UnsupportedError, evaluate
from .kit import ObjectKit, entrywise
from .program import Array, Program

BITS = 200
LARGEST = 1000
"""Up to this many scalars among the leaves; beyond, the balls take too long."""


class Ball:
    """A truncated power series over real balls, as a number that numpy does not unpack."""

    __slots__ = ("series",)

    def __init__(self, series: Any) -> None:
        """Wrap an `arb_series`."""
        self.series = series

    @classmethod
    def of(cls, value: float, slope: float = 0.0) -> Ball:
        """value + slope·t."""
        return cls(flint.arb_series([flint.arb(value), flint.arb(slope)], 2))

    @property
    def value(self) -> Any:
        """The constant coefficient, a ball."""
        return self.series[0]

    @entrywise
    def __add__(self, other: Ball | float) -> Ball:
        """The sum."""
        return Ball(self.series + _series(other))

    __radd__ = __add__

    @entrywise
    def __sub__(self, other: Ball | float) -> Ball:
        """The difference."""
        return Ball(self.series - _series(other))

    @entrywise
    def __rsub__(self, other: float) -> Ball:
        """The difference, the other way round."""
        return Ball(_series(other) - self.series)

    @entrywise
    def __mul__(self, other: Ball | float) -> Ball:
        """The product."""
        return Ball(self.series * _series(other))

    __rmul__ = __mul__

    @entrywise
    def __truediv__(self, other: Ball | float) -> Ball:
        """The quotient."""
        return Ball(self.series / _series(other))

    @entrywise
    def __rtruediv__(self, other: float) -> Ball:
        """The quotient, the other way round."""
        return Ball(_series(other) / self.series)

    def __neg__(self) -> Ball:
        """The negative."""
        return Ball(-self.series)

    @entrywise
    def __pow__(self, exponent: Ball | float) -> Ball:
        """A power: by multiplication for integers, else exp(y·log x)."""
        if isinstance(exponent, int):
            return self._natural(exponent) if exponent >= 0 else 1.0 / self._natural(-exponent)
        return (_ball(exponent) * self.log()).exp()

    @entrywise
    def __rpow__(self, base: float) -> Ball:
        """base**self."""
        return (self * Ball.of(base).log()).exp()

    def _natural(self, exponent: int) -> Ball:
        result = Ball.of(1.0)
        for _ in range(exponent):
            result = result * self
        return result

    def exp(self) -> Ball:
        """e to this power."""
        return Ball(self.series.exp())

    def log(self) -> Ball:
        """The natural logarithm."""
        return Ball(self.series.log())

    def sqrt(self) -> Ball:
        """The square root."""
        return Ball(self.series.sqrt())

    def sin(self) -> Ball:
        """The sine."""
        return Ball(self.series.sin())

    def cos(self) -> Ball:
        """The cosine."""
        return Ball(self.series.cos())

    def tan(self) -> Ball:
        """The tangent."""
        return Ball(self.series.tan())

    def arcsin(self) -> Ball:
        """The angle of a sine."""
        return Ball(self.series.asin())

    def arccos(self) -> Ball:
        """The angle of a cosine."""
        return Ball(self.series.acos())

    def arctan(self) -> Ball:
        """The angle of a tangent."""
        return Ball(self.series.atan())

    def expm1(self) -> Ball:
        """e^x − 1."""
        return self.exp() - 1.0

    def exp2(self) -> Ball:
        """2 to this power."""
        return 2.0**self

    def log1p(self) -> Ball:
        """log(1 + x)."""
        return (self + 1.0).log()

    def log2(self) -> Ball:
        """The logarithm to the base 2."""
        return self.log() / Ball.of(2.0).log()

    def log10(self) -> Ball:
        """The logarithm to the base 10."""
        return self.log() / Ball.of(10.0).log()

    def sinh(self) -> Ball:
        """(e^x − e^−x)/2."""
        return (self.exp() - (-self).exp()) * 0.5

    def cosh(self) -> Ball:
        """(e^x + e^−x)/2."""
        return (self.exp() + (-self).exp()) * 0.5

    def tanh(self) -> Ball:
        """The hyperbolic tangent, as 1 − 2/(e^2x + 1)."""
        return 1.0 - 2.0 / ((self * 2.0).exp() + 1.0)

    def arcsinh(self) -> Ball:
        """log(x + √(x² + 1))."""
        return (self + (self * self + 1.0).sqrt()).log()

    def arccosh(self) -> Ball:
        """log(x + √(x² − 1))."""
        return (self + (self * self - 1.0).sqrt()).log()

    def arctanh(self) -> Ball:
        """log((1 + x)/(1 − x))/2."""
        return ((1.0 + self) / (1.0 - self)).log() * 0.5


def _ball(x: Ball | float) -> Ball:
    return x if isinstance(x, Ball) else Ball.of(float(x))


def _series(x: Ball | float) -> Any:
    return _ball(x).series


class BallKit(ObjectKit):
    """Decisions between balls must be certain."""

    number = staticmethod(Ball.of)
    value_of = staticmethod(lambda x: x.value if isinstance(x, Ball) else flint.arb(float(x)))

    def greater(self, x: Any, y: Any) -> Any:
        """Whether x > y for certain; raises `UnsupportedError` when the balls overlap."""
        a, b = np.broadcast_arrays(np.asarray(x, dtype=object), np.asarray(y, dtype=object))
        return np.asarray(np.frompyfunc(_certainly_greater, 2, 1)(a, b)).astype(bool)

    def argmax(self, x: Any) -> Any:
        """Where the midpoint is largest; the float64 run has seen that it is no tie."""
        return np.argmax(self._midpoints(x), axis=-1)

    def argsort(self, x: Any) -> Any:
        """The order of the midpoints; likewise."""
        return np.argsort(self._midpoints(x), axis=-1, kind="stable")

    def _midpoints(self, x: Any) -> Any:
        mids = np.frompyfunc(lambda b: float(self.value_of(b).mid()), 1, 1)(x)
        return np.asarray(mids, dtype=float)


def _certainly_greater(x: Any, y: Any) -> bool:
    a, b = BallKit.value_of(x), BallKit.value_of(y)
    if a > b:
        return True
    if a <= b:
        return False
    raise UnsupportedError("a decision between overlapping balls")


def derivative(
    program: Program, direction: Sequence[Array | None], bits: int = BITS
) -> tuple[Any, Any]:
    """The last output and its derivative along `direction`, as balls (`flint.arb`)."""
    series = _ball(run(program, direction, bits)[program.outputs[-1]].item()).series
    value, slope = series[0], series[1]
    if not value.is_finite() or not slope.is_finite():
        raise UnsupportedError("a ball without bound")
    return value, slope


def run(program: Program, direction: Sequence[Array | None], bits: int = BITS) -> list[Any]:
    """All values of the program, as object arrays of `Ball` (constants of other kinds stay)."""
    with flint.ctx.workprec(bits):
        leaves = [
            _lift(leaf.array, d) if leaf.kind == "real" else leaf.array
            for leaf, d in zip(program.leaves, direction, strict=True)
        ]
        try:
            return evaluate(program, leaves, BallKit())
        except (TypeError, AttributeError, ValueError, ZeroDivisionError) as error:
            # no meaning on balls
            raise UnsupportedError(str(error)) from None


def _lift(array: Array, direction: Array | None) -> Any:
    slopes = np.zeros(array.shape) if direction is None else direction
    out = np.empty(array.size, dtype=object)
    out[:] = list(map(Ball.of, array.ravel().tolist(), slopes.ravel().tolist()))
    return out.reshape(array.shape)


def gradient(program: Program, bits: int = BITS) -> tuple[list[Array], list[Array | None]]:
    """Every output and, for each leaf, the gradient of the last one (or none), in float64.

    These are the midpoints of balls whose radius is far below float64's resolution; a wider ball
    is refused. More `bits` tell numbers as small as 1e-200 from 0. One run a scalar; raises
    `UnsupportedError` for more than `LARGEST`.
    """
    leaves = program.leaves
    if sum(leaves[i].array.size for i in program.wanted) > LARGEST:
        raise UnsupportedError("too many scalars for balls")
    values = run(program, [None] * len(leaves), bits)
    outputs = [_nearest(np.frompyfunc(lambda b: _ball(b).value, 1, 1)(values[o]), bits)
               for o in program.outputs]  # fmt: skip
    gradients: list[Array | None] = [None] * len(leaves)
    for i in program.wanted:
        out = np.empty(leaves[i].shape, dtype=object)
        for index in np.ndindex(out.shape):
            out[index] = derivative(program, unit(program, i, index), bits)[1]
        gradients[i] = _nearest(out, bits)
    return outputs, gradients


def _nearest(balls: Any, bits: int) -> Array:
    """The float64 numbers nearest to balls; refuses a ball that float64 can see."""
    out = np.empty(np.shape(balls))
    for index, ball in np.ndenumerate(np.asarray(balls, dtype=object)):
        mid = 0.0 if ball.contains(0) else float(ball.mid())
        if not float(ball.rad()) <= 1e-20 * abs(mid) + 2.0 ** (-bits * 2 // 3):
            raise UnsupportedError("a ball too wide")
        out[index] = mid
    return out


def unit(program: Program, leaf: int, index: tuple[int, ...]) -> list[Array | None]:
    """The direction that moves one entry of one leaf."""
    direction: list[Array | None] = [None] * len(program.leaves)
    step = np.zeros(program.leaves[leaf].shape)
    step[index] = 1.0
    direction[leaf] = step
    return direction
