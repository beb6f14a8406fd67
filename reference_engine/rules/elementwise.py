"""Elementwise rows. At ties and kinks the conventions are PyTorch's."""

from __future__ import annotations

from typing import Any

from ..devices import masked
from .complex import is_complex
from .table import rule

rule("add", lambda xp, x, y: x + y, lambda ops, g: g, lambda ops, g: g)
rule("sub", lambda xp, x, y: x - y, lambda ops, g: g, lambda ops, g: -g)
rule(
    "mul",
    lambda xp, x, y: x * y,
    lambda ops, g, _out, _x, y: g * y,
    lambda ops, g, _out, x, _y: g * x,
)
rule(
    "div",
    lambda xp, x, y: x / y,
    lambda ops, g, _out, _x, y: g / y,
    lambda ops, g, _out, x, y: -g * (x / y / y),
)
rule("neg", lambda xp, x: -x, lambda ops, g: -g)


def power_of_base(ops: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    """∂x^y/∂x = y·x^(y-1), and 0 for x = y = 0."""
    if isinstance(y, int | float | complex):
        return g * (y * x ** (y - 1)) if y != 0 else ops.zeros_like(g)
    # 0·0^(-1) is no number: a harmless exponent first, and the factor y makes it zero.
    return g * (y * x ** (ops.where((x == 0) & (y == 0), 1, y) - 1))


def power_of_exponent(ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """∂x^y/∂y = x^y·log x, and 0 for x = 0 with y ≥ 0, where log alone has no value."""
    flat = (x == 0) & (y >= 0)
    # Guarded twice, so that no infinity reaches the second derivative through the dead branch.
    return g * ops.where(flat, 0, out * ops.log(ops.where(flat, 1, x)))


rule("pow", lambda xp, x, y: x**y, power_of_base, power_of_exponent)

rule("exp", lambda xp, x: xp.exp(x), lambda ops, g, out, _x: g * out)
rule("log", lambda xp, x: xp.log(x), lambda ops, g, _out, x: g / x)
rule("sin", lambda xp, x: xp.sin(x), lambda ops, g, _out, x: g * ops.cos(x))
rule("cos", lambda xp, x: xp.cos(x), lambda ops, g, _out, x: g * -ops.sin(x))
rule("tanh", lambda xp, x: xp.tanh(x), lambda ops, g, out, _x: g * (1 - out * out))
rule("sqrt", lambda xp, x: xp.sqrt(x), lambda ops, g, out, _x: g / (2 * out))


def direction(ops: Any, g: Any, _out: Any, x: Any) -> Any:
    """∂|x|/∂x is the sign of x; of a complex x, the conjugate of x over |x|, and 0 at 0."""
    if not is_complex(x):
        return g * ops.sign(x)
    length = ops.abs(x)
    return g * (ops.conj(x) / ops.where(length == 0, 1, length))


# sign and gate are flat where they are smooth. They say so with zeros, not with silence, so
# that a second derivative of abs or relu is 0 and not an error.
rule("abs", lambda xp, x: xp.abs(x), direction)
rule("sign", lambda xp, x: xp.sign(x), lambda ops, g: ops.zeros_like(g))
rule("relu", lambda xp, x: xp.maximum(x, 0), lambda ops, g, out, _x: ops.gate(g, out))
rule(
    "gate",
    lambda xp, x, control: masked(x, control > 0),
    lambda ops, g, _out, _x, control: ops.gate(g, control),
    lambda ops, g, _out, _x, _control: ops.zeros_like(g),
)


def greater_takes_all(ops: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    """The cotangent goes to the greater; a tie splits it in halves; a NaN passes it to both."""
    return ops.where(x == y, g / 2, ops.where(x < y, 0, g))


def lesser_takes_all(ops: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    """As `greater_takes_all`, for the smaller."""
    return ops.where(x == y, g / 2, ops.where(x > y, 0, g))


rule(
    "maximum",
    lambda xp, x, y: xp.maximum(x, y),
    greater_takes_all,
    lambda ops, g, _out, x, y: greater_takes_all(ops, g, None, y, x),
)
rule(
    "minimum",
    lambda xp, x, y: xp.minimum(x, y),
    lesser_takes_all,
    lambda ops, g, _out, x, y: lesser_takes_all(ops, g, None, y, x),
)
rule(
    "where",
    lambda xp, condition, x, y: xp.where(condition, x, y),
    None,
    lambda ops, g, _out, condition, _x, _y: ops.where(condition, g, 0),
    lambda ops, g, _out, condition, _x, _y: ops.where(condition, 0, g),
)

# Without derivatives: the results are constants.
rule("gt", lambda xp, x, y: x > y)
rule("lt", lambda xp, x, y: x < y)
rule("ge", lambda xp, x, y: x >= y)
rule("le", lambda xp, x, y: x <= y)
rule("eq", lambda xp, x, y: x == y)
rule("ne", lambda xp, x, y: x != y)
rule("logical_and", lambda xp, x, y: x & y)
rule("logical_or", lambda xp, x, y: x | y)
rule("logical_not", lambda xp, x: ~x)
rule("zeros_like", lambda xp, x: xp.zeros_like(x))
