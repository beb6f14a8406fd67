"""The row of the p-norm, with its derivative where the norm is not smooth.

At the origin the derivative is taken as 0; under p = ∞ the entries that have the greatest
absolute value share the cotangent evenly. Both are subgradients, and both are PyTorch's.
"""

from __future__ import annotations

import math
from typing import Any

from ..devices import Array
from .reductions import Shape, kept
from .table import rule


def vector_norm(xp: Any, x: Array, ord: float, dim: Shape, keepdim: bool) -> Array:
    """(Σ |x|^ord)^(1/ord); the greatest or smallest |x| for ±∞; the number of x ≠ 0 for 0."""
    how = {"axis": dim, "keepdims": keepdim}
    size = xp.abs(x)
    if ord == math.inf:
        return xp.max(size, **how)
    if ord == -math.inf:
        return xp.min(size, **how)
    if ord == 0:
        return xp.sum(xp.astype(x != 0, x.dtype), **how)
    if ord == 2:
        return xp.sqrt(xp.sum(x * x, **how))
    return xp.sum(size**ord, **how) ** (1 / ord)


def norm_vjp(ops: Any, g: Any, out: Any, x: Any, *, ord: float, dim: Shape, keepdim: bool) -> Any:
    """sign(x)·|x|^(ord-1) / norm^(ord-1)."""
    shape = kept(x.shape, dim)
    g, out = ops.reshape(g, shape=shape), ops.reshape(out, shape=shape)
    if ord == 0:
        return ops.zeros_like(x)
    if ord == 1:
        return g * ops.sign(x)
    if math.isinf(ord):
        return g * ops.sign(x) * shares(ops, ops.abs(x) == out, x, dim)
    zero = out == 0
    if ord == 2:
        return x * ops.where(zero, 0, g / ops.where(zero, 1, out))
    # Guarded at every zero entry: |x|^(ord-1) need not be finite there.
    flat = x == 0
    size = ops.where(flat, 1, ops.abs(x))
    slope = ops.sign(x) * ops.where(flat, 0, size ** (ord - 1))
    return slope * ops.where(zero, 0, g * ops.where(zero, 1, out) ** (1 - ord))


def shares(ops: Any, chosen: Any, x: Any, dim: Shape) -> Any:
    """1 over the number of the chosen, at the chosen."""
    weights = ops.astype(chosen, dtype=x.dtype)
    return weights / ops.sum(weights, dim=dim, keepdim=True)


rule("vector_norm", vector_norm, norm_vjp)
