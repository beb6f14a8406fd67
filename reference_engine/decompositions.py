"""`linalg`: inverses, solutions, determinants and factors of square matrices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from .apply import apply
from .elementwise import where
from .functional import matmul, squeeze, unsqueeze
from .tensors import Tensor

__all__ = ["cholesky", "det", "inverse", "logdet", "slogdet"]


def square(x: Tensor, name: str) -> Tensor:
    """x itself. Raises RuntimeError if it is no stack of square matrices."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise RuntimeError(f"linalg.{name} takes square matrices, not shape {x.shape}")
    return x


def inv(x: Tensor) -> Tensor:
    """The inverse of each matrix."""
    return apply("inv", square(x, "inv"))


def solve(a: Tensor, b: Tensor, *, left: bool = True) -> Tensor:
    """The X with A·X = B, or with X·A = B if not `left`; B may be a vector, or a stack of them.

    >>> from gradassay import reference_engine as torch
    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    square(a, "solve")
    vectors = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    if vectors:
        return squeeze(solve(a, unsqueeze(b, -1), left=True), -1)
    return apply("solve", a, b) if left else apply("solve", a.mT, b.mT).mT


def det(x: Tensor) -> Tensor:
    """The determinant of each matrix; singular ones need no care."""
    return apply("det", square(x, "det"))


class SignAndLog(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


def slogdet(x: Tensor) -> SignAndLog:
    """The determinant of each matrix as a sign and a logarithm, for what would overflow."""
    square(x, "slogdet")
    return SignAndLog(apply("sign_of_det", x), apply("log_abs_det", x))


def logdet(x: Tensor) -> Tensor:
    """The logarithm of the determinant; NaN for a negative one."""
    sign, size = slogdet(x)
    return where(sign < 0, float("nan"), size)


def cholesky(x: Tensor, upper: bool = False) -> Tensor:
    """The lower triangular L with L·Lᵀ = x, of positive definite matrices; Lᵀ if `upper`."""
    factor = apply("cholesky", square(x, "cholesky"))
    return factor.mT if upper else factor


class Eigen(NamedTuple):
    """The eigenvalues of symmetric matrices, ascending, and their eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def eigh(x: Tensor, UPLO: str = "L") -> Eigen:
    """Eigenvalues and eigenvectors of symmetric matrices; one triangle, lower or upper, is read."""
    return Eigen(eigvalsh(x, UPLO), apply("eigenvectors", x, lower=UPLO == "L"))


def eigvalsh(x: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, ascending; one triangle, lower or upper, is read."""
    square(x, "eigvalsh")
    return apply("eigvalsh", x, lower=UPLO == "L")


def matrix_power(x: Tensor, n: int) -> Tensor:
    """x·x·…·x, n times; of the inverse if n is negative."""
    square(x, "matrix_power")
    if n == 0:
        return x * 0 + apply("astype", apply("eye", x, n=x.shape[-1]), dtype=x.dtype)
    return reduce(matmul, [x if n > 0 else inv(x)] * abs(n))


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of matrices, the first and the last of which may be vectors."""
    return reduce(matmul, tensors)


def cross(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The vector product of vectors of three entries along `dim`."""
    if x.shape[dim] != 3 or y.shape[dim] != 3:
        raise RuntimeError(f"linalg.cross is of vectors of 3 entries, not of {x.shape[dim]}")
    there = x.roll(-1, dim) * y.roll(-2, dim)
    return there - x.roll(-2, dim) * y.roll(-1, dim)  # type: ignore[no-any-return]


inverse = inv
