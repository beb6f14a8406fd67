"""Where parameters begin. The random numbers are numpy's, seeded by `manual_seed`."""

from __future__ import annotations

import math
from typing import Any

from ..creation import eye, rand, randn
from ..modes import no_grad
from ..tensors import Tensor


def written(x: Tensor, values: Any) -> Tensor:
    """x with these values, in place and unrecorded."""
    with no_grad():
        return x.copy_(values)  # type: ignore[no-any-return]


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere."""
    with no_grad():
        return tensor.fill_(val)  # type: ignore[no-any-return]


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Ones."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix, as far as it goes."""
    n, m = tensor.shape
    square = eye(max(n, m), dtype=tensor.dtype, device=tensor.device)
    return written(tensor, square[:n, :m])


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    """Samples of the uniform distribution on [a, b)."""
    share = rand(tensor.shape, dtype=tensor.dtype, device=tensor.device)
    return written(tensor, a + (b - a) * share)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Samples of the normal distribution."""
    share = randn(tensor.shape, dtype=tensor.dtype, device=tensor.device)
    return written(tensor, mean + std * share)


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output has, and how many outputs an input."""
    if tensor.ndim < 2:
        raise ValueError(f"shape {tensor.shape} has no inputs and outputs; it needs two axes")
    window = math.prod(tensor.shape[2:])
    return tensor.shape[1] * window, tensor.shape[0] * window


GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By what an activation wants its inputs scaled; `param` is leaky_relu's slope."""
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS and not nonlinearity.startswith("conv"):
        raise ValueError(f"no gain is known for {nonlinearity!r}")
    return GAINS.get(nonlinearity, 1.0)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Uniform, so that variances stay in both directions (Glorot and Bengio, 2010)."""
    bound = gain * math.sqrt(6 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """As `xavier_uniform_`, of the normal distribution."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(fans(tensor))))


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Tensor:
    """Uniform, so that variances stay through rectifiers (He et al., 2015)."""
    bound = math.sqrt(3) * kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Tensor:
    """As `kaiming_uniform_`, of the normal distribution."""
    return normal_(tensor, 0.0, kaiming(tensor, a, mode, nonlinearity))


def kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """The standard deviation of He et al."""
    return calculate_gain(nonlinearity, a) / math.sqrt(fans(tensor)[mode != "fan_in"])
