"""Rows looked up in a table, and linear maps, under PyTorch's names."""

from __future__ import annotations

import itertools
from typing import Any

from ..creation import arange
from ..einsum import einsum
from ..elementwise import eq, where
from ..functional import amax, matmul, mean, stack, sum, unsqueeze
from ..functional import max as greatest
from ..tensors import Tensor

__all__ = ["bilinear", "embedding", "embedding_bag", "linear", "one_hot"]


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x·weightᵀ + bias, of weight (out, in) and x (…, in)."""
    product = matmul(x, weight.T)
    return product if bias is None else product + bias


def bilinear(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Σ x_i·weight_kij·y_j for each k, of weight (out, in₁, in₂)."""
    product = einsum("...i,kij,...j->...k", x, weight, y)
    return product if bias is None else product + bias


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: Any = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of `weight` that `input` names; repeated ones add up in the gradient.

    The row `padding_idx` is read, but gets no gradient.
    """
    if max_norm is not None or scale_grad_by_freq or sparse:
        raise NotImplementedError("embedding has no max_norm, scale_grad_by_freq and sparse")
    rows = weight[rows_of("embedding", input, weight)]
    if padding_idx is None:
        return rows
    return where(unsqueeze(input == padding_idx % weight.shape[0], -1), rows.detach(), rows)


def rows_of(name: str, input: Tensor, weight: Tensor) -> Tensor:
    """The input itself. Raises IndexError if it names a row that is not there."""
    if input.numel() and bool(((input < 0) | (input >= weight.shape[0])).any()):
        raise IndexError(f"{name}: a row is named that is none of the {weight.shape[0]}")
    return input


def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: Any = None,
    norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean",
    sparse: bool = False, per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean, sum or max of the rows that each bag names; 0 for an empty bag.

    Bags are the rows of `input`, or, if it is a vector, its parts from each of `offsets` on.
    """
    if max_norm is not None or scale_grad_by_freq or sparse:
        raise NotImplementedError("embedding_bag has no max_norm, scale_grad_by_freq and sparse")
    if mode not in ("mean", "sum", "max"):
        raise ValueError(f"embedding_bag: a mode is 'mean', 'sum' or 'max', not {mode!r}")
    if input.ndim == 2:
        ends = [i * input.shape[1] for i in range(input.shape[0] + 1)]
    elif offsets is None:
        raise ValueError("embedding_bag: a vector of rows needs offsets")
    else:
        ends = offsets.tolist() + ([] if include_last_offset else [input.numel()])
    flat = rows_of("embedding_bag", input, weight).reshape(-1)
    rows = weight[flat]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape((-1, 1))
    names = flat.tolist()
    skipped = None if padding_idx is None else padding_idx % weight.shape[0]
    bags = [[i for i in range(a, b) if names[i] != skipped] for a, b in itertools.pairwise(ends)]
    blank = sum(weight[:0], 0)
    pool: Any = {"mean": mean, "sum": sum, "max": lambda x, dim: greatest(x, dim).values}[mode]
    return stack([pool(rows[bag], 0) if bag else blank for bag in bags]) if bags else weight[:0]


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the place that each entry names along a new last axis, and 0 elsewhere."""
    count = int(amax(input).item()) + 1 if num_classes < 0 else num_classes
    classes = arange(count, device=input.device)
    return eq(unsqueeze(input, -1), classes).to(classes.dtype)  # type: ignore[no-any-return]
