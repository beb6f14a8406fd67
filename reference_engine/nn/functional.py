"""The functions of neural networks that are no operation of their own elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from ..elementary import sigmoid, softplus
from ..elementwise import relu, tanh
from ..rearranging import constant_pad_nd
from ..statistics import log_softmax, softmax
from ..tensors import Tensor

__all__ = ["log_softmax", "pad", "relu", "sigmoid", "softmax", "softplus", "tanh"]


def pad(x: Tensor, pad: Sequence[int], mode: str = "constant", value: float = 0) -> Tensor:
    """x with `value` around it: `pad` holds (before, after) for the last axis, the one before …"""
    if mode != "constant":
        raise NotImplementedError(f"no padding of mode {mode!r}; index with x[..., places]")
    return constant_pad_nd(x, pad, value)
