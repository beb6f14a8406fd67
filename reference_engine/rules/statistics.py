"""Rows that look at all entries along `dim`: spread, soft extrema, running sums and products."""

from __future__ import annotations

import math
from typing import Any

from .reductions import Shape, kept
from .table import rule


def freedom(x: Any, dim: Shape, correction: float) -> float:
    """The number of entries less the correction, by which a sum of squares is divided."""
    count = math.prod(int(x.shape[i]) for i in dim)
    return max(count - correction, 0)


def var(xp: Any, x: Any, dim: Shape, correction: float, keepdim: bool) -> Any:
    """The sum of squared distances from the mean, over the degrees of freedom."""
    centred = x - xp.mean(x, axis=dim, keepdims=True)
    return xp.sum(centred * centred, axis=dim, keepdims=keepdim) / freedom(x, dim, correction)


def var_vjp(
    ops: Any, g: Any, _out: Any, x: Any, *, dim: Shape, correction: float, keepdim: bool
) -> Any:
    """∂/∂x_i is 2·(x_i - mean) over the degrees of freedom: the mean's own part sums to 0."""
    centred = x - ops.mean(x, dim=dim, keepdim=True)
    return ops.reshape(g, shape=kept(x.shape, dim)) * (2 * centred / freedom(x, dim, correction))


def std_vjp(
    ops: Any, g: Any, out: Any, x: Any, *, dim: Shape, correction: float, keepdim: bool
) -> Any:
    """As of the root of the variance, and 0 where all entries are equal."""
    shape = kept(x.shape, dim)
    flat = out == 0
    slope = ops.where(flat, 0, g / ops.where(flat, 1, out))
    centred = x - ops.mean(x, dim=dim, keepdim=True)
    return ops.reshape(slope, shape=shape) * (centred / freedom(x, dim, correction))


rule("var", var, var_vjp)
rule("std", lambda xp, x, **how: xp.sqrt(var(xp, x, **how)), std_vjp)


def highest(xp: Any, x: Any, dim: Shape) -> Any:
    """The greatest entries, to be taken off before exp; 0 where they are infinite or missing."""
    if 0 in x.shape:
        return 0
    high = xp.max(x, axis=dim, keepdims=True)
    return xp.where(xp.isfinite(high), high, 0)


def logsumexp(xp: Any, x: Any, dim: Shape, keepdim: bool) -> Any:
    """log Σ exp(x), without overflow."""
    high = highest(xp, x, dim)
    out = xp.log(xp.sum(xp.exp(x - high), axis=dim, keepdims=True)) + high
    shape = tuple(n for i, n in enumerate(x.shape) if i not in dim)
    return out if keepdim else xp.reshape(out, shape)


def logsumexp_vjp(ops: Any, g: Any, out: Any, x: Any, *, dim: Shape, keepdim: bool) -> Any:
    """∂/∂x_i is the share exp(x_i) has in the sum."""
    shape = kept(x.shape, dim)
    return ops.reshape(g, shape=shape) * ops.exp(x - ops.reshape(out, shape=shape))


def softmax(xp: Any, x: Any, dim: Shape) -> Any:
    """exp(x) / Σ exp(x), without overflow."""
    share = xp.exp(x - highest(xp, x, dim))
    share /= xp.sum(share, axis=dim, keepdims=True)
    return share


def log_softmax(xp: Any, x: Any, dim: Shape) -> Any:
    """log(softmax(x)), to all digits."""
    below = x - highest(xp, x, dim)
    return below - xp.log(xp.sum(xp.exp(below), axis=dim, keepdims=True))


rule("logsumexp", logsumexp, logsumexp_vjp)
rule(
    "softmax",
    softmax,
    lambda ops, g, out, _x, *, dim: out * (g - ops.sum(g * out, dim=dim, keepdim=True)),
)
rule(
    "log_softmax",
    log_softmax,
    lambda ops, g, out, _x, *, dim: g - ops.exp(out) * ops.sum(g, dim=dim, keepdim=True),
)


def sums_from_here(ops: Any, g: Any, dim: int) -> Any:
    """Running sums from the end: each entry is in all the sums from its own place on."""
    return ops.flip(ops.cumsum(ops.flip(g, dims=(dim,)), dim=dim), dims=(dim,))


rule(
    "cumsum",
    lambda xp, x, dim: xp.cumulative_sum(x, axis=dim),
    lambda ops, g, *, dim: sums_from_here(ops, g, dim),
)


def running_products_of_others(ops: Any, g: Any, out: Any, x: Any) -> Any:
    """∂/∂x_i of the products from i on is those products without x_i: out / x_i, if none is 0."""
    last = len(x.shape) - 1
    if not ops.any(x == 0):
        return sums_from_here(ops, g * out, last) / x
    # Row i of a square holds the entries with the i-th replaced by 1, as for the product. Its
    # running products count from the diagonal on.
    others = ops.where(ops.eye(x, n=x.shape[-1]), 1, x[..., None, :])
    products = ops.triu(ops.cumprod(others), diagonal=0)
    return ops.sum(g[..., None, :] * products, dim=(last + 1,), keepdim=False)


# Along the last axis; the surface moves the wanted one there.
rule("cumprod", lambda xp, x: xp.cumulative_prod(x, axis=-1), running_products_of_others)
