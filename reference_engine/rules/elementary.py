"""Further elementwise rows: exponentials, logarithms, angles, hyperbolic functions, clamping.

The formulas are those of any table of derivatives, in the form that keeps its digits where a
difference would cancel: (1 - x)·(1 + x) for 1 - x², and exp(x) for expm1(x) + 1.
"""

from __future__ import annotations

import math
from typing import Any

from .table import rule

LN2, LN10 = math.log(2), math.log(10)

rule("expm1", lambda xp, x: xp.expm1(x), lambda ops, g, _out, x: g * ops.exp(x))
rule("exp2", lambda xp, x: xp.exp2(x), lambda ops, g, out, _x: g * (out * LN2))
rule("log1p", lambda xp, x: xp.log1p(x), lambda ops, g, _out, x: g / (1 + x))
rule("log2", lambda xp, x: xp.log2(x), lambda ops, g, _out, x: g / (x * LN2))
rule("log10", lambda xp, x: xp.log10(x), lambda ops, g, _out, x: g / (x * LN10))

rule("tan", lambda xp, x: xp.tan(x), lambda ops, g, out, _x: g * (1 + out * out))
rule("asin", lambda xp, x: xp.asin(x), lambda ops, g, _out, x: g / ops.sqrt((1 - x) * (1 + x)))
rule("acos", lambda xp, x: xp.acos(x), lambda ops, g, _out, x: -g / ops.sqrt((1 - x) * (1 + x)))
rule("atan", lambda xp, x: xp.atan(x), lambda ops, g, _out, x: g / (1 + x * x))

rule("sinh", lambda xp, x: xp.sinh(x), lambda ops, g, _out, x: g * ops.cosh(x))
rule("cosh", lambda xp, x: xp.cosh(x), lambda ops, g, _out, x: g * ops.sinh(x))
rule("asinh", lambda xp, x: xp.asinh(x), lambda ops, g, _out, x: g / ops.sqrt(1 + x * x))
rule("acosh", lambda xp, x: xp.acosh(x), lambda ops, g, _out, x: g / ops.sqrt((x - 1) * (x + 1)))
rule("atanh", lambda xp, x: xp.atanh(x), lambda ops, g, _out, x: g / ((1 - x) * (1 + x)))

rule("square", lambda xp, x: x * x, lambda ops, g, _out, x: g * (2 * x))
rule("reciprocal", lambda xp, x: 1 / x, lambda ops, g, out, _x: -g * (out * out))
rule("rsqrt", lambda xp, x: 1 / xp.sqrt(x), lambda ops, g, out, _x: g * (out * out * out / -2))


def cosine(ops: Any, g: Any, out: Any, x: Any) -> Any:
    """g·x/√(x² + y²), and 0 at the origin, where every slope up to 1 is as good."""
    return g * (x / ops.where(out == 0, 1, out))


rule(
    "hypot",
    lambda xp, x, y: xp.hypot(x, y),
    lambda ops, g, out, x, _y: cosine(ops, g, out, x),
    lambda ops, g, out, _x, y: cosine(ops, g, out, y),
)


def over_square_of_radius(ops: Any, g: Any, y: Any, x: Any) -> Any:
    """g·x / (x² + y²), whose squares could overflow; 0 at the origin, where no angle is."""
    radius = ops.hypot(x, y)
    radius = ops.where(radius == 0, 1, radius)
    return g * (x / radius / radius)


rule(
    "atan2",
    lambda xp, y, x: xp.atan2(y, x),
    lambda ops, g, _out, y, x: over_square_of_radius(ops, g, y, x),
    lambda ops, g, _out, y, x: -over_square_of_radius(ops, g, x, y),
)


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(-x)), by an exponential that cannot overflow."""
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1, small) / (1 + small)


rule("sigmoid", sigmoid, lambda ops, g, out, x: g * (out * ops.sigmoid(-x)))
rule(
    "softplus",
    lambda xp, x: xp.logaddexp(x, xp.zeros_like(x)),
    lambda ops, g, _out, x: g * ops.sigmoid(x),
)
rule(
    "logaddexp",
    lambda xp, x, y: xp.logaddexp(x, y),
    lambda ops, g, _out, x, y: g * ops.sigmoid(x - y),
    lambda ops, g, _out, x, y: g * ops.sigmoid(y - x),
)

# Unlike maximum and minimum, these do not split a tie: x has all of it.
rule(
    "clamp_min",
    lambda xp, x, low: xp.maximum(x, low),
    lambda ops, g, _out, x, low: ops.where(x >= low, g, 0),
    lambda ops, g, _out, x, low: ops.where(x < low, g, 0),
)
rule(
    "clamp_max",
    lambda xp, x, high: xp.minimum(x, high),
    lambda ops, g, _out, x, high: ops.where(x <= high, g, 0),
    lambda ops, g, _out, x, high: ops.where(x > high, g, 0),
)
