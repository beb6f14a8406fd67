"""Rows that write some entries of a tensor anew."""

from __future__ import annotations

from typing import Any

from ..devices import Array, add_at
from .table import rule


def scatter(xp: Any, x: Array, values: Array, key: Any) -> Array:
    """A copy of x with `values` at `key`: what x[key] = values would make of it."""
    out = xp.asarray(x, copy=True)
    out[key] = values
    return out


def scatter_add(xp: Any, x: Array, values: Array, key: Any) -> Array:
    """A copy of x with `values` added at `key`, twice to an entry that is named twice."""
    out = xp.asarray(x, copy=True)
    add_at(out, key, values)
    return out


# What was overwritten gets nothing, and each value gets the cotangent of where it went.
rule(
    "scatter",
    scatter,
    lambda ops, g, *, key: ops.scatter(g, 0.0, key=key),
    lambda ops, g, *, key: ops.index(g, key=key),
)
rule(
    "scatter_add",
    scatter_add,
    lambda ops, g, *, key: g,
    lambda ops, g, *, key: ops.index(g, key=key),
)


def argcummax(xp: Any, x: Array) -> Array:
    """Along the last axis, where the greatest entry so far stands: the latest of equal ones."""
    n = x.shape[-1]
    places = xp.arange(n, device=x.device)
    later = places[None, :] > places[:, None]
    so_far = xp.where(later, -xp.inf, x[..., None, :])  # row i: the entries up to i
    top = xp.max(so_far, axis=-1, keepdims=True)
    best = ~later & ((so_far == top) | (so_far != so_far))
    return xp.max(xp.where(best, places, 0), axis=-1)


rule("argcummax", argcummax)
