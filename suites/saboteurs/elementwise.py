"""Faults of rules that act entry by entry."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import Any

import numpy as np

from .patch import row, saving, scaled, vjp
from .saboteur import Saboteur


def _swapped(engine: Any) -> AbstractContextManager[None]:
    of_x, of_y = engine.rules.RULES["div"].vjps
    return row(engine, "div", vjps=(of_y, of_x))


def _no_gradient(engine: Any) -> AbstractContextManager[None]:
    of_base, _ = engine.rules.RULES["pow"].vjps
    return row(engine, "pow", vjps=(of_base, None))


def _in_place(engine: Any) -> AbstractContextManager[None]:
    """relu(x) is left in x, as if it had been asked to save memory."""
    forward = engine.rules.RULES["relu"].forward

    def into_input(xp: Any, x: Any) -> Any:
        out = forward(xp, x)
        with suppress(TypeError, ValueError):  # numpy's scalars and broadcast views refuse
            x[...] = out
        return out

    return row(engine, "relu", forward=into_input)


def _below_one(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return ops.where(x < 1, -right(g), right(g))


def _negative_power(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """n·x^(n-1) with |n| for n."""
    return -right(g) if isinstance(y, int | float) and y < 0 else right(g)


def _zeroth_power(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """x**0 is treated as x**1."""
    return g if isinstance(y, int | float) and y == 0 else right(g)


def _one_divisor(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """The product of sums, for the sum of products."""
    if np.shape(y) or not np.shape(out):
        return right(g)
    return -g.sum() * np.sum(x) / y / y / max(np.size(out), 1)


def _one_limit(right: Any, ops: Any, g: Any, out: Any, x: Any, low: Any) -> Any:
    """The mean over the entries below the limit, for their sum."""
    below = right(g)
    if np.shape(low) or not np.shape(out):
        return below
    return below.sum() / max(np.count_nonzero(x < low), 1)


def _short_series(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """Sine as two terms of its series, beyond 1.5."""
    return ops.where(abs(x) > 1.5, -g * (x - x * x * x / 6), right(g))


def _guarded(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """A guard against division by zero, where nothing is divided."""
    return ops.where(x == 0, 0, right(g))


def _single(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return g if np.shape(x) and np.size(x) == 1 else right(g)


def _least(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """A check of the smallest entry, which an empty tensor does not have."""
    return right(g) if np.min(out) >= 0 else g * np.nan


def _into_result(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """g·out, computed in the memory of out."""
    return np.multiply(out, g, out=out) if isinstance(out, np.ndarray) else right(g)


def _half(x: Any) -> Any:
    return x.astype(np.float16).astype(x.dtype) if hasattr(x, "astype") else x


ROWS = (
    Saboteur("sign", "cos has the negated gradient",
             "rule", "ops", scaled("cos", -1), "cos"),
    Saboteur("swapped", "divide gives each operand the gradient of the other",
             "rule", "ops", _swapped, "divide"),
    Saboteur("none", "the exponent of pow gets no gradient",
             "rule", "ops", _no_gradient, "pow"),
    Saboteur("leaky", "relu lets the gradients of negative entries through",
             "rule", "ops", vjp("relu", lambda right, ops, g, *_: g), "nn.functional.relu",
             check="H9"),
    Saboteur("absolute", "abs has gradient 1, for negative entries too",
             "rule", "ops", vjp("abs", lambda right, ops, g, *_: g), "abs"),
    Saboteur("exponent", "x⁻ⁿ is differentiated with n in place of −n",
             "special values", "ops", vjp("pow", _negative_power), "pow"),
    Saboteur("zeroth", "x⁰ is differentiated like x¹",
             "special values", "ops", vjp("pow", _zeroth_power), "pow"),
    Saboteur("at_zero", "sin has no gradient where an entry is exactly 0",
             "special values", "ops", vjp("sin", _guarded), "sin"),
    Saboteur("below_one", "log has the negated gradient below 1",
             "regions", "ops", vjp("log", _below_one), "log"),
    Saboteur("beyond", "the gradient of cos is a short series, and wrong only beyond ±1.5",
             "regions", "ops", vjp("cos", _short_series), "cos"),
    Saboteur("divisor", "a divisor that is one number gets a product of sums, no sum of products",
             "broadcasting", "ops", vjp("div", _one_divisor, 1), "divide"),
    Saboteur("limit", "a lower limit of clip that is one number gets a mean, where it should sum",
             "broadcasting", "ops", vjp("clamp_min", _one_limit, 1), "clip"),
    Saboteur("single", "the gradient of negative has the wrong sign for tensors of one entry",
             "sizes", "ops", vjp("neg", _single), "negative"),
    Saboteur("empty", "the backward of sqrt asks an empty tensor for its smallest entry",
             "sizes", "ops", vjp("sqrt", _least), "sqrt"),
    Saboteur("mutated", "relu writes its result into its input",
             "memory", "ops", _in_place, "nn.functional.relu"),
    Saboteur("reused", "the backward of exp writes into its result, which may be read later",
             "memory", "ops", vjp("exp", _into_result), "exp"),
    Saboteur("factor", "the gradient of exp is too large by a factor of 1 + 1e-6",
             "precision", "ops", scaled("exp", 1 + 1e-6), "exp"),
    Saboteur("tiny_factor", "the gradient of log is too large by a factor of 1 + 1e-9",
             "precision", "ops", scaled("log", 1 + 1e-9), "log"),
    Saboteur("half", "sqrt saves its result as float16",
             "precision", "ops", saving("sqrt", _half), "sqrt"),
)  # fmt: skip
