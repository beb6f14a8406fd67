"""Rows that look through windows which slide along the last axes: what each shows, side by side,
and the way back, which adds up what stands where windows overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from ..devices import Array
from .table import rule

Sizes = Sequence[int]


def keys(counts: Sizes, sizes: Sizes, stride: Sizes, dilation: Sizes) -> Iterator[tuple[Any, ...]]:
    """For each place in a window, in order, where the entries lie that all windows show there."""
    for places in itertools.product(*map(range, sizes)):
        starts = [place * apart for place, apart in zip(places, dilation, strict=True)]
        ends = [start + n * step for start, n, step in zip(starts, counts, stride, strict=True)]
        yield (..., *map(slice, starts, ends, stride))


def windows(
    xp: Any, x: Array, counts: Sizes, sizes: Sizes, stride: Sizes, dilation: Sizes
) -> Array:
    """(…, n₁, n₂) to (…, sizes₁·sizes₂, counts₁, counts₂)."""
    parts = [x[key] for key in keys(counts, sizes, stride, dilation)]
    return xp.stack(parts, axis=x.ndim - len(sizes))


def overlap(
    xp: Any, g: Array, shape: Sizes, counts: Sizes, sizes: Sizes, stride: Sizes, dilation: Sizes
) -> Array:
    """The sum of what windows show of each entry of an array of this shape."""
    out = xp.zeros(tuple(shape), dtype=g.dtype, device=g.device)
    rest = (slice(None),) * len(sizes)
    for place, key in enumerate(keys(counts, sizes, stride, dilation)):
        out[key] += g[(..., place, *rest)]
    return out


rule(
    "windows",
    windows,
    lambda ops, g, _out, x_shape, *, counts, sizes, stride, dilation: ops.overlap(
        g, shape=x_shape, counts=counts, sizes=sizes, stride=stride, dilation=dilation
    ),
)
rule(
    "overlap",
    overlap,
    lambda ops, g, *, shape, counts, sizes, stride, dilation: ops.windows(
        g, counts=counts, sizes=sizes, stride=stride, dilation=dilation
    ),
)
