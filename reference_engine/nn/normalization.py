"""Normalization, under PyTorch's names: mean 0 and variance 1 over some of the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..elementary import clamp_min, rsqrt
from ..functional import mean, reshape
from ..modes import no_grad
from ..norms import vector_norm
from ..statistics import var
from ..tensors import Tensor

__all__ = [
    "batch_norm", "group_norm", "instance_norm", "layer_norm", "normalize", "rms_norm",
]  # fmt: skip


def standardized(x: Tensor, dim: Sequence[int], eps: float) -> Tensor:
    """x less its mean, over its standard deviation."""
    centred = x - mean(x, tuple(dim), keepdim=True)
    return centred * rsqrt(var(x, tuple(dim), correction=0, keepdim=True) + eps)


def scaled(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """x·weight + bias, as far as they are given."""
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def scaled_channels(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """As `scaled`, by one weight and one bias for each channel, axis 1 of x."""
    vectors = (v if v is None else channels(x, v) for v in (weight, bias))
    return scaled(x, *vectors)


def channels(x: Tensor, vector: Tensor) -> Tensor:
    """A vector laid along axis 1 of x."""
    return reshape(vector, (-1, *[1] * (x.ndim - 2)))


def layer_norm(
    x: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None,
    bias: Tensor | None = None, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardized over the last axes, which have the shape `normalized_shape`.

    >>> from gradassay import reference_engine as torch
    >>> torch.nn.functional.layer_norm(torch.tensor([[1.0, 3.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.]])
    """
    dim = last_axes("layer_norm", x, normalized_shape)
    return scaled(standardized(x, dim, eps), weight, bias)


def rms_norm(
    x: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:  # fmt: skip
    """x over the root of the mean of its squares, over the last axes."""
    dim = last_axes("rms_norm", x, normalized_shape)
    eps = float(np.finfo(x.dtype).eps) if eps is None else eps
    return scaled(x * rsqrt(mean(x * x, dim, keepdim=True) + eps), weight, None)


def last_axes(name: str, x: Tensor, shape: Sequence[int]) -> tuple[int, ...]:
    """The last axes of x. Raises RuntimeError if they have not this shape."""
    if tuple(shape) != x.shape[x.ndim - len(shape) :]:
        raise RuntimeError(f"{name}: shape {x.shape} does not end in {tuple(shape)}")
    return tuple(range(x.ndim - len(shape), x.ndim))


def batch_norm(
    x: Tensor, running_mean: Tensor | None, running_var: Tensor | None,
    weight: Tensor | None = None, bias: Tensor | None = None, training: bool = False,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardized over all axes but axis 1: by the batch in training, else by what has been.

    In training the running mean and variance, where given, move towards the batch's.
    """
    dim = tuple(i for i in range(x.ndim) if i != 1)
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm: without training it needs a running mean and variance")
        centre, spread = channels(x, running_mean), channels(x, running_var)
        return scaled_channels((x - centre) * rsqrt(spread + eps), weight, bias)
    if math.prod(x.shape[i] for i in dim) <= 1:
        raise ValueError(f"batch_norm: a batch of shape {x.shape} has one value a channel")
    move(running_mean, mean(x, dim), momentum)
    move(running_var, var(x, dim), momentum)
    return scaled_channels(standardized(x, dim, eps), weight, bias)


def move(running: Tensor | None, now: Tensor, momentum: float) -> None:
    """Bring a running value nearer to the present one, in place and unrecorded."""
    if running is not None:
        with no_grad():
            running.mul_(1 - momentum).add_(now.detach(), alpha=momentum)


def instance_norm(
    x: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardized over all axes but the first two: each channel of each instance by itself.

    Running statistics, where given, are means over the instances; without `use_input_stats` they
    are taken instead.
    """
    if not use_input_stats:
        return batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    dim = tuple(range(2, x.ndim))
    move(running_mean, mean(mean(x, dim), 0), momentum)
    move(running_var, mean(var(x, dim), 0), momentum)
    return scaled_channels(standardized(x, dim, eps), weight, bias)


def group_norm(
    x: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardized over groups of channels (axis 1) and all axes behind them."""
    if x.shape[1] % num_groups:
        raise RuntimeError(f"group_norm: {x.shape[1]} channels do not make {num_groups} groups")
    groups = reshape(x, (x.shape[0], num_groups, math.prod(x.shape[1:]) // num_groups))
    whole = reshape(standardized(groups, (2,), eps), x.shape)
    return scaled_channels(whole, weight, bias)


def normalize(x: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    """x over its p-norm along `dim`, or over eps if that is greater."""
    return x / clamp_min(vector_norm(x, p, dim, keepdim=True), eps)
