"""Rows that reduce along `dim` (a tuple of axes, not negative; `functional` sees to that)."""

from __future__ import annotations

import math
from typing import Any

from ..devices import native_dtype
from .table import rule

Shape = tuple[int, ...]


def kept(shape: Shape, dim: Shape) -> Shape:
    """The shape of a result that keeps its reduced axes, with length 1."""
    return tuple([1 if i in dim else n for i, n in enumerate(shape)])


def spread(ops: Any, g: Any, _out: Any, x_shape: Shape, *, dim: Shape, keepdim: bool) -> Any:
    """Each entry of a sum gets the cotangent of its sum."""
    if not keepdim and dim != tuple(range(len(dim))):  # the first axes need not stand to expand
        g = ops.reshape(g, shape=kept(x_shape, dim))
    return ops.expand(g, shape=x_shape)


def spread_mean(ops: Any, g: Any, _out: Any, x_shape: Shape, *, dim: Shape, keepdim: bool) -> Any:
    """As a sum, over the number of entries in each mean."""
    count = math.prod(x_shape[i] for i in dim)
    return spread(ops, g / max(count, 1), None, x_shape, dim=dim, keepdim=keepdim)


rule("sum", lambda xp, x, dim, keepdim: xp.sum(x, axis=dim, keepdims=keepdim), spread)
rule("mean", lambda xp, x, dim, keepdim: xp.mean(x, axis=dim, keepdims=keepdim), spread_mean)


def share_among_ties(ops: Any, g: Any, out: Any, x: Any, *, dim: Shape, keepdim: bool) -> Any:
    """The entries that equal the extremum share its cotangent evenly; so do NaNs."""
    shape = kept(x.shape, dim)
    chosen = (x == ops.reshape(out, shape=shape)) | (x != x)
    weights = ops.astype(chosen, dtype=x.dtype)
    return ops.reshape(g, shape=shape) * weights / ops.sum(weights, dim=dim, keepdim=True)


rule("amax", lambda xp, x, dim, keepdim: xp.max(x, axis=dim, keepdims=keepdim), share_among_ties)
rule("amin", lambda xp, x, dim, keepdim: xp.min(x, axis=dim, keepdims=keepdim), share_among_ties)


def product_of_others(ops: Any, g: Any, out: Any, x: Any) -> Any:
    """∂/∂x_i of a product is the product of the others: out / x_i, unless an entry is 0."""
    g, out = g[..., None], out[..., None]
    if not ops.any(x == 0):
        return g * (out / x)
    # Row i of a square holds the entries with the i-th replaced by 1. Its product is an op of
    # this table again, so zeros are right in every order.
    others = ops.where(ops.eye(x, n=x.shape[-1]), 1, x[..., None, :])
    return g * ops.prod(others)


# The product reduces the last axis; `functional` moves the wanted one there.
rule("prod", lambda xp, x: xp.prod(x, axis=-1), product_of_others)

rule("any", lambda xp, x: xp.any(x))
rule("eye", lambda xp, like, n: xp.eye(n, dtype=native_dtype(xp, "bool"), device=like.device))
rule("argmax", lambda xp, x, dim, keepdim: xp.argmax(x, axis=dim, keepdims=keepdim))
rule("argmin", lambda xp, x, dim, keepdim: xp.argmin(x, axis=dim, keepdims=keepdim))
