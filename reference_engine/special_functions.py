"""The error function, the gamma function and their relatives, under PyTorch's names."""

from __future__ import annotations

import math

from .apply import apply
from .elementary import log1p
from .elementwise import Operand, log, neg, where
from .tensors import Tensor

__all__ = [
    "digamma", "erf", "erfc", "erfinv", "lgamma", "logit", "mvlgamma", "polygamma", "sinc", "xlogy",
]  # fmt: skip


def erf(x: Tensor) -> Tensor:
    """The error function, 2/√π · ∫₀ˣ exp(-t²) dt.

    >>> from gradassay import reference_engine as torch
    >>> torch.erf(torch.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5205])
    """
    return apply("erf", x)


def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), to all digits for large x."""
    return apply("erfc", x)


def erfinv(x: Tensor) -> Tensor:
    """The inverse of the error function, on (-1, 1)."""
    return apply("erfinv", x)


def lgamma(x: Tensor) -> Tensor:
    """log |Γ(x)|."""
    return apply("lgamma", x)


def digamma(x: Tensor) -> Tensor:
    """The derivative of log Γ."""
    return apply("polygamma", x, n=0)


def polygamma(n: int, x: Tensor) -> Tensor:
    """The derivative of order n of digamma; NaN below -10 000."""
    return apply("polygamma", x, n=n)


def mvlgamma(x: Tensor, p: int) -> Tensor:
    """The multivariate log Γ: p(p-1)/4 · log π + Σ_{i<p} log Γ(x - i/2)."""
    total = lgamma(x)
    for i in range(1, p):
        total = total + lgamma(x - i / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


def sinc(x: Tensor) -> Tensor:
    """sin(πx) / πx, and 1 at 0."""
    return apply("sinc", x)


def xlogy(x: Operand, y: Operand) -> Tensor:
    """x·log y, and 0 for x = 0."""
    return apply("xlogy", x, y)


def logit(x: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), the inverse of sigmoid; x is first brought to [eps, 1 - eps]."""
    return log(x) - log1p(-x) if eps is None else logit(inside(x, eps, 1 - eps))


def inside(x: Tensor, low: float, high: float) -> Tensor:
    """x, but not out of bounds, beyond which there is no derivative."""
    return apply("clamp_max", apply("clamp_min", x, low), high)


# Known as `special.…` alone.


def ndtr(x: Tensor) -> Tensor:
    """The area under the standard normal curve left of x."""
    return erfc(x * -math.sqrt(0.5)) / 2


def ndtri(x: Tensor) -> Tensor:
    """The inverse of `ndtr`, on (0, 1)."""
    return math.sqrt(2) * erfinv(2 * x - 1)


def entr(x: Tensor) -> Tensor:
    """-x·log x, 0 at 0, and -∞ below it."""
    return where(x < 0, -math.inf, neg(xlogy(x, x)))


def xlog1py(x: Operand, y: Tensor) -> Tensor:
    """x·log(1 + y), and 0 for x = 0."""
    return xlogy(x, 1 + y)
