"""Rows that move entries without changing them: layout, joining, indexing, copies and casts."""

from __future__ import annotations

from typing import Any

from ..devices import add_at, native_dtype, to_device
from .table import rule, rule_of_many

Shape = tuple[int, ...]


def inverse(dims: Shape) -> Shape:
    """The permutation that undoes this one."""
    return tuple(sorted(range(len(dims)), key=dims.__getitem__))


rule(
    "reshape",
    lambda xp, x, shape: xp.reshape(x, shape),
    lambda ops, g, _out, x_shape, *, shape: ops.reshape(g, shape=x_shape),
)
rule(
    "permute",
    lambda xp, x, dims: xp.permute_dims(x, dims),
    lambda ops, g, *, dims: ops.permute(g, dims=inverse(dims)),
)
rule(
    "flip",
    lambda xp, x, dims: xp.flip(x, axis=dims),
    lambda ops, g, *, dims: ops.flip(g, dims=dims),
)
# The sweep undoes all broadcasting, so these two need nothing of their own.
rule("expand", lambda xp, x, shape: xp.broadcast_to(x, shape), lambda ops, g, *, shape: g)
rule(
    "astype",
    lambda xp, x, dtype: xp.astype(xp.asarray(x), native_dtype(xp, dtype), copy=False),
    lambda ops, g, *, dtype: g,
)
rule("clone", lambda xp, x: xp.asarray(x, copy=True), lambda ops, g: g)

# `keys[i]` is where input i lies in the result.
rule_of_many(
    "cat",
    lambda xp, *xs, dim, keys: xp.concat(xs, axis=dim),
    lambda i, ops, g, *, dim, keys: ops.index(g, key=keys[i]),
)


def place(xp: Any, x: Any, key: Any, shape: Shape) -> Any:
    """Zeros of `shape` with x added at `key`: what `index` does, turned around."""
    out = xp.zeros(shape, dtype=x.dtype, device=x.device)
    if any(is_array(k) for k in key):
        add_at(out, key, x)  # an index may name an entry twice
    else:
        out[key] = x
    return out


def is_array(k: Any) -> bool:
    """Whether one part of a key picks entries by index or mask, and not by position or slice."""
    return not (k is None or k is Ellipsis or isinstance(k, int | slice))


rule(
    "index",
    lambda xp, x, key: x[key],
    lambda ops, g, _out, x_shape, *, key: ops.place(g, key=key, shape=x_shape),
)
rule("place", place, lambda ops, g, *, key, shape: ops.index(g, key=key))
rule(
    "to",
    lambda xp, x, device, source: to_device(x, device),
    lambda ops, g, *, device, source: ops.to(g, device=source, source=device),
)
