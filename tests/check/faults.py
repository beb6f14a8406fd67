"""Planted faults and correct gradients, as numpy pairs and as `torch.autograd.Function`s."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS = {  # name: (number of entries, f, its gradient; x0: an input at 0)
    "x 1.001": (3, lambda m, x: m.sin(x), lambda m, x: 1.001 * m.cos(x)),
    "x 1.00001": (3, lambda m, x: m.sin(x), lambda m, x: 1.00001 * m.cos(x)),
    "one of 1000 entries zero": (1000, lambda m, x: m.sin(x), lambda m, x: _hole(m, m.cos(x))),
    "1e-7 scale, sign flipped": (
        3,
        lambda m, x: 1e-7 * m.sin(x),
        lambda m, x: -1e-7 * m.cos(x),
    ),
    "wrong only for x > 3": (
        3,
        lambda m, x: m.sin(x),
        lambda m, x: m.where(x > 3, 2 * m.cos(x), m.cos(x)),
    ),
    "wrong only at exactly 0": (
        3,
        lambda m, x: m.sin(x),
        lambda m, x: m.where(x == 0, 2 * m.cos(x), m.cos(x)),
    ),
    "relu'(0) = 3": (-3, lambda m, x: x * (x > 0), lambda m, x: (x > 0) + 3.0 * (x == 0)),
}
RIGHT = {
    "relu with an input at 0": (-3, lambda m, x: x * (x > 0), lambda m, x: (x > 0) + 0.0 * x),
    "sin(1e4 x)": (3, lambda m, x: m.sin(1e4 * x), lambda m, x: 1e4 * m.cos(1e4 * x)),
}


def _hole(m: Any, g: Any) -> Any:
    """g with one entry zero."""
    n = len(g)
    at = m.zeros(n)
    at[min(417, n - 1)] = 1.0
    return m.where(at > 0, 0.0 * g, g)


def inputs(size: int, seed: int) -> np.ndarray:
    """Gaussian; with a negative size the first entry is 0."""
    x = np.random.default_rng(seed).standard_normal(abs(size))
    x[: int(size < 0)] = 0.0
    return x


def as_numpy(f: Any, g: Any) -> tuple[Any, Any]:
    """(f, grad) in numpy."""
    return (lambda x: f(np, x)), (lambda x: g(np, x))


def as_torch(f: Any, g: Any) -> Any:
    """The `apply` of a `torch.autograd.Function`."""
    import torch

    class Planted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return f(torch, x)

        @staticmethod
        def backward(ctx, cotangent):
            (x,) = ctx.saved_tensors
            return cotangent * g(torch, x)

    return Planted.apply
