"""Shapes for the arguments of the vocabulary's ops that fit together."""

from __future__ import annotations

from typing import Any

from .choices import Choices

Shape = tuple[int, ...]
OMIT = object()
"""A parameter that is left out, so that its default applies."""


class RefusedError(Exception):
    """No valid draw here; the caller tries something else."""


class NotOfferedError(RefusedError):
    """The engine lacks the op or keyword that was drawn."""


def shape(c: Choices, ranks: frozenset[int] | None = None) -> Shape:
    """A shape: equal sizes and distinct ones, now and then with an axis of size 1 or 0."""
    rank = c.one_of((0, 1, 1, 2, 2, 3, 3) if ranks is None else sorted(ranks))
    style = c.integer(0, 9)
    if style < 3:
        return (c.one_of((2, 3)),) * rank
    sizes = [c.integer(1, 4) for _ in range(rank)]
    if style < 7:
        sizes = [2 + (sizes[0] + i) % 3 if sizes else 0 for i in range(rank)]
    elif style == 9 and rank and c.coin(0.4):
        sizes[c.integer(0, rank - 1)] = 0
    return tuple(sizes)


def narrower(c: Choices, full: Shape) -> Shape:
    """A shape that broadcasts to `full`: leading axes dropped, others of size 1."""
    kept = full[c.integer(0, len(full)) :] if c.coin(0.5) else full
    return tuple(1 if c.coin(0.35) else n for n in kept)


def matmul_shapes(c: Choices) -> tuple[Shape, Shape]:
    """Two shapes that multiply: vectors, rectangular matrices, batches, rarely over nothing."""
    n, m, k = c.integer(1, 4), c.integer(1, 4), c.integer(1, 4)
    if c.coin(0.2):
        n = m = k
    elif c.coin(0.06):
        m = 0
    left: Shape = c.one_of(((n, m), (n, m), (m,), (2, n, m), (1, n, m), (3, 1, n, m)))
    right: Shape = c.one_of(((m, k), (m, k), (m,), (2, m, k), (1, m, k), (2, m, k)))
    return left, right


def window_shapes(c: Choices) -> tuple[Shape, Shape]:
    """Images and kernels that fit: one group of channels or two, kernels no larger than images."""
    groups, channels = c.one_of((1, 1, 2)), c.integer(1, 2)
    sizes = c.integer(1, 3), c.integer(1, 3)
    images = (c.integer(1, 2), groups * channels, *(n + c.integer(0, 2) for n in sizes))
    return images, (groups * c.integer(1, 2), channels, *sizes)


def partner(c: Choices, relation: str, x: Shape) -> Shape:
    """A shape for the second argument of an op, given that of the first."""
    if relation == "outer" and len(x) == 1:
        return (c.integer(0, 4) or 1,)
    if relation == "contraction":
        extra = tuple(c.integer(1, 3) for _ in range(c.integer(0, 1)))
        met = x[c.integer(0, len(x)) :] if c.coin(0.6) else tuple(shuffled(c, x))[:2]
        return (met + extra)[:3]
    if relation == "vecdot" and x:
        kept = c.integer(0, len(x) - 1)
        y = tuple(1 if a != kept and c.coin(0.3) else n for a, n in enumerate(x))
        return y[c.integer(0, kept) :] if c.coin(0.4) else y
    if relation in ("stack", "concat"):
        return x
    raise RefusedError


def one_axis(c: Choices, x: Shape) -> int:
    """An axis, counted from either end."""
    if not x:
        raise RefusedError
    return c.integer(-len(x), len(x) - 1)


def shuffled(c: Choices, items: Any) -> list[Any]:
    """The items in random order."""
    left, out = list(items), []
    while left:
        out.append(left.pop(c.integer(0, len(left) - 1)))
    return out
