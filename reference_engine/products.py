"""Products of vectors and matrices with something added, and mixtures, under PyTorch's names."""

from __future__ import annotations

from numpy import broadcast_shapes

from .elementwise import Operand, add, mul
from .functional import expand, matmul, movedim, reshape, sum
from .linalg import outer
from .tensors import Tensor

__all__ = [
    "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "baddbmm", "bmm", "chain_matmul",
    "dot", "ger", "inner", "kron", "lerp", "mv", "vdot",
]  # fmt: skip


def of_axes(name: str, *both: tuple[Tensor, int]) -> None:
    """Raise RuntimeError if a tensor has not so many axes."""
    for x, ndim in both:
        if x.ndim != ndim:
            raise RuntimeError(f"{name} takes a tensor of {ndim} axes here, not shape {x.shape}")


def dot(x: Tensor, y: Tensor) -> Tensor:
    """The inner product of two vectors."""
    of_axes("dot", (x, 1), (y, 1))
    return matmul(x, y)


def inner(x: Tensor, y: Tensor) -> Tensor:
    """Summed products over the last axis of both, for every pair of their other places."""
    if not (x.ndim and y.ndim):
        return x * y
    rows, columns = reshape(x, (-1, x.shape[-1])), reshape(y, (-1, y.shape[-1]))
    return reshape(matmul(rows, columns.mT), (*x.shape[:-1], *y.shape[:-1]))


def mv(x: Tensor, y: Tensor) -> Tensor:
    """A matrix times a vector."""
    of_axes("mv", (x, 2), (y, 1))
    return matmul(x, y)


def bmm(x: Tensor, y: Tensor) -> Tensor:
    """The products of two stacks of matrices, (b, n, k) and (b, k, m)."""
    of_axes("bmm", (x, 3), (y, 3))
    if x.shape[0] != y.shape[0]:
        raise RuntimeError(f"bmm takes stacks of one length, not {x.shape[0]} and {y.shape[0]}")
    return matmul(x, y)


def weighed(x: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    """beta·x + alpha·product; of x only its shape counts if beta is 0."""
    product = product if alpha == 1 else product * alpha
    if beta == 0:
        return expand(product, broadcast_shapes(x.shape, product.shape))
    return (x if beta == 1 else x * beta) + product


def addmm(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·x + alpha·a·b of matrices a and b.

    >>> from gradassay import reference_engine as torch
    >>> torch.addmm(torch.ones(1), torch.ones(1, 2), torch.ones(2, 2), alpha=10)
    tensor([[21., 21.]])
    """
    of_axes("addmm", (a, 2), (b, 2))
    return weighed(x, matmul(a, b), beta, alpha)


def addmv(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·x + alpha·a·b of a matrix and a vector."""
    return weighed(x, mv(a, b), beta, alpha)


def addr(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·x + alpha·a·bᵀ of vectors."""
    return weighed(x, outer(a, b), beta, alpha)


def baddbmm(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·x + alpha·a·b of stacks of matrices."""
    return weighed(x, bmm(a, b), beta, alpha)


def addbmm(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·x + alpha·Σ a_i·b_i over stacks of matrices."""
    return weighed(x, sum(bmm(a, b), 0), beta, alpha)


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of matrices, from the left."""
    product = matrices[0]
    for matrix in matrices[1:]:
        product = matmul(product, matrix)
    return product


def kron(x: Tensor, y: Tensor) -> Tensor:
    """Every entry of x times all of y, laid out as blocks."""
    ndim = max(x.ndim, y.ndim)
    ours, theirs = ((1,) * (ndim - t.ndim) + t.shape for t in (x, y))
    shape = tuple(n * m for n, m in zip(ours, theirs, strict=True))
    apart = reshape(x, (*ours, *[1] * ndim)) * reshape(y, theirs)
    pairs = tuple(p for i in range(ndim) for p in (i, ndim + i))
    return reshape(movedim(apart, pairs, tuple(range(2 * ndim))) if ndim else apart, shape)


def addcmul(x: Tensor, a: Tensor, b: Tensor, *, value: float = 1) -> Tensor:
    """x + value·a·b, entry by entry."""
    return x + value * (a * b)


def addcdiv(x: Tensor, a: Tensor, b: Tensor, *, value: float = 1) -> Tensor:
    """x + value·a/b, entry by entry."""
    return x + value * (a / b)


def lerp(start: Tensor, end: Tensor, weight: Operand) -> Tensor:
    """start + weight·(end - start)."""
    return add(start, mul(weight, end - start))


vdot, ger = dot, outer
