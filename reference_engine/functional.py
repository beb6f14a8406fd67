"""The operations under PyTorch's names: what a user writes, brought to the rows of the table.

Here arguments are checked and brought to one form (no negative axes, no vectors in matrix
products); the mathematics stands in `rules`.
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from .apply import apply
from .elementwise import maximum, minimum
from .tensors import Tensor
from .views import view

Dim: TypeAlias = int | Sequence[int] | None

__all__ = [
    "amax", "amin", "argmax", "argmin", "broadcast_to", "cat", "clone", "concat", "concatenate",
    "expand", "flip", "gather", "matmul", "max", "mean", "min", "mm", "moveaxis", "movedim",
    "permute", "permute_dims", "prod", "reshape", "squeeze", "stack", "sum", "t", "transpose",
    "unsqueeze",
]  # fmt: skip

# Reductions.


def axis(dim: int, ndim: int) -> int:
    """An axis counted from the front. Raises IndexError if there is none such."""
    count = ndim or 1
    if not -count <= dim < count:
        raise IndexError(f"no axis {dim} in a tensor of {ndim} axes")
    return dim % count


def axes(dim: Dim, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front; None and () stand for all. Raises IndexError and ValueError."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    found = tuple([axis(d, ndim) for d in ([dim] if isinstance(dim, int) else dim)])
    if len(set(found)) < len(found):
        raise ValueError(f"an axis appears twice in dim={dim}")
    return found if ndim else ()


def sum(x: Tensor, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum over the axes `dim`; over all, if None.

    >>> from gradassay import reference_engine as torch
    >>> torch.sum(torch.ones(2, 3), dim=-1, keepdim=True)
    tensor([[3.],
            [3.]])
    """
    x = x if dtype is None else to(x, dtype)
    return apply("sum", x, dim=axes(dim, x.ndim), keepdim=keepdim)


def mean(x: Tensor, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean over the axes `dim`; over all, if None."""
    x = x if dtype is None else to(x, dtype)
    return apply("mean", x, dim=axes(dim, x.ndim), keepdim=keepdim)


def amax(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The greatest entries along the axes `dim`; equal ones share the cotangent evenly."""
    return apply("amax", x, dim=axes(dim, x.ndim), keepdim=keepdim)


def amin(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The smallest entries along the axes `dim`; equal ones share the cotangent evenly."""
    return apply("amin", x, dim=axes(dim, x.ndim), keepdim=keepdim)


def prod(x: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product over one axis, or over all entries if None. Zeros need no care."""
    x = x if dtype is None else to(x, dtype)
    if dim is None:
        return apply("prod", reshape(x, -1))
    dim = axis(dim, x.ndim)
    product = apply("prod", x if x.ndim < 2 else movedim(x, dim, -1) if x.ndim else reshape(x, 1))
    return unsqueeze(product, dim) if keepdim else product


class Extremum(NamedTuple):
    """The extreme entries along an axis, and where they stand."""

    values: Tensor
    indices: Tensor


def max(x: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The greatest entry of all; along one axis (values, indices); or of two tensors.

    Along an axis the cotangent goes to the entry that `indices` names, ties or not.
    """
    if dim is None:
        return amax(x)
    if isinstance(dim, Tensor):
        return maximum(x, dim)
    return _picked(x, argmax(x, dim, keepdim=True), axis(dim, x.ndim), keepdim)


def min(x: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """As `max`, for the smallest."""
    if dim is None:
        return amin(x)
    if isinstance(dim, Tensor):
        return minimum(x, dim)
    return _picked(x, argmin(x, dim, keepdim=True), axis(dim, x.ndim), keepdim)


def _picked(x: Tensor, indices: Tensor, dim: int, keepdim: bool) -> Extremum:
    values = gather(x, dim, indices)
    if not keepdim:
        values, indices = squeeze(values, dim), squeeze(indices, dim)
    return Extremum(values, indices)


def argmax(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the greatest entry stands, along one axis or in the flattened tensor."""
    return apply("argmax", x, dim=None if dim is None else axis(dim, x.ndim), keepdim=keepdim)


def argmin(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the smallest entry stands, along one axis or in the flattened tensor."""
    return apply("argmin", x, dim=None if dim is None else axis(dim, x.ndim), keepdim=keepdim)


# Matrix products.


def matmul(x: Tensor, y: Tensor) -> Tensor:
    """The matrix product over the last two axes, those before them broadcast.

    A vector on the left is a row, on the right a column, and that axis is dropped again.

    >>> from gradassay import reference_engine as torch
    >>> torch.matmul(torch.ones(5, 2, 3), torch.ones(3)).shape
    (5, 2)
    """
    n, m = x.ndim, y.ndim
    if not (n and m):
        raise RuntimeError("matmul needs at least one axis on each side; a number scales with *")
    product = apply("matmul", x if n > 1 else unsqueeze(x, 0), y if m > 1 else unsqueeze(y, 1))
    if m == 1:
        product = squeeze(product, -1)
    return product if n > 1 else squeeze(product, -1 if m == 1 else -2)


def mm(x: Tensor, y: Tensor) -> Tensor:
    """The product of two matrices, (n, k) and (k, m)."""
    if (x.ndim, y.ndim) != (2, 2):
        raise RuntimeError(f"mm multiplies matrices, not shapes {x.shape} and {y.shape}")
    return apply("matmul", x, y)


# Layout.


def reshape(x: Tensor, *shape: Any) -> Tensor:
    """The same entries in order, in another shape; one length may be -1."""
    return view("reshape", x, shape=_flat(shape))


def permute(x: Tensor, *dims: Any) -> Tensor:
    """The axes in another order."""
    ndim = x.ndim
    return view("permute", x, dims=tuple([axis(d, ndim) for d in _flat(dims)]))


def transpose(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes exchanged."""
    dims = list(range(x.ndim))
    a, b = axis(dim0, x.ndim), axis(dim1, x.ndim)
    if dims:
        dims[a], dims[b] = dims[b], dims[a]
    return view("permute", x, dims=tuple(dims))


def movedim(x: Tensor, source: Any, destination: Any) -> Tensor:
    """One axis, or several, moved to other places, the rest in order."""
    moved, places = axes_of_both(x, source, destination)
    dims = [d for d in range(x.ndim) if d not in moved]
    for place, d in sorted(zip(places, moved, strict=True)):
        dims.insert(place, d)
    return view("permute", x, dims=tuple(dims))


def axes_of_both(x: Tensor, source: Any, destination: Any) -> tuple[tuple[int, ...], ...]:
    """Where axes come from and go to. Raises ValueError if they are not as many."""
    both = [(d,) if isinstance(d, int) else tuple(d) for d in (source, destination)]
    if len(both[0]) != len(both[1]):
        raise ValueError(f"{len(both[0])} axes cannot move to {len(both[1])} places")
    return tuple(axes(d, x.ndim) if d else () for d in both)


def t(x: Tensor) -> Tensor:
    """The transposed matrix; a vector as it is."""
    if x.ndim > 2:
        raise RuntimeError(f"t transposes matrices, not shape {x.shape}; use permute")
    return permute(x, *reversed(range(x.ndim)))


def flip(x: Tensor, dims: Any, *more: int) -> Tensor:
    """The entries in reverse order along each of the axes `dims`."""
    named = _flat((dims, *more))
    return apply("flip", x, dims=axes(named, x.ndim) if named else ())


def squeeze(x: Tensor, dim: Dim = None) -> Tensor:
    """Without the axes `dim` of length 1; other lengths are left; all such axes, if None."""
    named = () if dim == () else axes(dim, x.ndim)
    dropped = [i for i in named if x.shape[i] == 1]
    return reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in dropped))


def unsqueeze(x: Tensor, dim: int) -> Tensor:
    """With a new axis of length 1 before axis `dim`."""
    shape = list(x.shape)
    shape.insert(axis(dim, x.ndim + 1), 1)
    return reshape(x, tuple(shape))


def expand(x: Tensor, *sizes: Any) -> Tensor:
    """Broadcast to a shape, in which -1 leaves an axis as it is."""
    shape = _flat(sizes)
    own = (None,) * (len(shape) - x.ndim) + x.shape
    full = tuple(n if n != -1 else o for n, o in zip(shape, own, strict=True))
    return view("expand", x, shape=full)


def broadcast_to(x: Tensor, shape: Sequence[int]) -> Tensor:
    """x repeated to a shape, without copying."""
    return view("expand", x, shape=tuple(shape))


def clone(x: Tensor) -> Tensor:
    """A copy in memory of its own; the cotangent passes through."""
    return apply("clone", x)


def to(x: Tensor, target: Any = None, dtype: Any = None, device: str | None = None) -> Tensor:
    """On another device, `x.to("torch:cuda")`, or of another dtype, `x.to(float64)`."""
    if isinstance(target, str):
        device = target
    elif target is not None:
        dtype = target
    if device is not None and device != x.device:
        x = apply("to", x, device=device, source=x.device)
    if dtype is not None and np.dtype(dtype) != x.dtype:
        x = apply("astype", x, dtype=np.dtype(dtype))
        x.node = x.node if x.dtype.kind == "f" else None  # integers have no derivative
    return x


# Joining and picking.


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors laid end to end along an axis that they have."""
    ndim = builtins.max(x.ndim for x in tensors)
    tensors = [x for x in tensors if x.ndim == ndim or x.shape != (0,)]  # as PyTorch does
    dim = axis(dim, ndim)
    ends = list(itertools.accumulate(x.shape[dim] for x in tensors))
    keys = [
        (slice(None),) * dim + (slice(end - x.shape[dim], end), ...)
        for x, end in zip(tensors, ends, strict=True)
    ]
    return apply("cat", *tensors, dim=dim, keys=keys)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape laid side by side along a new axis."""
    return cat([unsqueeze(x, dim) for x in tensors], axis(dim, tensors[0].ndim + 1))


def gather(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """Along `dim` the entries that `index` names; along the other axes, those in its place."""
    dim, index = axis(dim, x.ndim), counted("gather", index)
    if not (x.ndim and index.ndim and index.numel()):  # a lone number is a vector of one
        return reshape(reshape(x, -1)[reshape(index, -1)], index.shape)
    last = index.ndim - 1
    grid = [np.arange(n).reshape(-1, *[1] * (last - i)) for i, n in enumerate(index.shape)]
    return x[(*grid[:dim], index, *grid[dim + 1 :])]


def counted(name: str, index: Tensor) -> Tensor:
    """An index as int64. Raises IndexError if it is negative: here no place counts from the end."""
    if index.numel() and bool((index.array < 0).any()):
        raise IndexError(f"{name}: an index is negative; x[index] counts from the end")
    return to(index, np.int64)


def _flat(numbers: tuple[Any, ...]) -> tuple[int, ...]:
    """(2, 3), ((2, 3),) and ([2, 3],) are all (2, 3)."""
    one = len(numbers) == 1 and isinstance(numbers[0], tuple | list)
    return tuple(map(int, numbers[0] if one else numbers))


# Second names, as PyTorch and the array API have them.
concat = concatenate = cat
permute_dims, moveaxis = permute, movedim
