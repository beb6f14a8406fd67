"""Elementwise operations and comparisons, under PyTorch's names. All of them broadcast."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from .apply import apply
from .tensors import Tensor

Operand: TypeAlias = Any  # a tensor or a number

__all__ = [
    "abs", "absolute", "add", "allclose", "cos", "div", "divide", "eq", "exp", "ge", "greater",
    "greater_equal", "gt", "le", "less", "less_equal", "log", "logical_and", "logical_not",
    "logical_or", "lt", "maximum", "minimum", "mul", "multiply", "ne", "neg", "negative",
    "not_equal", "pow", "relu", "sign", "sin", "sqrt", "sub", "subtract", "tanh", "where",
]  # fmt: skip

# Smooth, or nearly.


def add(x: Operand, y: Operand, alpha: float = 1) -> Tensor:
    """x + alpha·y, with broadcasting."""
    return apply("add", x, y if alpha == 1 else y * alpha)


def sub(x: Operand, y: Operand, alpha: float = 1) -> Tensor:
    """x - alpha·y, with broadcasting."""
    return apply("sub", x, y if alpha == 1 else y * alpha)


def mul(x: Operand, y: Operand) -> Tensor:
    """x·y, entry by entry, with broadcasting."""
    return apply("mul", x, y)


def div(x: Operand, y: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """x / y, entry by entry, with broadcasting; rounded down ("floor") or towards 0 ("trunc")."""
    if rounding_mode == "floor":
        return apply("floor_divide", x, y)
    if rounding_mode not in (None, "trunc"):
        raise ValueError(f"div rounds by 'floor' or 'trunc', not {rounding_mode!r}")
    quotient = apply("div", x, y)
    return quotient if rounding_mode is None else apply("trunc", quotient)


def pow(x: Operand, y: Operand) -> Tensor:
    """x to the power of y; either may be a number.

    >>> from gradassay import reference_engine as torch
    >>> 2 ** torch.tensor([1.0, 3.0])
    tensor([2., 8.])
    """
    if not isinstance(x, Tensor):  # a number has no logarithm on every device; a tensor has
        x = apply("zeros_like", y) + x
    return apply("pow", x, y)


def maximum(x: Operand, y: Operand) -> Tensor:
    """The greater of x and y; at a tie each gets half the cotangent."""
    return apply("maximum", x, y)


def minimum(x: Operand, y: Operand) -> Tensor:
    """The smaller of x and y; at a tie each gets half the cotangent."""
    return apply("minimum", x, y)


def where(condition: Tensor, x: Operand, y: Operand) -> Tensor:
    """x where the condition holds and y elsewhere, all three broadcast."""
    return apply("where", condition, x, y)


def neg(x: Tensor) -> Tensor:
    """-x."""
    return apply("neg", x)


def exp(x: Tensor) -> Tensor:
    """e to the power of x."""
    return apply("exp", x)


def log(x: Tensor) -> Tensor:
    """The natural logarithm."""
    return apply("log", x)


def sin(x: Tensor) -> Tensor:
    """The sine of an angle in radians."""
    return apply("sin", x)


def cos(x: Tensor) -> Tensor:
    """The cosine of an angle in radians."""
    return apply("cos", x)


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return apply("tanh", x)


def sqrt(x: Tensor) -> Tensor:
    """The square root; its derivative at 0 is infinite."""
    return apply("sqrt", x)


def abs(x: Tensor) -> Tensor:
    """The absolute value; its derivative at 0 is taken as 0."""
    return apply("abs", x)


def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1; its derivative is 0."""
    return apply("sign", x)


def relu(x: Tensor) -> Tensor:
    """x where it is positive, else 0; its derivative at 0 is taken as 0."""
    return apply("relu", x)


# Comparisons: results are bool and have no derivative.


def gt(x: Operand, y: Operand) -> Tensor:
    """x > y."""
    return apply("gt", x, y)


def lt(x: Operand, y: Operand) -> Tensor:
    """x < y."""
    return apply("lt", x, y)


def ge(x: Operand, y: Operand) -> Tensor:
    """x ≥ y."""
    return apply("ge", x, y)


def le(x: Operand, y: Operand) -> Tensor:
    """x ≤ y."""
    return apply("le", x, y)


def eq(x: Operand, y: Operand) -> Tensor:
    """x = y, entry by entry."""
    return apply("eq", x, y)


def ne(x: Operand, y: Operand) -> Tensor:
    """x ≠ y, entry by entry."""
    return apply("ne", x, y)


def logical_and(x: Operand, y: Operand) -> Tensor:
    """Both; what is not 0 is true."""
    return apply("logical_and", truth(x), truth(y))


def logical_or(x: Operand, y: Operand) -> Tensor:
    """Either or both; what is not 0 is true."""
    return apply("logical_or", truth(x), truth(y))


def logical_not(x: Tensor) -> Tensor:
    """The opposite; what is not 0 is true."""
    return apply("logical_not", truth(x))


def truth(x: Operand) -> Operand:
    """Whether x is not 0, as a bool tensor or number."""
    return x if isinstance(x, Tensor) and x.dtype == np.bool_ else x != 0


def allclose(
    x: Tensor, y: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether |x - y| ≤ atol + rtol·|y| everywhere."""
    return np.allclose(x.detach().numpy(), y.detach().numpy(), rtol, atol, equal_nan)


# Second names, as PyTorch has them.
subtract, multiply, divide, negative, absolute = sub, mul, div, neg, abs
greater, less, greater_equal, less_equal, not_equal = gt, lt, ge, le, ne
