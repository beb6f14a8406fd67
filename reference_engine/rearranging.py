"""Rolling, repeating, cutting, padding and picking, under PyTorch's names."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .apply import apply
from .elementwise import where
from .functional import Dim, axis, counted, expand, gather, movedim, reshape
from .indexing import index
from .tensors import Tensor
from .views import several, view

__all__ = [
    "chunk", "constant_pad_nd", "diagonal", "index_select", "repeat_interleave", "roll", "split",
    "take", "take_along_dim", "tensor_split", "tile", "tril", "triu",
]  # fmt: skip

# Rolling and repeating.


def roll(x: Tensor, shifts: int | Sequence[int], dims: Dim = None) -> Tensor:
    """The entries moved on along `dims`, those that fall off the end put at the front.

    Without `dims`, the flattened entries move.

    >>> from gradassay import reference_engine as torch
    >>> torch.roll(torch.arange(4), 1)
    tensor([3, 0, 1, 2])
    """
    steps = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    if dims is None or dims == ():
        if len(steps) != 1:
            raise ValueError(f"{len(steps)} shifts need the axes that they are for: pass dims")
        return reshape(apply("roll", reshape(x, -1), shifts=steps, dims=(0,)), x.shape)
    along = tuple(axis(d, x.ndim) for d in ((dims,) if isinstance(dims, int) else dims))
    if len(steps) != len(along):
        raise ValueError(f"{len(steps)} shifts for {len(along)} axes: give one for each")
    return apply("roll", x, shifts=steps, dims=along) if x.ndim else apply("clone", x)


def repeat_interleave(x: Tensor, repeats: int, dim: int | None = None) -> Tensor:
    """Each entry `repeats` times in a row along `dim`; of the flattened entries, if None."""
    if not isinstance(repeats, int):
        raise TypeError(
            f"repeat_interleave takes one number, not {type(repeats).__name__}; "
            "index with x[[0, 0]]"
        )
    x, dim = (reshape(x, -1), 0) if dim is None or not x.ndim else (x, axis(dim, x.ndim))
    front, rest = x.shape[: dim + 1], x.shape[dim + 1 :]
    copies = expand(reshape(x, (*front, 1, *rest)), (*front, repeats, *rest))
    return reshape(copies, (*front[:-1], front[-1] * repeats, *rest))


def tile(x: Tensor, *dims: Any) -> Tensor:
    """The whole tensor laid `dims[i]` times along axis i, the last axes where there are fewer.

    >>> from gradassay import reference_engine as torch
    >>> torch.tile(torch.arange(2), (2, 2))
    tensor([[0, 1, 0, 1],
            [0, 1, 0, 1]])
    """
    times = tuple(dims[0]) if len(dims) == 1 and not isinstance(dims[0], int) else dims
    times = (1,) * (x.ndim - len(times)) + times
    shape = (1,) * (len(times) - x.ndim) + x.shape
    apart = tuple(itertools.chain.from_iterable((1, n) for n in shape))
    copied = tuple(itertools.chain.from_iterable(zip(times, shape, strict=True)))
    whole = tuple(t * n for t, n in zip(times, shape, strict=True))
    return reshape(expand(reshape(x, apart), copied), whole)


# Cutting.


def pieces(x: Tensor, dim: int, ends: Iterable[int]) -> tuple[Tensor, ...]:
    """x cut along `dim` before each of the places `ends` and at its end."""
    bounds = [0, *ends, x.shape[dim]]
    front = (slice(None),) * dim
    return several(tuple(index(x, (*front, slice(a, b))) for a, b in itertools.pairwise(bounds)))


def split(x: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> Any:
    """Cut along `dim` into pieces of one length, the last may be shorter, or of given lengths."""
    dim = has_axis(x, dim)
    size, n = split_size_or_sections, x.shape[dim]
    if isinstance(size, int):
        if size <= 0:
            raise ValueError(f"pieces of length {size} cannot be cut; give a positive length")
        return pieces(x, dim, range(size, n, size))
    if sum(size) != n:
        raise ValueError(f"the lengths {list(size)} make {sum(size)}, but should make {n}")
    return pieces(x, dim, list(itertools.accumulate(size))[:-1])


def chunk(x: Tensor, chunks: int, dim: int = 0) -> Any:
    """Cut along `dim` into `chunks` pieces of one length, or fewer; the last may be shorter."""
    if chunks <= 0:
        raise ValueError(f"{chunks} pieces cannot be cut; give a positive number")
    return split(x, max(-(-x.shape[has_axis(x, dim)] // chunks), 1), dim)


def tensor_split(x: Tensor, indices_or_sections: Any, dim: int = 0) -> Any:
    """Cut along `dim` before the given places, or into so many pieces of nearly one length."""
    dim = has_axis(x, dim)
    if isinstance(indices_or_sections, Tensor):
        indices_or_sections = indices_or_sections.tolist()
    if not isinstance(indices_or_sections, int):
        return pieces(x, dim, indices_or_sections)
    if indices_or_sections <= 0:
        raise ValueError(f"{indices_or_sections} pieces cannot be cut; give a positive number")
    size, longer = divmod(x.shape[dim], indices_or_sections)
    return pieces(x, dim, [i * size + min(i, longer) for i in range(1, indices_or_sections)])


def has_axis(x: Tensor, dim: int) -> int:
    """An axis counted from the front. Raises IndexError if x has none at all."""
    if not x.ndim:
        raise IndexError("a tensor without axes cannot be cut; reshape it to (1,) first")
    return axis(dim, x.ndim)


# Padding and triangles.


def constant_pad_nd(x: Tensor, pad: Sequence[int], value: float = 0) -> Tensor:
    """x with `value` around it: `pad` holds (before, after) for the last axis, the one before …

    What is negative cuts off.
    """
    if len(pad) % 2 or len(pad) > 2 * x.ndim:
        raise ValueError(
            f"pad holds two numbers for an axis, the last axis first; {x.ndim} axes cannot take "
            f"{len(pad)}"
        )
    ends = [(0, 0)] * (x.ndim - len(pad) // 2) + [*zip(pad[::2], pad[1::2], strict=True)][::-1]
    kept = [slice(max(-a, 0), n + min(b, 0)) for n, (a, b) in zip(x.shape, ends, strict=True)]
    x = index(x, tuple(kept)) if min(pad, default=0) < 0 else x
    grown = [(max(a, 0), max(b, 0)) for a, b in ends]
    shape = tuple(a + n + b for n, (a, b) in zip(x.shape, grown, strict=True))
    key = tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, grown, strict=True))
    return apply("pad", x, key=(*key, ...), shape=shape, value=value)


def tril(x: Tensor, diagonal: int = 0) -> Tensor:
    """The entries on and below a diagonal of each matrix, zeros above it."""
    return apply("tril", matrices(x), diagonal=diagonal)


def triu(x: Tensor, diagonal: int = 0) -> Tensor:
    """The entries on and above a diagonal of each matrix, zeros below it."""
    return apply("triu", matrices(x), diagonal=diagonal)


def diagonal(x: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of the matrices that two axes make, as a last axis; `offset` > 0 lies above."""
    matrices(x)
    if axis(dim1, x.ndim) == axis(dim2, x.ndim):
        raise ValueError(f"a diagonal runs through two axes, not twice through axis {dim1}")
    x = movedim(x, (dim1, dim2), (-2, -1))
    return view("diagonal", x, offset=offset)


def diagonal_key(shape: Sequence[int], offset: int) -> tuple[Any, ...]:
    """The key of the diagonal of the last two axes."""
    above, below = max(offset, 0), max(-offset, 0)
    places = np.arange(max(min(shape[-2] - below, shape[-1] - above), 0))
    return (..., places + below, places + above)


def matrices(x: Tensor) -> Tensor:
    """x itself. Raises RuntimeError if it has no two axes."""
    if x.ndim < 2:
        raise RuntimeError(f"a matrix has two axes; shape {x.shape} has not")
    return x


# Picking.


def index_select(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """The entries along `dim` at the places `index`, a vector of integers."""
    if index.ndim > 1:
        raise RuntimeError(f"index is a vector, not of shape {index.shape}; x[:, index] takes any")
    index = reshape(counted("index_select", index), -1)
    if not x.ndim:
        return reshape(reshape(x, 1)[index], ())
    return x[(slice(None),) * axis(dim, x.ndim) + (index,)]


def take(x: Tensor, index: Tensor) -> Tensor:
    """The entries of the flattened tensor at the places `index`, in the shape of `index`."""
    return reshape(x, -1)[index]


def take_along_dim(x: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Along `dim` the entries that `indices` names, as `sort` and `argmax` give them.

    The other axes broadcast. Without `dim`, the flattened entries are meant.
    """
    if dim is None:
        return gather(reshape(x, -1), 0, reshape(indices, -1))
    if x.ndim != indices.ndim:
        raise RuntimeError(f"the indices have {indices.ndim} axes, but should have {x.ndim}")
    dim = axis(dim, x.ndim)
    if not x.ndim:
        return gather(x, dim, indices)
    # Unlike for gather, a negative one counts from the end.
    indices = where(indices < 0, indices + x.shape[dim], indices)
    ours, theirs = ((*s[:dim], 1, *s[dim + 1 :]) for s in (x.shape, indices.shape))
    if ours != theirs:
        shape = np.broadcast_shapes(ours, theirs)
        x, indices = (expand(y, (*shape[:dim], -1, *shape[dim + 1 :])) for y in (x, indices))
    return gather(x, dim, indices)
