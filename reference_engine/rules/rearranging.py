"""Further rows that move entries: rolling, padding, triangles, and the order of sorting."""

from __future__ import annotations

from typing import Any

from .table import rule

rule(
    "roll",
    lambda xp, x, shifts, dims: xp.roll(x, shifts, axis=dims),
    lambda ops, g, *, shifts, dims: ops.roll(g, shifts=tuple(-s for s in shifts), dims=dims),
)
rule(
    "tril",
    lambda xp, x, diagonal: xp.tril(x, k=diagonal),
    lambda ops, g, *, diagonal: ops.tril(g, diagonal=diagonal),
)
rule(
    "triu",
    lambda xp, x, diagonal: xp.triu(x, k=diagonal),
    lambda ops, g, *, diagonal: ops.triu(g, diagonal=diagonal),
)


def pad(xp: Any, x: Any, key: Any, shape: tuple[int, ...], value: float) -> Any:
    """One value everywhere but at `key`, where x lies."""
    out = xp.full(shape, value, dtype=x.dtype, device=x.device)
    out[key] = x
    return out


rule("pad", pad, lambda ops, g, *, key, shape, value: ops.index(g, key=key))


def diagonal(xp: Any, x: Any, offset: int) -> Any:
    """The diagonals of the matrices of the last two axes: a view."""
    out = xp.linalg.diagonal(x, offset=offset)
    if hasattr(x, "flags"):
        out.flags.writeable = x.flags.writeable  # numpy gives it out to be read only
    return out


def on_diagonal(xp: Any, x: Any, shape: tuple[int, ...], offset: int) -> Any:
    """Zeros of `shape` but on the diagonals, where x lies."""
    out = xp.zeros(shape, dtype=x.dtype, device=x.device)
    diagonal(xp, out, offset)[...] = x
    return out


rule(
    "diagonal",
    diagonal,
    lambda ops, g, _out, x_shape, *, offset: ops.on_diagonal(g, shape=x_shape, offset=offset),
)
rule(
    "on_diagonal",
    on_diagonal,
    lambda ops, g, *, shape, offset: ops.diagonal(g, offset=offset),
)


def argsort(xp: Any, x: Any, dim: int, descending: bool) -> Any:
    """Where the entries stand in order; equal ones keep theirs, and NaN is the greatest."""
    if not descending:
        return xp.argsort(x, axis=dim, stable=True)
    # Ascending order of the turned entries, read from its end: equal ones still keep theirs.
    turned = xp.argsort(xp.flip(x, axis=dim), axis=dim, stable=True)
    return x.shape[dim] - 1 - xp.flip(turned, axis=dim)


rule("argsort", argsort)
