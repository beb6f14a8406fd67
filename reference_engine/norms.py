"""Norms and distances, under PyTorch's names."""

from __future__ import annotations

from typing import Any

from .apply import apply
from .elementwise import where
from .functional import Dim, amax, amin, axes, reshape, sum, unsqueeze
from .tensors import Tensor

__all__ = ["cdist", "dist", "norm", "renorm"]


def vector_norm(
    x: Tensor, ord: float = 2, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """(Σ |x|^ord)^(1/ord) over the axes `dim`, the entries taken as one vector.

    ord = ∞ is the greatest |x|, -∞ the smallest, and 0 the number of entries that are not 0.

    >>> from gradassay import reference_engine as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, -4.0]))
    tensor(5.)
    """
    x = x if dtype is None else x.to(dtype)
    return apply("vector_norm", x, ord=float(ord), dim=axes(dim, x.ndim), keepdim=keepdim)


def matrix_norm(
    x: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of matrices: "fro", or ±1 and ±∞ for the sums of |columns| and of |rows|."""
    x = x if dtype is None else x.to(dtype)
    if ord == "fro":
        return vector_norm(x, 2, dim, keepdim)
    if ord in (2, -2, "nuc"):
        raise NotImplementedError(f"matrix_norm has no order {ord}: there is no svd")
    rows, columns = axes(dim, x.ndim)
    summed, extreme = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = sum(x.abs(), summed, keepdim=True)
    found = (amax if ord > 0 else amin)(sums, extreme, keepdim=True)
    return found if keepdim else reshape(found, without(x.shape, (rows, columns)))


def without(shape: tuple[int, ...], dim: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that is left when these axes are gone."""
    return tuple(n for i, n in enumerate(shape) if i not in dim)


def norm(
    x: Tensor, p: Any = "fro", dim: Dim = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The p-norm over the axes `dim`; "fro" is p = 2."""
    if p == "nuc":
        raise NotImplementedError("norm has no order 'nuc': there is no svd")
    return vector_norm(x, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


def linalg_norm(
    x: Tensor, ord: Any = None, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """Of matrices if `ord` is given and there are two axes, or if it is "fro"; else of vectors."""
    count = x.ndim if dim is None else len(axes(dim, x.ndim))
    if ord is None or (count < 2 and not isinstance(ord, str)):
        return vector_norm(x, 2 if ord is None else ord, dim, keepdim, dtype=dtype)
    if count != 2:
        raise RuntimeError(f"linalg.norm of order {ord} is of one or two axes, not of {count}")
    return matrix_norm(x, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)


def dist(x: Tensor, y: Tensor, p: float = 2) -> Tensor:
    """The p-norm of x - y."""
    return vector_norm(x - y, p)


def cdist(x: Tensor, y: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The distances of each row of x from each row of y, (…, n, k) and (…, m, k) to (…, n, m)."""
    return vector_norm(unsqueeze(x, -2) - unsqueeze(y, -3), p, -1)


def renorm(x: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """The slices along `dim` scaled down to a p-norm of at most `maxnorm`."""
    others = tuple(i for i in range(x.ndim) if i != dim % x.ndim)
    size = vector_norm(x, p, others, keepdim=True)
    return x * where(size > maxnorm, maxnorm / (size + 1e-7), 1.0)
