"""Rows of the error function and the gamma function, and of their relatives.

numpy has neither, Python's `math` has them for one number, and PyTorch has them for its arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..devices import Array
from .table import Forward, rule

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


def of_one_number(name: str, f: Callable[[float], float]) -> Forward:
    """The namespace's own function where it has one, else `f` of each entry."""
    many = np.vectorize(f, otypes=[np.float64])

    def forward(xp: Any, x: Array) -> Array:
        own = getattr(xp, name, None)
        return own(x) if own else many(x).astype(x.dtype)

    return forward


def log_abs_gamma(x: float) -> float:
    """log |Γ(x)|, infinite at the poles 0, -1, -2 …"""
    return math.inf if x <= 0 and (x == -math.inf or x == int(x)) else math.lgamma(x)


def inverse_erf(y: float) -> float:
    """The x with erf(x) = y, by Halley's method from Winitzki's approximation."""
    if not -1 < y < 1:
        return math.copysign(math.inf, y) if y in (-1, 1) else math.nan
    a, b = 0.147, math.log((1 - y) * (1 + y))
    c = 2 / (math.pi * a) + b / 2
    x = math.copysign(math.sqrt(math.sqrt(c * c - b / a) - c), y)
    for _ in range(3):  # near ±1 erf alone would lose the digits that erfc keeps
        miss = math.erf(x) - y if abs(y) < 0.5 else math.copysign(1 - abs(y), y) - _tail(x)
        step = miss / (TWO_OVER_ROOT_PI * math.exp(-x * x))
        x -= step / (1 + x * step)
    return x


def _tail(x: float) -> float:
    return math.copysign(math.erfc(abs(x)), x)


def bell(ops: Any, g: Any, x: Any) -> Any:
    """g times the derivative of erf, 2·exp(-x²)/√π."""
    return g * (TWO_OVER_ROOT_PI * ops.exp(-x * x))


rule("erf", of_one_number("erf", math.erf), lambda ops, g, _out, x: bell(ops, g, x))
rule("erfc", of_one_number("erfc", math.erfc), lambda ops, g, _out, x: -bell(ops, g, x))
rule(
    "erfinv",
    of_one_number("erfinv", inverse_erf),
    lambda ops, g, out, _x: g * (ops.exp(out * out) / TWO_OVER_ROOT_PI),
)

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
FAR = 12.0  # from here on, eight terms of the asymptotic series have all digits of float64
LOW = -1e4  # below, the recurrence would take too long: the result is NaN


def polygamma(xp: Any, x: Array, n: int) -> Array:
    """The derivative of order n + 1 of log Γ: Abramowitz and Stegun, 6.3.18 and 6.4.11.

    The recurrences 6.3.5 and 6.4.6 take x up to where these asymptotic series hold.
    """
    sign = (-1.0) ** (n + 1)
    x = xp.where((x < LOW) | ((x < 0) & (x == xp.floor(x))), xp.nan, x)
    total = xp.zeros_like(x)
    while bool(xp.any(x < FAR + n)):
        near = x < FAR + n
        step = sign * math.factorial(n) / xp.where(near, x, 1.0) ** (n + 1)
        total = total + xp.where(near, step, 0)
        x = xp.where(near, x + 1, x)
    return total + asymptotic(xp, x, n, sign)


def asymptotic(xp: Any, x: Array, n: int, sign: float) -> Array:
    """The series for large x."""
    first = math.factorial(n - 1) / x**n if n else -xp.log(x)
    total = first + math.factorial(n) / (2 * x ** (n + 1))
    for k, b in enumerate(BERNOULLI, 1):
        total = total + b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) / x ** (2 * k + n)
    return sign * total


rule(
    "lgamma",
    of_one_number("lgamma", log_abs_gamma),
    lambda ops, g, _out, x: g * ops.polygamma(x, n=0),
)
rule(
    "polygamma",
    polygamma,
    lambda ops, g, _out, x, *, n: g * ops.polygamma(x, n=n + 1),
)


def sinc(xp: Any, x: Array) -> Array:
    """sin(πx) / πx, and 1 at 0."""
    angle = xp.pi * x
    return xp.where(x == 0, 1, xp.sin(angle) / xp.where(x == 0, 1, angle))


def sinc_vjp(ops: Any, g: Any, _out: Any, x: Any) -> Any:
    """(cos(πx) - sinc x) / x, and at 0 the tangent of that, -π²/3·x."""
    safe = ops.where(x == 0, 1, x)
    slope = (ops.cos(math.pi * safe) - ops.sinc(safe)) / safe
    return g * ops.where(x == 0, -(math.pi**2 / 3) * x, slope)


rule("sinc", sinc, sinc_vjp)


def xlogy(xp: Any, x: Array, y: Array) -> Array:
    """x·log y, and 0 for x = 0, but NaN for y = NaN."""
    y = y + xp.zeros_like(x)
    flat = (x == 0) & (y == y)
    return xp.where(flat, 0, x * xp.log(xp.where(flat, 1, y)))


rule(
    "xlogy",
    xlogy,
    lambda ops, g, _out, x, y: g * ops.where((x == 0) & (y <= 0), 0, ops.log(y)),
    lambda ops, g, _out, x, y: g * (x / y),
)
