"""Faults of rules that look at whole arrays: reductions, matrix products, layout, indexing."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .patch import attribute, row, saving, together, vjp
from .saboteur import Saboteur


def _with(shape: tuple[int, ...], axes: Any) -> tuple[int, ...]:
    """The shape with axes of size 1 put in, one after the other."""
    sizes = list(shape)
    for axis in axes:
        sizes.insert(axis, 1)
    return tuple(sizes)


# ---- reductions --------------------------------------------------------------------------------


def _keepdims(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dim: Any, keepdim: bool) -> Any:
    """The axes are put back though they were kept."""
    share = right(g * 0 + 1)
    return ops.reshape(g, shape=_with(g.shape, sorted(dim))) * share if keepdim else right(g)


def _in_order(engine: Any) -> AbstractContextManager[None]:
    """The axes are put back in the order in which they were named."""

    def kept(shape: tuple[int, ...], dim: tuple[int, ...]) -> tuple[int, ...]:
        return _with(tuple(n for i, n in enumerate(shape) if i not in dim), dim)

    return attribute(engine.rules.reductions, "kept", kept)


def _to_all(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dim: Any, keepdim: bool) -> Any:
    shape = tuple(1 if i in dim else n for i, n in enumerate(x.shape))
    return ops.expand(ops.reshape(g, shape=shape), shape=x.shape)


def _two_axes(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dim: Any, keepdim: bool) -> Any:
    """The entries are counted along the first two axes only."""
    return right(g) * math.prod(x.shape[i] for i in dim if i >= 2)


def _quotient(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return g[..., None] * (out[..., None] / x)


def _others_without_zeros(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    """A zero gets the product of all entries that are not zero: right for one zero, not for two."""
    live = ops.where(x == 0, 1, x)
    return g[..., None] * ops.where(x == 0, ops.prod(live)[..., None], out[..., None] / live)


# ---- matrix products ---------------------------------------------------------------------------


def _square(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """A transpose is forgotten where shapes do not tell."""
    return ops.matmul(g, y) if y.shape[-1] == y.shape[-2] else right(g)


def _row_vector(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    """The outer product of a row on the left, the wrong way round."""
    return ops.matmul(g.mT, x) if x.shape[-2] == 1 else right(g)


def _batch(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    d = right(g)
    return d[0] if len(d.shape) > len(y.shape) and d.shape[0] else d


# ---- layout and indexing -----------------------------------------------------------------------


def _negative_axes(engine: Any) -> AbstractContextManager[None]:
    """The inverse of a permutation is found by sorting, from axes as they were given."""
    apply = engine.apply.apply

    def permute(x: Any, dims: Any) -> Any:
        return apply("permute", x, dims=tuple(dims))

    return together(
        attribute(engine, "permute", permute), attribute(engine.tensors.Tensor, "permute", permute)
    )


def _again(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dims: Any) -> Any:
    return ops.permute(g, dims=dims)


def _by_columns(right: Any, ops: Any, g: Any, out: Any, x: Any, *, shape: Any) -> Any:
    return np.ravel(g, order="F").reshape(x.shape) if -1 in shape else right(g)


def _as_in_memory(x: Any) -> Any:
    """A packed copy, read from front to back whatever the strides say."""
    if not isinstance(x, np.ndarray) or x.flags.c_contiguous:
        return x
    forwards = x[tuple(slice(None, None, -1 if step < 0 else None) for step in x.strides)]
    return forwards.ravel("K").reshape(x.shape)


def _pieces(engine: Any) -> AbstractContextManager[None]:
    """Pieces of one size come back in reverse order."""
    each = engine.rules.RULES["cat"].vjps

    def piece(i: int, ops: Any, g: Any, *, dim: int, keys: Any) -> Any:
        same = len({key[dim].stop - key[dim].start for key in keys}) == 1
        return each.vjp(len(keys) - 1 - i if same else i, ops, g, dim=dim, keys=keys)

    return row(engine, "cat", vjps=type(each)(piece))


def _overwritten(right: Any, ops: Any, g: Any, out: Any, x: Any, *, key: Any) -> Any:
    placed = np.zeros(x.shape, g.dtype)
    placed[key] = g
    return placed


def _at_the_front(right: Any, ops: Any, g: Any, out: Any, x: Any, *, key: Any) -> Any:
    """As many entries as the mask picked, but the first ones."""
    masks = ["bool" in str(getattr(k, "dtype", "")) for k in key]
    parts = zip(key, masks, strict=True)
    return right(g, key=tuple(np.arange(np.sum(k)) if mask else k for k, mask in parts))


def _side_by_side(right: Any, ops: Any, g: Any, out: Any, x: Any, *, key: Any) -> Any:
    """The entries of a slice with a step come back next to each other."""
    if not any(isinstance(k, slice) and k.step not in (None, 1) for k in key) or not g.size:
        return right(g)
    first = np.arange(x.size).reshape(x.shape)[key].ravel()[0]
    placed = np.zeros(x.size, g.dtype)
    placed[first : first + g.size] = g.ravel()
    return placed.reshape(x.shape)


ROWS = (
    Saboteur("row_max", "max gives its gradient to all entries of the row",
             "rule", "ops", vjp("amax", _to_all), "max"),
    Saboteur("keepdims", "the backward of max puts axes back that keepdims has kept",
             "keywords", "ops", vjp("amax", _keepdims), "max"),
    Saboteur("inferred", "the backward of reshape goes by columns if a size was given as -1",
             "keywords", "ops", vjp("reshape", _by_columns), "reshape"),
    Saboteur("unsorted", "reductions put axes back in the order in which they were named",
             "axes", "ops", _in_order, "sum"),
    Saboteur("three_cycle", "the backward of permute_dims permutes again: right for swaps only",
             "axes", "ops", vjp("permute", _again), "permute_dims"),
    Saboteur("negative_axes", "permute_dims inverts negative axes as they are, by sorting them",
             "axes", "ops", _negative_axes, "permute_dims"),
    Saboteur("rank_three", "the backward of mean counts entries along the first two axes only",
             "sizes", "ops", vjp("mean", _two_axes), "mean"),
    Saboteur("square", "the gradient of matmul's left operand lacks a transpose if the right one is"
             " square", "sizes", "ops", vjp("matmul", _square), "matmul"),
    Saboteur("row_vector", "the right operand of a row in matmul gets the outer product transposed",
             "sizes", "ops", vjp("matmul", _row_vector, 1), "matmul"),
    Saboteur("pieces", "concat gives pieces of equal size their gradients in reverse order",
             "sizes", "ops", _pieces, "concat"),
    Saboteur("batch", "a matrix that meets a batch gets the gradient of the first product alone",
             "broadcasting", "ops", vjp("matmul", _batch, 1), "matmul"),
    Saboteur("one_zero", "prod divides by the entry, zero or not",
             "special values", "ops", vjp("prod", _quotient), "prod"),
    Saboteur("two_zeros", "prod leaves out all zeros where it should leave out one entry",
             "special values", "ops", vjp("prod", _others_without_zeros), "prod"),
    Saboteur("repeated", "an entry that an index names twice gets one gradient of the two",
             "indexing", "ops", vjp("index", _overwritten), "getitem"),
    Saboteur("mask", "the gradients of entries picked by a mask go to the first entries",
             "indexing", "ops", vjp("index", _at_the_front), "getitem"),
    Saboteur("step", "the gradients of a slice with a step are put side by side",
             "indexing", "ops", vjp("index", _side_by_side), "getitem"),
    Saboteur("memory_order", "what is saved of an array is read from front to back of its memory",
             "layouts", "ops", saving("", _as_in_memory), "multiply"),
)  # fmt: skip
