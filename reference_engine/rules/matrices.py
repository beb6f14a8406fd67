"""Rows of square matrices, or of stacks of them: inverse, solution, determinant, Cholesky's
triangle, and eigenvalues.

Source of the formulas: M. B. Giles, "Collected matrix derivative results for forward and reverse
mode algorithmic differentiation" (2008). There C̄ is the cotangent, here `g`.
"""

from __future__ import annotations

from typing import Any

from .table import rule

rule(
    "inv",
    lambda xp, x: xp.linalg.inv(x),
    lambda ops, g, out, _x: -ops.matmul(out.mT, ops.matmul(g, out.mT)),
)
# Of A·X = B for matrices B: B̄ = A⁻ᵀ·X̄ and Ā = -B̄·Xᵀ.
rule(
    "solve",
    lambda xp, a, b: xp.linalg.solve(a, b),
    lambda ops, g, out, a, _b: -ops.matmul(ops.solve(a.mT, g), out.mT),
    lambda ops, g, _out, a, _b: ops.solve(a.mT, g),
)


def cofactors(ops: Any, x: Any) -> Any:
    """∂det/∂x_ij, singular or not: the determinant with row i replaced by the unit vector j.

    These are rows of this table again, so it is right in every order.
    """
    identity = ops.eye(x, n=x.shape[-1])
    row, unit = identity[:, None, :, None], identity[:, None, :]
    return ops.det(ops.where(row, ops.astype(unit, dtype=x.dtype), x[..., None, None, :, :]))


def det_vjp(ops: Any, g: Any, out: Any, x: Any) -> Any:
    """det·A⁻ᵀ, and the cofactors themselves if a matrix is singular, or nearly so."""
    lengths = ops.sqrt(ops.sum(x * x, dim=(len(x.shape) - 1,), keepdim=False))
    if ops.any(ops.abs(out) <= 1e-10 * ops.prod(lengths)):  # of Hadamard's bound for |det|
        return g[..., None, None] * cofactors(ops, x)
    return (g * out)[..., None, None] * ops.inv(x).mT


rule("det", lambda xp, x: xp.linalg.det(x), det_vjp)
rule(
    "sign_of_det",
    lambda xp, x: xp.linalg.slogdet(x)[0],
    lambda ops, g, _out, x: ops.zeros_like(x),
)
rule(
    "log_abs_det",
    lambda xp, x: xp.linalg.slogdet(x)[1],
    lambda ops, g, _out, x: g[..., None, None] * ops.inv(x).mT,
)


def cholesky_vjp(ops: Any, g: Any, out: Any, _x: Any) -> Any:
    """L⁻ᵀ·Φ(LᵀL̄)·L⁻¹, made symmetric, where Φ is the lower triangle with half its diagonal."""
    product = ops.matmul(out.mT, ops.tril(g, diagonal=0))
    half = (ops.tril(product, diagonal=0) + ops.tril(product, diagonal=-1)) / 2
    found = ops.solve(out.mT, ops.solve(out.mT, half.mT).mT)
    return (found + found.mT) / 2


rule("cholesky", lambda xp, x: xp.linalg.cholesky(x), cholesky_vjp)


def eigenvectors_vjp(ops: Any, g: Any, out: Any, x: Any, *, lower: bool) -> Any:
    """V·(F∘VᵀV̄)·Vᵀ with F_ij = 1/(λ_j - λ_i), 0 on the diagonal, made symmetric as x is."""
    values = ops.eigvalsh(x, lower=lower)
    apart = values[..., None, :] - values[..., :, None]
    same = ops.eye(x, n=x.shape[-1])
    weights = ops.where(same, 0, 1 / ops.where(same, 1, apart))
    found = ops.matmul(out, ops.matmul(weights * ops.matmul(out.mT, g), out.mT))
    return (found + found.mT) / 2


def eigenvalues_vjp(ops: Any, g: Any, _out: Any, x: Any, *, lower: bool) -> Any:
    """V·diag(λ̄)·Vᵀ."""
    vectors = ops.eigenvectors(x, lower=lower)
    return ops.matmul(vectors * g[..., None, :], vectors.mT)


# Of symmetric matrices, whose lower triangle is read, or whose upper.
rule(
    "eigenvectors",
    lambda xp, x, lower: xp.linalg.eigh(x if lower else x.mT)[1],
    eigenvectors_vjp,
)
rule(
    "eigvalsh",
    lambda xp, x, lower: xp.linalg.eigvalsh(x if lower else x.mT),
    eigenvalues_vjp,
)
