"""Dropout, under PyTorch's names."""

from __future__ import annotations

from ..creation import rand
from ..elementwise import where
from ..tensors import Tensor

__all__ = ["dropout"]


def dropout(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """x with each entry made 0 with probability p, the others scaled by 1/(1 - p).

    The mask is a constant of the graph: backward meets the one that forward drew.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: a probability lies in [0, 1], and {p} does not")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    kept: Tensor = rand(x.shape, device=x.device) >= p
    return where(kept, x / (1 - p), 0)
