"""Spread, soft extrema, running sums and products, and sorting, under PyTorch's names."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .apply import apply
from .functional import Dim, axes, axis, gather, mean, movedim, reshape, sum, to
from .tensors import Tensor

__all__ = [
    "all", "any", "argsort", "count_nonzero", "cumprod", "cumsum", "log_softmax", "logsumexp",
    "softmax", "sort", "std",
    "std_mean", "var", "var_mean",
]  # fmt: skip


def var(
    x: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: float | None = 1,
) -> Tensor:  # fmt: skip
    """The variance over the axes `dim`; over all, if None.

    The squared distances from the mean are summed and divided by their number less `correction`:
    1 estimates a population from a sample, 0 takes the entries for the population. `unbiased` is
    another way to say 1 or 0.
    """
    return of_squares("var", x, dim, unbiased, keepdim, correction)


def std(
    x: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: float | None = 1,
) -> Tensor:  # fmt: skip
    """The root of the variance; its derivative is taken as 0 where all entries are equal."""
    return of_squares("std", x, dim, unbiased, keepdim, correction)


def of_squares(
    row: str, x: Tensor, dim: Any, unbiased: bool | None, keepdim: bool, correction: float | None
) -> Tensor:
    """One of the rows `var` and `std`, where a lone bool stands for `unbiased`."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)
    correction = 1 if correction is None else correction
    return apply(row, x, dim=axes(dim, x.ndim), correction=correction, keepdim=keepdim)


def var_mean(
    x: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: float | None = 1,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The variance and the mean."""
    over = None if isinstance(dim, bool) else dim
    return var(x, dim, unbiased, keepdim, correction=correction), mean(x, over, keepdim)


def std_mean(
    x: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: float | None = 1,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The root of the variance, and the mean."""
    over = None if isinstance(dim, bool) else dim
    return std(x, dim, unbiased, keepdim, correction=correction), mean(x, over, keepdim)


def logsumexp(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """log Σ exp(x) over the axes `dim`, without overflow; over all, if None."""
    return apply("logsumexp", x, dim=axes(dim, x.ndim), keepdim=keepdim)


def softmax(x: Tensor, dim: Dim, dtype: Any = None) -> Tensor:
    """exp(x) over its sum along `dim`: positive, and 1 in sum.

    >>> from gradassay import reference_engine as torch
    >>> torch.softmax(torch.zeros(4), dim=0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return apply("softmax", in_dtype(x, dtype), dim=axes(dim, x.ndim))


def log_softmax(x: Tensor, dim: Dim, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax`, to all digits."""
    return apply("log_softmax", in_dtype(x, dtype), dim=axes(dim, x.ndim))


def in_dtype(x: Tensor, dtype: Any) -> Tensor:
    """x of another dtype, before anything is done with it."""
    return x if dtype is None else to(x, dtype)


def cumsum(x: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Running sums along `dim`."""
    x = in_dtype(x, dtype)
    dim = axis(dim, x.ndim)
    return apply("cumsum", x, dim=dim) if x.ndim else apply("clone", x)


def cumprod(x: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Running products along `dim`. Zeros need no care."""
    x = in_dtype(x, dtype)
    dim = axis(dim, x.ndim)
    if x.ndim < 2:
        return reshape(apply("cumprod", reshape(x, -1)), x.shape)
    return movedim(apply("cumprod", movedim(x, dim, -1)), -1, dim)


def any(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Whether some entry over the axes `dim` is not 0."""
    return count_nonzero(x, dim, keepdim) > 0


def all(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Whether no entry over the axes `dim` is 0."""
    return count_nonzero(x == 0, dim, keepdim) == 0


def count_nonzero(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """How many entries over the axes `dim` are not 0."""
    return sum(to(x != 0, np.int64), dim, keepdim)


class Sorted(NamedTuple):
    """The entries in order along an axis, and where they stood."""

    values: Tensor
    indices: Tensor


def sort(x: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Sorted:
    """The entries in order along `dim`; equal ones keep their order, always.

    >>> from gradassay import reference_engine as torch
    >>> torch.sort(torch.tensor([3.0, 1.0, 2.0])).indices
    tensor([1, 2, 0])
    """
    indices = argsort(x, dim, descending)
    return Sorted(gather(x, dim, indices), indices)


def argsort(x: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Where the entries stand in order along `dim`; NaN is greater than all numbers."""
    dim = axis(dim, x.ndim)
    rows = x if x.ndim else reshape(x, 1)
    return reshape(apply("argsort", rows, dim=dim, descending=descending), x.shape)
