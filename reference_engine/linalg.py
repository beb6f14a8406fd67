"""Products over chosen axes; and `linalg`, where PyTorch has names for matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from . import rearranging
from .decompositions import cholesky as cholesky
from .decompositions import cross as cross
from .decompositions import det as det
from .decompositions import eigh as eigh
from .decompositions import eigvalsh as eigvalsh
from .decompositions import inv as inv
from .decompositions import matrix_power as matrix_power
from .decompositions import multi_dot as multi_dot
from .decompositions import slogdet as slogdet
from .decompositions import solve as solve
from .functional import axes, matmul, permute, reshape, sum
from .norms import linalg_norm
from .norms import matrix_norm as matrix_norm
from .norms import vector_norm as vector_norm
from .tensors import Tensor

__all__ = ["outer", "tensordot", "vecdot"]


def outer(x: Tensor, y: Tensor) -> Tensor:
    """Each entry of a vector times each of another, (n,) and (m,) to (n, m)."""
    if (x.ndim, y.ndim) != (1, 1):
        raise RuntimeError(f"outer multiplies vectors, not shapes {x.shape} and {y.shape}")
    return reshape(x, (-1, 1)) * y


def vecdot(x: Tensor, y: Tensor, dim: int = -1) -> Tensor:
    """The inner products of the vectors that lie along `dim`, the other axes broadcast."""
    return sum(x * y, dim)


def tensordot(x: Tensor, y: Tensor, dims: Any = 2) -> Tensor:
    """Summed over pairs of axes: the last `dims` of x and the first of y, or two lists of axes.

    >>> from gradassay import reference_engine as torch
    >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 3), dims=([1, 2], [1, 0])).tolist()
    [12.0, 12.0]
    """
    ours, theirs = contracted(x, y, dims)
    lengths = [[x.shape[i] for i in ours], [y.shape[i] for i in theirs]]
    if lengths[0] != lengths[1]:
        raise RuntimeError(f"tensordot cannot pair axes of lengths {lengths[0]} and {lengths[1]}")
    left = [i for i in range(x.ndim) if i not in ours]
    right = [i for i in range(y.ndim) if i not in theirs]
    rows = reshape(permute(x, *left, *ours), (size(x, left), size(x, ours)))
    columns = reshape(permute(y, *theirs, *right), (size(y, theirs), size(y, right)))
    return reshape(
        matmul(rows, columns), (*(x.shape[i] for i in left), *(y.shape[i] for i in right))
    )


def contracted(x: Tensor, y: Tensor, dims: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of x and of y that are summed over, pair by pair."""
    if isinstance(dims, int):
        if not 0 <= dims <= min(x.ndim, y.ndim):
            raise RuntimeError(f"shapes {x.shape} and {y.shape} have no {dims} axes to pair")
        return tuple(range(x.ndim - dims, x.ndim)), tuple(range(dims))
    ours, theirs = ((d,) if isinstance(d, int) else tuple(d) for d in dims)
    if len(ours) != len(theirs):
        raise RuntimeError(f"{len(ours)} axes of one cannot pair with {len(theirs)} of the other")
    return axes(ours, x.ndim) if ours else (), axes(theirs, y.ndim) if theirs else ()


def size(x: Tensor, dims: Sequence[int]) -> int:
    """The number of entries over these axes."""
    return math.prod(x.shape[i] for i in dims)


def diagonal(x: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """As `diagonal` of the package, of the last two axes unless others are named."""
    return rearranging.diagonal(x, offset, dim1, dim2)


norm = linalg_norm
