"""Further ways to lay out, join and cut tensors, under PyTorch's names."""

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .apply import apply
from .functional import (
    axis,
    broadcast_to,
    cat,
    expand,
    flip,
    movedim,
    reshape,
    stack,
    sum,
    transpose,
)
from .indexing import index, plain_key
from .rearranging import diagonal, diagonal_key, has_axis, split, tensor_split, tile
from .tensors import Tensor
from .views import several

__all__ = [
    "adjoint", "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_tensors",
    "cartesian_prod", "column_stack", "combinations", "diag", "diag_embed", "diagflat", "dsplit",
    "dstack", "expand_as", "flatten", "fliplr", "flipud", "hsplit", "hstack", "meshgrid",
    "narrow", "ravel", "repeat", "reshape_as", "rot90", "row_stack", "select", "split_with_sizes",
    "sum_to_size", "swapaxes", "swapdims", "trace", "unbind", "unflatten", "unfold", "view_as",
    "vsplit", "vstack",
]  # fmt: skip

# Layout.


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from `start_dim` to `end_dim` as one.

    >>> from gradassay import reference_engine as torch
    >>> torch.flatten(torch.zeros(2, 3, 4), 1).shape
    (2, 12)
    """
    first, last = axis(start_dim, x.ndim), axis(end_dim, x.ndim)
    if first > last:
        raise RuntimeError(f"flatten: axis {first} does not come before axis {last}")
    length = math.prod(x.shape[first : last + 1])
    return reshape(x, (*x.shape[:first], length, *x.shape[last + 1 :]))


def ravel(x: Tensor) -> Tensor:
    """All axes as one."""
    return reshape(x, -1)


def unflatten(x: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One axis as several of these lengths, one of which may be -1."""
    dim, lengths = axis(dim, x.ndim), list(sizes)
    if -1 in lengths:
        known = math.prod(n for n in lengths if n != -1)
        lengths[lengths.index(-1)] = x.shape[dim] // max(known, 1)
    return reshape(x, (*x.shape[:dim], *lengths, *x.shape[dim + 1 :]))


def reshape_as(x: Tensor, other: Tensor) -> Tensor:
    """In the shape of another tensor."""
    return reshape(x, other.shape)


def expand_as(x: Tensor, other: Tensor) -> Tensor:
    """Broadcast to the shape of another tensor."""
    return expand(x, other.shape)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """All broadcast to one shape."""
    xs = listed(tensors)
    shape = np.broadcast_shapes(*(x.shape for x in xs))
    return tuple(broadcast_to(x, shape) for x in xs)


def listed(tensors: tuple[Any, ...]) -> list[Tensor]:
    """(x, y) and ([x, y],) are both [x, y]."""
    return list(tensors if len(tensors) != 1 or isinstance(tensors[0], Tensor) else tensors[0])


def sum_to_size(x: Tensor, *size: Any) -> Tensor:
    """Summed down to a shape from which it could have been broadcast."""
    shape = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    lead = x.ndim - len(shape)
    copied = [i for i in range(x.ndim) if i < lead or (shape[i - lead] == 1 and x.shape[i] != 1)]
    return reshape(sum(x, tuple(copied)) if copied else x, shape)


def fliplr(x: Tensor) -> Tensor:
    """In reverse order along the second axis."""
    return flip(x, 1)


def flipud(x: Tensor) -> Tensor:
    """In reverse order along the first axis."""
    return flip(x, 0)


def rot90(x: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turned k times by a quarter, from the first of two axes towards the second."""
    a, b = (axis(d, x.ndim) for d in dims)
    if a == b:
        raise RuntimeError(f"rot90 turns in two axes, not twice in axis {a}")
    if k % 2:
        x = transpose(x, a, b)
    turned = {0: (), 1: (a,), 2: (a, b), 3: (b,)}[k % 4]
    return flip(x, turned)


def repeat(x: Tensor, *repeats: Any) -> Tensor:
    """The whole tensor laid `repeats[i]` times along axis i."""
    times = tuple(repeats[0]) if len(repeats) == 1 and not isinstance(repeats[0], int) else repeats
    if len(times) < x.ndim:
        raise RuntimeError(f"repeat needs a number for each of {x.ndim} axes, not {len(times)}")
    return tile(x, times)


def unfold(x: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of `size` entries along an axis, one every `step`, laid along a new last axis."""
    if not x.ndim:
        return reshape(x, (1,))[:size]
    dim = axis(dimension, x.ndim)
    if size > x.shape[dim]:
        raise RuntimeError(f"unfold: no window of {size} in an axis of {x.shape[dim]}")
    starts = np.arange(0, x.shape[dim] - size + 1, step)
    places = starts[:, None] + np.arange(size)
    return movedim(x[(slice(None),) * dim + (places,)], dim + 1, -1)


# Joining.


def atleast(ndim: int, tensors: tuple[Any, ...]) -> Any:
    """Each tensor, or the only one, with at least so many axes, as NumPy lays them."""
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        x = tensors[0]
        if x.ndim >= ndim:
            return x
        front = {2: 1 if x.ndim < 2 else 0, 3: 1 if x.ndim < 2 else 0}.get(ndim, 0)
        shape = (1,) * (front if x.ndim else ndim) + x.shape
        return reshape(x, shape + (1,) * (ndim - len(shape)))
    return tuple(atleast(ndim, (x,)) for x in listed(tensors))


def atleast_1d(*tensors: Any) -> Any:
    """A lone number as a vector of one."""
    return atleast(1, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """A vector as a matrix of one row."""
    return atleast(2, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """A vector of n as (1, n, 1), a matrix as (n, m, 1)."""
    return atleast(3, tensors)


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Side by side: along the second axis, vectors along their only one."""
    xs = [atleast_1d(x) for x in tensors]
    return cat(xs, 0 if xs[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """One below the other, vectors as rows."""
    return cat([atleast_2d(x) for x in tensors], 0)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """One behind the other, along the third axis."""
    return cat([atleast_3d(x) for x in tensors], 2)


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Side by side, vectors as columns."""
    return cat([reshape(x, (-1, 1)) if x.ndim < 2 else x for x in tensors], 1)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """For each vector its entries on the grid that all of them span."""
    xs = [reshape(x, -1) for x in listed(tensors)]
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"meshgrid: indexing is 'ij' or 'xy', not {indexing!r}")
    order = list(range(len(xs)))
    if indexing == "xy" and len(xs) > 1:
        order[:2] = 1, 0
    shape = tuple(xs[i].shape[0] for i in order)
    return tuple(
        expand(reshape(x, [-1 if order[k] == i else 1 for k in range(len(xs))]), shape)
        for i, x in enumerate(xs)
    )


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All ways to take an entry of each vector, one a row."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(x, -1) for x in meshgrid(*tensors)], -1)


def combinations(x: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All ways to take r entries of a vector, one a row."""
    pick = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(pick(range(x.shape[0]), r))
    return x[np.array(rows, dtype=np.int64).reshape(len(rows), r)]


def block_diag(*tensors: Tensor) -> Tensor:
    """The matrices along the diagonal, zeros elsewhere."""
    xs = [atleast_2d(x) for x in listed(tensors)]
    width = builtins.sum(x.shape[1] for x in xs)
    rows, left = [], 0
    for x in xs:
        rows.append(x.constant_pad_nd((left, width - left - x.shape[1])))
        left += x.shape[1]
    return cat(rows, 0)


# Cutting.


def unbind(x: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis."""
    dim = has_axis(x, dim)
    front = (slice(None),) * dim
    return several(tuple(index(x, (*front, i)) for i in range(x.shape[dim])))


def select(x: Tensor, dim: int, index: int) -> Tensor:
    """One slice along an axis."""
    return x[(slice(None),) * has_axis(x, dim) + (int(index),)]


def narrow(x: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """`length` slices along an axis, from `start` on."""
    dim = has_axis(x, dim)
    start = int(start) + (x.shape[dim] if int(start) < 0 else 0)
    if not 0 <= start <= start + length <= x.shape[dim]:
        raise RuntimeError(f"narrow: no {length} slices from {start} in axis of {x.shape[dim]}")
    return x[(slice(None),) * dim + (slice(start, start + length),)]


def split_with_sizes(x: Tensor, split_sizes: Sequence[int], dim: int = 0) -> Any:
    """Cut along `dim` into pieces of these lengths."""
    return split(x, list(split_sizes), dim)


def hsplit(x: Tensor, indices_or_sections: Any) -> Any:
    """`tensor_split` along the second axis, of vectors along their only one."""
    return tensor_split(x, indices_or_sections, 0 if x.ndim == 1 else 1)


def vsplit(x: Tensor, indices_or_sections: Any) -> Any:
    """`tensor_split` along the first axis."""
    return tensor_split(x, indices_or_sections, 0)


def dsplit(x: Tensor, indices_or_sections: Any) -> Any:
    """`tensor_split` along the third axis."""
    return tensor_split(x, indices_or_sections, 2)


# Diagonals.


def diag(x: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix; of a vector, the matrix that has it for its diagonal."""
    if x.ndim == 1:
        return diag_embed(x, diagonal)
    if x.ndim != 2:
        raise RuntimeError(f"diag is of vectors and matrices, not of shape {x.shape}")
    return x.diagonal(diagonal)  # type: ignore[no-any-return]


def diag_embed(x: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last axis of x for their diagonals, zeros elsewhere."""
    n = x.shape[-1] + abs(offset)
    shape = (*x.shape[:-1], n, n)
    key = plain_key(x, diagonal_key(shape, offset))
    return movedim(apply("place", x, key=key, shape=shape), (-2, -1), (dim1, dim2))


def diagflat(x: Tensor, offset: int = 0) -> Tensor:
    """All entries along the diagonal of a matrix."""
    return diag_embed(reshape(x, -1), offset)


def trace(x: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    if x.ndim != 2:
        raise RuntimeError(f"trace is of a matrix, not of shape {x.shape}")
    return sum(diagonal(x))


# Second names, as PyTorch has them.
view_as, row_stack, swapaxes, swapdims = reshape_as, vstack, transpose, transpose


def adjoint(x: Tensor) -> Tensor:
    """The transposed matrices."""
    return transpose(x, -2, -1)
