"""Further elementwise operations, under PyTorch's names. All of them broadcast."""

from __future__ import annotations

from .apply import apply
from .elementwise import Operand
from .tensors import Tensor

__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "cosh",
    "exp2",
    "expm1",
    "hypot",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "reciprocal",
    "rsqrt",
    "sigmoid",
    "sinh",
    "square",
    "tan",
]  # fmt: skip

# Exponentials and logarithms.


def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1, to all digits near 0."""
    return apply("expm1", x)


def exp2(x: Tensor) -> Tensor:
    """2 to the power of x."""
    return apply("exp2", x)


def log1p(x: Tensor) -> Tensor:
    """log(1 + x), to all digits near 0."""
    return apply("log1p", x)


def log2(x: Tensor) -> Tensor:
    """The logarithm to base 2."""
    return apply("log2", x)


def log10(x: Tensor) -> Tensor:
    """The logarithm to base 10."""
    return apply("log10", x)


# Angles.


def tan(x: Tensor) -> Tensor:
    """The tangent of an angle in radians."""
    return apply("tan", x)


def asin(x: Tensor) -> Tensor:
    """The angle, in radians, whose sine is x."""
    return apply("asin", x)


def acos(x: Tensor) -> Tensor:
    """The angle, in radians, whose cosine is x."""
    return apply("acos", x)


def atan(x: Tensor) -> Tensor:
    """The angle, in radians, whose tangent is x."""
    return apply("atan", x)


def atan2(y: Tensor, x: Tensor) -> Tensor:
    """The angle of the point (x, y), in (-π, π]; its derivatives at the origin are taken as 0."""
    return apply("atan2", y, x)


# Hyperbolic functions.


def sinh(x: Tensor) -> Tensor:
    """The hyperbolic sine."""
    return apply("sinh", x)


def cosh(x: Tensor) -> Tensor:
    """The hyperbolic cosine."""
    return apply("cosh", x)


def asinh(x: Tensor) -> Tensor:
    """The number whose hyperbolic sine is x."""
    return apply("asinh", x)


def acosh(x: Tensor) -> Tensor:
    """The number, not negative, whose hyperbolic cosine is x."""
    return apply("acosh", x)


def atanh(x: Tensor) -> Tensor:
    """The number whose hyperbolic tangent is x."""
    return apply("atanh", x)


# Powers, and the logistic function with its integral.


def square(x: Tensor) -> Tensor:
    """x·x."""
    return apply("square", x)


def reciprocal(x: Tensor) -> Tensor:
    """1 / x."""
    return apply("reciprocal", x)


def rsqrt(x: Tensor) -> Tensor:
    """1 / √x; its derivative at 0 is infinite."""
    return apply("rsqrt", x)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), for any x without overflow."""
    return apply("sigmoid", x)


def softplus(x: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """log(1 + exp(beta·x)) / beta, a smooth relu, and x itself where beta·x > threshold."""
    smooth = apply("softplus", x) if beta == 1 else apply("softplus", x * beta) / beta
    return smooth if threshold == 20 else apply("where", x * beta > threshold, x, smooth)


# Of two tensors.


def hypot(x: Tensor, y: Tensor) -> Tensor:
    """√(x² + y²), without overflow; its derivatives at the origin are taken as 0."""
    return apply("hypot", x, y)


def logaddexp(x: Tensor, y: Tensor) -> Tensor:
    """log(exp(x) + exp(y)), without overflow."""
    return apply("logaddexp", x, y)


def clamp(x: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """x, but not below `min` and not above `max`: numbers, tensors or None.

    At a bound the cotangent goes to x; beyond it, to the bound.

    >>> from gradassay import reference_engine as torch
    >>> torch.clamp(torch.tensor([-2.0, 0.5, 2.0]), -1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise ValueError("clamp needs a bound: give min, max or both")
    if min is not None:
        x = apply("clamp_min", x, min)
    return x if max is None else apply("clamp_max", x, max)


def clamp_min(x: Tensor, min: Operand) -> Tensor:
    """x, but not below `min`."""
    return apply("clamp_min", x, min)


def clamp_max(x: Tensor, max: Operand) -> Tensor:
    """x, but not above `max`."""
    return apply("clamp_max", x, max)


# Second names, as PyTorch has them.
arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
clip = clamp
