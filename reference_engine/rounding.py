"""Rounding, remainders and what kind of number an entry is, under PyTorch's names."""

from __future__ import annotations

import math

from .apply import apply
from .elementwise import Operand, abs, eq, where
from .tensors import Tensor

__all__ = [
    "ceil", "copysign", "deg2rad", "fix", "float_power", "floor", "floor_divide", "fmax", "fmin",
    "fmod", "frac", "heaviside", "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf",
    "isreal", "ldexp", "logaddexp2", "logical_xor", "nan_to_num", "positive", "rad2deg",
    "remainder", "round", "rsub", "sgn", "signbit", "true_divide", "trunc",
]  # fmt: skip

# Flat between their jumps: their derivative is 0.


def floor(x: Tensor) -> Tensor:
    """The greatest whole number not above x."""
    return apply("floor", x)


def ceil(x: Tensor) -> Tensor:
    """The smallest whole number not below x."""
    return apply("ceil", x)


def trunc(x: Tensor) -> Tensor:
    """x without what stands behind the point."""
    return apply("trunc", x)


def round(x: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest number of so many decimals; of two equally near, the even one."""
    if decimals == 0:
        return apply("round", x)
    if decimals < 0:
        return apply("round", x / 10.0**-decimals) * 10.0**-decimals
    return apply("round", x * 10.0**decimals) / 10.0**decimals


def frac(x: Tensor) -> Tensor:
    """What stands behind the point, with the sign of x."""
    return x - trunc(x)


def floor_divide(x: Operand, y: Operand) -> Tensor:
    """⌊x / y⌋."""
    return apply("floor_divide", x, y)


def remainder(x: Operand, y: Operand) -> Tensor:
    """x - y·⌊x / y⌋, with the sign of y."""
    return apply("remainder", x, y)


def fmod(x: Operand, y: Operand) -> Tensor:
    """What is left of x after whole steps of y towards 0, with the sign of x."""
    return apply("fmod", x, y)


def heaviside(x: Tensor, values: Tensor) -> Tensor:
    """0 below 0, 1 above it, and `values` at it."""
    return where(x == 0, values, where(x < 0, 0 * values, 0 * values + 1)).detach()


# Signs and kinds.


def copysign(x: Tensor, y: Operand) -> Tensor:
    """|x| with the sign of y."""
    return apply("copysign", x, y)


def sgn(x: Tensor) -> Tensor:
    """-1, 0 or 1; its derivative is 0."""
    return apply("sign", x)


def signbit(x: Tensor) -> Tensor:
    """Whether x is negative, -0 included."""
    return apply("signbit", x)


def isnan(x: Tensor) -> Tensor:
    """Whether an entry is no number."""
    return apply("isnan", x)


def isinf(x: Tensor) -> Tensor:
    """Whether an entry is infinite."""
    return apply("isinf", x)


def isposinf(x: Tensor) -> Tensor:
    """Whether an entry is ∞."""
    return eq(x, math.inf)


def isneginf(x: Tensor) -> Tensor:
    """Whether an entry is -∞."""
    return eq(x, -math.inf)


def isfinite(x: Tensor) -> Tensor:
    """Whether an entry is a number and not infinite."""
    return apply("isfinite", x)


def isreal(x: Tensor) -> Tensor:
    """Whether an entry is real: all are, there are no complex tensors."""
    return (x == x) | (x != x)


def isclose(
    x: Tensor, y: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether |x - y| ≤ atol + rtol·|y|, entry by entry."""
    near = isfinite(y) & (abs(x - y) <= atol + rtol * abs(y))
    return (x == y) | near | (isnan(x) & isnan(y)) if equal_nan else (x == y) | near


def nan_to_num(
    x: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Numbers in place of NaN and infinities: by default 0 and the greatest finite ones."""
    greatest = largest(x)
    x = where(isnan(x), nan, x)
    x = where(isposinf(x), greatest if posinf is None else posinf, x)
    return where(isneginf(x), -greatest if neginf is None else neginf, x)


def largest(x: Tensor) -> float:
    """The greatest finite number of x's dtype."""
    import numpy as np

    return float(np.finfo(x.dtype).max)


# Other spellings of arithmetic.


def fmax(x: Tensor, y: Tensor) -> Tensor:
    """The greater of x and y, and the number where one is NaN; a tie is x's."""
    return where((x >= y) | isnan(y), x, y)


def fmin(x: Tensor, y: Tensor) -> Tensor:
    """The smaller of x and y, and the number where one is NaN; a tie is x's."""
    return where((x <= y) | isnan(y), x, y)


def rsub(x: Tensor, y: Operand, alpha: float = 1) -> Tensor:
    """y - alpha·x."""
    return apply("sub", y, x if alpha == 1 else x * alpha)


def true_divide(x: Operand, y: Operand) -> Tensor:
    """x / y."""
    return apply("div", x, y)


def positive(x: Tensor) -> Tensor:
    """x itself."""
    return x


def float_power(x: Operand, y: Operand) -> Tensor:
    """x to the power of y, in float64."""
    from .elementwise import pow

    x, y = (v.double() if isinstance(v, Tensor) else v for v in (x, y))
    return pow(x, y)


def ldexp(x: Tensor, y: Tensor) -> Tensor:
    """x·2^y."""
    return x * 2.0**y


def logaddexp2(x: Tensor, y: Tensor) -> Tensor:
    """log₂(2^x + 2^y), without overflow."""
    return apply("logaddexp", x * math.log(2), y * math.log(2)) / math.log(2)


def deg2rad(x: Tensor) -> Tensor:
    """Degrees as radians."""
    return x * (math.pi / 180)


def rad2deg(x: Tensor) -> Tensor:
    """Radians as degrees."""
    return x * (180 / math.pi)


def logical_xor(x: Operand, y: Operand) -> Tensor:
    """One of both, but not both."""
    return apply("logical_xor", x != 0, y != 0)


fix = trunc
