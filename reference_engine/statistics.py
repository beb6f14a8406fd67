"""Spread, soft extrema, running sums and products, and sorting, under PyTorch's names."""

from __future__ import annotations

from typing import NamedTuple

from .apply import apply
from .functional import Dim, axes, axis, gather, movedim, reshape
from .tensors import Tensor

__all__ = [
    "argsort", "cumprod", "cumsum", "log_softmax", "logsumexp", "softmax", "sort", "std", "var",
]  # fmt: skip


def var(x: Tensor, dim: Dim = None, *, correction: float = 1, keepdim: bool = False) -> Tensor:
    """The variance over the axes `dim`; over all, if None.

    The squared distances from the mean are summed and divided by their number less `correction`:
    1 estimates a population from a sample, 0 takes the entries for the population.
    """
    return apply("var", x, dim=axes(dim, x.ndim), correction=correction, keepdim=keepdim)


def std(x: Tensor, dim: Dim = None, *, correction: float = 1, keepdim: bool = False) -> Tensor:
    """The root of the variance; its derivative is taken as 0 where all entries are equal."""
    return apply("std", x, dim=axes(dim, x.ndim), correction=correction, keepdim=keepdim)


def logsumexp(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """log Σ exp(x) over the axes `dim`, without overflow; over all, if None."""
    return apply("logsumexp", x, dim=axes(dim, x.ndim), keepdim=keepdim)


def softmax(x: Tensor, dim: Dim) -> Tensor:
    """exp(x) over its sum along `dim`: positive, and 1 in sum.

    >>> from gradassay import reference_engine as torch
    >>> torch.softmax(torch.zeros(4), dim=0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return apply("softmax", x, dim=axes(dim, x.ndim))


def log_softmax(x: Tensor, dim: Dim) -> Tensor:
    """The logarithm of `softmax`, to all digits."""
    return apply("log_softmax", x, dim=axes(dim, x.ndim))


def cumsum(x: Tensor, dim: int) -> Tensor:
    """Running sums along `dim`."""
    dim = axis(dim, x.ndim)
    return apply("cumsum", x, dim=dim) if x.ndim else apply("clone", x)


def cumprod(x: Tensor, dim: int) -> Tensor:
    """Running products along `dim`. Zeros need no care."""
    dim = axis(dim, x.ndim)
    if x.ndim < 2:
        return reshape(apply("cumprod", reshape(x, -1)), x.shape)
    return movedim(apply("cumprod", movedim(x, dim, -1)), -1, dim)


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
