"""Activations, under PyTorch's names. At kinks the derivatives are PyTorch's.

Where one branch could overflow, it is given a harmless argument first: a dead branch that is
infinite would still make a NaN of a gradient 0.
"""

from __future__ import annotations

import math
from typing import Any

from ..elementary import clamp_max, sigmoid, softplus
from ..elementwise import abs, mul, relu, tanh, where
from ..functional import reshape
from ..rearranging import chunk
from ..special_functions import erfc
from ..statistics import log_softmax, softmax
from ..tensors import Tensor

__all__ = [
    "celu", "elu", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "leaky_relu", "log_softmax", "logsigmoid", "mish", "prelu", "relu", "relu6", "selu", "sigmoid",
    "silu", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink",
    "threshold",
]  # fmt: skip

# Kinked at 0, or at two points.


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x where it is positive, else x times a small slope."""
    return where(x > 0, x, x * negative_slope)


def prelu(x: Tensor, weight: Tensor) -> Tensor:
    """As `leaky_relu`, with a slope that is learned: one, or one for each channel (axis 1)."""
    weight = reshape(weight, (-1, *[1] * (x.ndim - 2)) if weight.numel() != 1 else ())
    return where(x > 0, x, x * weight)


def threshold(x: Tensor, threshold: float, value: float) -> Tensor:
    """x where it is above the threshold, else one value."""
    return where(x > threshold, x, value)


def hardtanh(x: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """x, but not out of bounds; flat at the bounds, too."""
    return where(x <= min_val, min_val, where(x >= max_val, max_val, x))


def relu6(x: Tensor) -> Tensor:
    """x, but neither below 0 nor above 6."""
    return hardtanh(x, 0.0, 6.0)


def hardsigmoid(x: Tensor) -> Tensor:
    """A line through (-3, 0) and (3, 1), flat outside."""
    return hardtanh(x / 6 + 0.5, 0.0, 1.0)


def hardswish(x: Tensor) -> Tensor:
    """x times `hardsigmoid`."""
    return where(x <= -3, 0 * x, where(x >= 3, x, x * (x / 6 + 0.5)))


def hardshrink(x: Tensor, lambd: float = 0.5) -> Tensor:
    """x where |x| is greater than lambd, else 0."""
    return where(abs(x) <= lambd, 0, x)


def softshrink(x: Tensor, lambd: float = 0.5) -> Tensor:
    """x brought nearer to 0 by lambd, but not past it."""
    if lambd < 0:
        raise RuntimeError(f"softshrink: lambd is a distance, not {lambd}")
    return where(x > lambd, x - lambd, where(x < -lambd, x + lambd, 0 * x))


# Smooth, or bent only at 0.


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where it is positive, else alpha·(exp(x) - 1)."""
    return where(x > 0, x, alpha * clamp_max(x, 0).expm1())


def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where it is positive, else alpha·(exp(x / alpha) - 1)."""
    return where(x > 0, x, alpha * (where(x > 0, 0, x) / alpha).expm1())


def selu(x: Tensor) -> Tensor:
    """The elu that keeps mean 0 and variance 1 (Klambauer et al., 2017, equation 2)."""
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * elu(x, alpha)


def silu(x: Tensor) -> Tensor:
    """x·sigmoid(x), also known as swish."""
    return x * sigmoid(x)


def mish(x: Tensor) -> Tensor:
    """x·tanh(softplus(x))."""
    return x * tanh(softplus(x))


def gelu(x: Tensor, *, approximate: str = "none") -> Tensor:
    """x times the share of the standard normal distribution below x, or an approximation by tanh.

    >>> from gradassay import reference_engine as torch
    >>> torch.nn.functional.gelu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate == "none":
        return x * (erfc(x * -math.sqrt(0.5)) / 2)
    if approximate != "tanh":
        raise RuntimeError(f"gelu is approximated by 'none' or 'tanh', not {approximate!r}")
    return x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def glu(x: Tensor, dim: int = -1) -> Tensor:
    """The first half along `dim`, times the sigmoid of the second."""
    if not x.ndim or x.shape[dim] % 2:
        raise RuntimeError(f"glu halves axis {dim}, and shape {x.shape} has no halves there")
    first, second = chunk(x, 2, dim)
    return mul(first, sigmoid(second))


def logsigmoid(x: Tensor) -> Tensor:
    """log(sigmoid(x)), to all digits."""
    return -softplus(-x, threshold=math.inf)


def softsign(x: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return x / (1 + abs(x))


def tanhshrink(x: Tensor) -> Tensor:
    """x - tanh(x)."""
    return x - tanh(x)


def softmin(x: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """The softmax of -x."""
    return softmax(-x, dim, dtype)
