"""Choosing entries and writing them anew, out of place, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .apply import apply
from .elementwise import where
from .functional import axis, broadcast_to, counted, movedim, reshape
from .indexing import plain_key
from .rearranging import diagonal_key
from .tensors import Tensor

__all__ = [
    "diagonal_scatter", "index_add", "index_copy", "index_fill", "index_put", "masked_fill",
    "masked_scatter", "masked_select", "put", "scatter", "scatter_add", "select_scatter",
    "slice_scatter",
]  # fmt: skip

# By a mask.


def masked_fill(x: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`value` where the mask holds, and x elsewhere."""
    return where(mask, value, x)


def masked_select(x: Tensor, mask: Tensor) -> Tensor:
    """The entries where the mask holds, in a vector; both are broadcast first."""
    shape = np.broadcast_shapes(x.shape, mask.shape)
    return broadcast_to(x, shape)[broadcast_to(mask, shape)]


def masked_scatter(x: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Where the mask holds the entries of `source` in their order, and x elsewhere."""
    shape = np.broadcast_shapes(x.shape, mask.shape)
    x, mask = broadcast_to(x, shape), broadcast_to(mask, shape)
    count = int(mask.sum().item())
    return written(x, mask, reshape(source, -1)[:count])


def written(x: Tensor, key: Any, values: Any) -> Tensor:
    """A copy of x with x[key] = values; an entry named twice has one of its values."""
    return apply("scatter", x, values, key=plain_key(x, key))


def added(x: Tensor, key: Any, values: Tensor) -> Tensor:
    """A copy of x with `values` added at `key`, twice to an entry that is named twice."""
    key = plain_key(x, key)
    return apply("scatter_add", x, broadcast_to(values, x.detach()[key].shape), key=key)


# By places along one axis.


def along(x: Tensor, dim: int, index: Any) -> tuple[Any, ...]:
    """The key of the slices of x along `dim` that `index` names."""
    return (slice(None),) * axis(dim, x.ndim) + (index,)


def index_add(x: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """alpha·source added to the slices along `dim` at the places `index`.

    >>> from gradassay import reference_engine as torch
    >>> torch.index_add(torch.zeros(3), 0, torch.tensor([2, 2]), torch.ones(2))
    tensor([0., 0., 2.])
    """
    source, index = source if alpha == 1 else source * alpha, counted("index_add", index)
    if not x.ndim:
        return x + reshape(source, ())
    return added(x, along(x, dim, reshape(index, -1)), source)


def index_copy(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The slices of `source` in the places `index` along `dim`, and x elsewhere."""
    index = counted("index_copy", index)
    if not x.ndim:
        return reshape(index_copy(reshape(x, 1), 0, index, reshape(source, 1)), ())
    return written(x, along(x, dim, reshape(index, -1)), source)


def index_fill(x: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """One value in the slices along `dim` at the places `index`, and x elsewhere."""
    if not x.ndim:
        return reshape(index_fill(reshape(x, 1), 0, index, value), ())
    mask = written(apply("zeros_like", x), along(x, dim, reshape(index, -1)), 1.0)
    return where(mask == 1, value, x)


def index_put(
    x: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """A copy of x with x[indices] = values, or += where `accumulate`."""
    return (added if accumulate else written)(x, tuple(indices), values)


def put(x: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """`source` at places of the flattened tensor, or added there."""
    change = added if accumulate else written
    return reshape(change(reshape(x, -1), index, reshape(source, index.shape)), x.shape)


# As `gather` names them, turned around.


def grid(dim: int, index: Tensor) -> tuple[Any, ...]:
    """The key of the entries that `gather` picks: `index` along `dim`, own places elsewhere."""
    places: list[Any] = list(np.ix_(*[np.arange(n) for n in index.shape]))
    places[dim] = index
    return tuple(places)


def scatter(x: Tensor, dim: int, index: Tensor, src: Any, *, reduce: str | None = None) -> Tensor:
    """A copy of x with the entries of `src`, or one number, where `gather` would look."""
    if reduce is not None:
        raise NotImplementedError(f"scatter: no reduce={reduce!r}; scatter_add sums")
    return scattered(written, x, dim, index, src)


def scatter_add(x: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy of x with the entries of `src` added where `gather` would look.

    >>> from gradassay import reference_engine as torch
    >>> torch.scatter_add(torch.zeros(2), 0, torch.tensor([1, 1, 0]), torch.ones(3))
    tensor([1., 2.])
    """
    return scattered(added, x, dim, index, src)


def scattered(change: Any, x: Tensor, dim: int, index: Tensor, src: Any) -> Tensor:
    """`change` at the entries that `index` names."""
    index = counted("scatter", index)
    if not (x.ndim and index.ndim):  # a lone number is a vector of one
        src = reshape(src, -1) if isinstance(src, Tensor) else src
        return reshape(scattered(change, reshape(x, -1), 0, reshape(index, -1), src), x.shape)
    if isinstance(src, Tensor) and src.ndim:
        src = src[tuple(slice(n) for n in index.shape)]
    return change(x, grid(axis(dim, x.ndim), index), src)  # type: ignore[no-any-return]


# In the place of a part.


def select_scatter(x: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy of x with `src` in the place of one slice along `dim`."""
    return written(x, along(x, dim, index), src)


def slice_scatter(
    x: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None,
    step: int = 1,
) -> Tensor:  # fmt: skip
    """A copy of x with `src` in the place of the slices start:end:step along `dim`."""
    return written(x, along(x, dim, slice(start, end, step)), src)


def diagonal_scatter(
    x: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Tensor:
    """A copy of x with `src` as its diagonal."""
    moved = movedim(x, (dim1, dim2), (-2, -1))
    return movedim(written(moved, diagonal_key(moved.shape, offset), src), (-2, -1), (dim1, dim2))
