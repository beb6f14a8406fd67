"""Faults that show only far out, at kinks and at singular points: no random program goes there."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .patch import each, row, vjp
from .saboteur import Saboteur

# ---- far out -----------------------------------------------------------------------------------


def _beyond(limit: float, factor: float) -> Any:
    """Another slope where an entry is farther from 0 than a limit."""

    def wrong(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
        return ops.where(abs(x) > limit, factor * right(g), right(g))

    return wrong


def _below(limit: float, factor: float) -> Any:
    def wrong(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
        return ops.where(x < limit, factor * right(g), right(g))

    return wrong


def _overflowing(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return g * (ops.exp(x) / (1 + ops.exp(x)))


def _unshifted(engine: Any) -> AbstractContextManager[None]:
    """log Σ exp x as it stands, whose exponentials overflow."""

    def forward(xp: Any, x: Any, dim: Any, keepdim: bool) -> Any:
        with np.errstate(all="ignore"):
            return xp.log(xp.sum(xp.exp(x), axis=dim, keepdims=keepdim))

    return row(engine, "logsumexp", forward=forward)


def _unshifted_softmax(engine: Any) -> AbstractContextManager[None]:
    def forward(xp: Any, x: Any, dim: Any) -> Any:
        with np.errstate(all="ignore"):
            share = xp.exp(x)
            return share / xp.sum(share, axis=dim, keepdims=True)

    return row(engine, "softmax", forward=forward)


def _two_exponentials(engine: Any) -> AbstractContextManager[None]:
    """tanh as (e^x − e^−x)/(e^x + e^−x): inf/inf far out."""

    def forward(xp: Any, x: Any) -> Any:
        with np.errstate(all="ignore"):
            up, down = xp.exp(x), xp.exp(-x)
            return (up - down) / (up + down)

    return row(engine, "tanh", forward=forward)


def _squared(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """The quotient's sign is taken from the square of a divisor that has underflowed."""
    return ops.where(abs(y) < 1e-20, -right(g), right(g))


# ---- what is not selected ----------------------------------------------------------------------


def _times_mask(right: Any, ops: Any, g: Any, out: Any, c: Any, x: Any, y: Any) -> Any:
    return g * c


def _times_mask_forward(engine: Any) -> AbstractContextManager[None]:
    """c·x + (1 − c)·y: an infinite entry that is not selected makes NaN."""

    def forward(xp: Any, c: Any, x: Any, y: Any) -> Any:
        with np.errstate(all="ignore"):
            return c * x + (1 - c) * y

    return row(engine, "where", forward=forward)


# ---- kinks -------------------------------------------------------------------------------------


def _at_zero(slope: float) -> Any:
    def wrong(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
        return ops.where(x == 0, slope * g, right(g))

    return wrong


def _at_tie(share: float) -> Any:
    """Equal entries get a fixed share each."""

    def wrong(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
        return ops.where(x == y, share * g, right(g))

    return wrong


def _shares(name: str, share: float) -> Any:
    return each(vjp(name, _at_tie(share)), vjp(name, _at_tie(share), 1))


def _all_ties(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dim: Any, keepdim: bool) -> Any:
    """Each of several equal entries gets the whole gradient."""
    shape = tuple(1 if i in dim else n for i, n in enumerate(x.shape))
    return ops.reshape(g, shape=shape) * (x == ops.reshape(out, shape=shape))


def _lost_ties(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dim: Any, keepdim: bool) -> Any:
    """Equal entries get nothing."""
    shape = tuple(1 if i in dim else n for i, n in enumerate(x.shape))
    top = x == ops.reshape(out, shape=shape)
    single = ops.astype(top, dtype=x.dtype).sum(axis=dim, keepdims=True) == 1
    return ops.where(single, right(g), 0)


def _first_alone(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """relu'(0) is 1 for the first entry and 0 for others."""
    d = right(g)
    if np.ndim(x) != 1 or len(x) < 2 or x[0] != 0:
        return d
    return np.concatenate([g[:1], d[1:]])


def _at_limit(right: Any, ops: Any, g: Any, out: Any, x: Any, low: Any) -> Any:
    """An entry at the limit counts for the entry and for the limit."""
    return ops.where(x <= low, g, 0)


# ---- smooth compositions and zeros ---------------------------------------------------------------


def _all_equal(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
    return right(g) * np.nan if np.any(np.asarray(out) == 0) else right(g)


def _quotient(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        return g * (x / out)


def _zero_base(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """out·n/x."""
    with np.errstate(all="ignore"):
        return g * (out * y / x)


def _last_product(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """out/x in running products, and 0 where x is 0."""
    with np.errstate(all="ignore"):
        return ops.where(x == 0, 0, right(g)) if np.any(np.asarray(x) == 0) else right(g)


def _clamped(engine: Any) -> AbstractContextManager[None]:
    """log of x + 1e-12: -27.6 at 0, where there is no bound."""

    def forward(xp: Any, x: Any) -> Any:
        return xp.log(xp.where(x == 0, x + 1e-12, x))

    return row(engine, "log", forward=forward)


def _clamped_slope(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """1/(2√x + 1e-6) at 0, where there is no bound."""
    with np.errstate(all="ignore"):
        return ops.where(x == 0, g * 1e6, right(g))


def _zero_factor(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """g·out/x."""
    with np.errstate(all="ignore"):
        return g * (out / x) if np.any(np.asarray(x) == 0) else right(g)


def _raising(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    if not np.all(np.isfinite(out)):
        raise OverflowError("the result is too large")
    return right(g)


RELU, WHERE = "nn.functional.relu", "where"
ROWS = (
    Saboteur("far", "the gradient of exp is twice too large beyond ±4",
             "regions", "numerics", vjp("exp", _beyond(4, 2)), "exp"),
    Saboteur("farther", "the gradient of atan is twice too large beyond ±20",
             "regions", "numerics", vjp("atan", _beyond(20, 2)), "atan"),
    Saboteur("sign_far", "the sign of the gradient of asinh is lost below -400",
             "regions", "numerics", vjp("asinh", _below(-400, -1)), "asinh"),
    Saboteur("saturated", "tanh has no gradient beyond ±3",
             "regions", "numerics", vjp("tanh", _beyond(3, 0)), "tanh"),
    Saboteur("overflowing", "the gradient of softplus is inf/inf for x > 709",
             "regions", "numerics", vjp("softplus", _overflowing), "nn.functional.softplus"),
    Saboteur("unshifted", "logsumexp does not take the largest entry away, and overflows",
             "regions", "numerics", _unshifted, "special.logsumexp", check="K4"),
    Saboteur("unshifted_softmax", "softmax does not take the largest entry away, and overflows",
             "regions", "numerics", _unshifted_softmax, "special.softmax"),
    Saboteur("two_exponentials", "tanh is inf/inf beyond ±709",
             "regions", "numerics", _two_exponentials, "tanh"),
    Saboteur("tiny_divisor", "a divisor below 1e-20 turns the sign of the gradient",
             "regions", "numerics", vjp("div", _squared), "divide"),
    Saboteur("raising", "the backward of exp raises where the result overflows",
             "regions", "numerics", vjp("exp", _raising), "exp", check="K6"),
    Saboteur("masked", "where multiplies by its mask, and 0·inf is no number",
             "special values", "numerics", vjp("where", _times_mask, 1), WHERE),
    Saboteur("blended", "where adds its branches times mask, and 0·inf is no number",
             "special values", "numerics", _times_mask_forward, WHERE, check="N11"),
    Saboteur("steep", "the slope of relu at 0 is 3",
             "special values", "numerics", vjp("relu", _at_zero(3)), RELU, check="K7"),
    Saboteur("uneven", "the slope of relu at 0 is 1 for the first entry and 0 for others",
             "special values", "numerics", vjp("relu", _first_alone), RELU),
    Saboteur("steep_abs", "the slope of abs at 0 is 2",
             "special values", "numerics", vjp("abs", _at_zero(2)), "abs"),
    Saboteur("nan_abs", "the slope of abs at 0 is no number",
             "special values", "numerics", vjp("abs", _at_zero(np.nan)), "abs"),
    Saboteur("twice", "both of two equal entries get the whole gradient of maximum",
             "special values", "numerics", _shares("maximum", 1.0), "maximum"),
    Saboteur("nobody", "neither of two equal entries gets the gradient of minimum",
             "special values", "numerics", _shares("minimum", 0.0), "minimum"),
    Saboteur("ties", "max gives each of several equal entries the whole gradient",
             "special values", "numerics", vjp("amax", _all_ties), "max"),
    Saboteur("lost_ties", "min gives nothing to equal entries",
             "special values", "numerics", vjp("amin", _lost_ties), "min"),
    Saboteur("limit_twice", "an entry at the lower limit of clip counts for the limit as well",
             "special values", "numerics", vjp("clamp_min", _at_limit, 1), "clip"),
    Saboteur("all_equal", "the gradient of std is no number where all entries are equal",
             "special values", "numerics", vjp("std", _all_equal), "std", check="K8"),
    Saboteur("origin", "the gradient of hypot is 0/0 at the origin",
             "special values", "numerics", vjp("hypot", _quotient), "hypot"),
    Saboteur("clamped", "log adds 1e-12 to 0, and is -27.6 there",
             "special values", "numerics", _clamped, "log"),
    Saboteur("clamped_slope", "the gradient of sqrt at 0 is 1e6, as of a divisor that is clamped",
             "special values", "numerics", vjp("sqrt", _clamped_slope), "sqrt"),
    Saboteur("zero_base", "the gradient of pow is out·n/x, and 0/0 at base 0",
             "special values", "numerics", vjp("pow", _zero_base), "pow"),
    Saboteur("running_zero", "a zero in a running product gets no gradient",
             "special values", "numerics", vjp("cumprod", _last_product), "cumulative_prod"),
    Saboteur("zero_factor", "the gradient of multiply is out/x, and 0/0 at a zero factor",
             "special values", "numerics", vjp("mul", _zero_factor), "multiply"),
)  # fmt: skip
