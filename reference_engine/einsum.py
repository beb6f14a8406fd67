"""`einsum`: sums of products, whose axes are named by letters."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import reduce
from operator import mul
from typing import Any

from .functional import permute, reshape, sum
from .rearranging import diagonal
from .tensors import Tensor

__all__ = ["einsum"]


def einsum(equation: str, *operands: Any) -> Tensor:
    """The products of entries, summed over each letter that the result does not have.

    All axes are laid side by side and then summed: as clear as it is hungry for memory.

    >>> from gradassay import reference_engine as torch
    >>> torch.einsum("ij,jk->ik", torch.ones(2, 3), torch.ones(3, 2))
    tensor([[3., 3.],
            [3., 3.]])
    """
    if len(operands) == 1 and isinstance(operands[0], tuple | list):
        operands = tuple(operands[0])
    names, result = letters(equation, operands)
    summed = "".join(sorted(set("".join(names)) - set(result)))
    pairs = zip(operands, names, strict=True)
    product = reduce(mul, (laid_out(x, name, result + summed) for x, name in pairs))
    dims = tuple(range(len(result), len(result + summed)))
    return sum(product, dims) if dims else product


def letters(equation: str, operands: Sequence[Tensor]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with free ones in the place of `...`."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    names = left.split(",")
    if len(names) != len(operands):
        raise RuntimeError(f"einsum names {len(names)} operands, but got {len(operands)}")
    free = "".join(c for c in string.ascii_letters if c not in equation)
    dots = [
        free[: max(x.ndim - len(name) + 3, 0)] if "..." in name else ""
        for x, name in zip(operands, names, strict=True)
    ]
    most = max(dots, key=len)
    # The last of the unnamed axes meet, as in broadcasting.
    full = [n.replace("...", most[len(most) - len(d) :]) for n, d in zip(names, dots, strict=True)]
    for x, name in zip(operands, full, strict=True):
        if len(name) != x.ndim:
            raise RuntimeError(f"einsum {equation!r} names {len(name)} axes of shape {x.shape}")
    once = "".join(sorted(c for c in set(left) - set(",.") if left.count(c) == 1))
    return full, right.replace("...", most) if arrow else most + once


def laid_out(x: Tensor, name: str, order: str) -> Tensor:
    """x with its axes in this order, and axes of length 1 for letters that it has not."""
    for letter in set(name):
        while name.count(letter) > 1:  # a letter named twice stands for a diagonal
            i, j = name.index(letter), name.rindex(letter)
            x = diagonal(x, 0, i, j)
            name = name[:i] + name[i + 1 : j] + name[j + 1 :] + letter
    own = [c for c in order if c in name]
    x = permute(x, [name.index(c) for c in own])
    lengths = dict(zip(own, x.shape, strict=True))
    return reshape(x, [lengths.get(c, 1) for c in order])
