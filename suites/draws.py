"""Valid arguments for the vocabulary: shapes that fit together, a drawer for each parameter."""

from __future__ import annotations

import math
from collections.abc import Callable
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
    rank = c.one_of((0, 1, 1, 2, 2, 2, 3) if ranks is None else sorted(ranks))
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
    """Two shapes that multiply: vectors, rectangular matrices, broadcast batches."""
    n, m, k = c.integer(1, 4), c.integer(1, 4), c.integer(1, 4)
    if c.coin(0.2):
        n = m = k
    left: Shape = c.one_of(((n, m), (n, m), (m,), (2, n, m), (1, n, m), (3, 1, n, m)))
    right: Shape = c.one_of(((m, k), (m, k), (m,), (2, m, k), (1, m, k), (2, m, k)))
    return left, right


def axes(c: Choices, x: Shape) -> Any:
    """None, one axis or several, from either end and in any order."""
    if not x or c.coin(0.25):
        return OMIT if c.coin(0.7) else None
    if len(x) > 1 and c.coin(0.4):
        chosen = _shuffled(c, range(len(x)))[: c.integer(2, len(x))]
        return tuple(a - len(x) if c.coin(0.3) else a for a in chosen)
    return one_axis(c, x)


def one_axis(c: Choices, x: Shape) -> int:
    """An axis, counted from either end."""
    if not x:
        raise RefusedError
    return c.integer(-len(x), len(x) - 1)


def flag(c: Choices, x: Shape) -> Any:
    """True, or false by default."""
    return True if c.coin(0.4) else OMIT


def new_shape(c: Choices, x: Shape) -> Shape:
    """Another shape of as many entries; sometimes one size is −1."""
    rest, sizes = math.prod(x), []
    if rest == 0:
        return c.one_of((x[::-1], (0,), x))
    for _ in range(c.integer(0, 2)):
        part = c.one_of([d for d in range(1, rest + 1) if rest % d == 0])
        sizes.append(part)
        rest //= part
    if rest > 1 or c.coin(0.3):
        sizes.append(rest)
    sizes = _shuffled(c, sizes)
    if sizes and c.coin(0.3):
        sizes[c.integer(0, len(sizes) - 1)] = -1
    return tuple(sizes)


def permutation(c: Choices, x: Shape) -> Shape:
    """The axes in another order, 3-cycles included; sometimes counted from the end."""
    order = _shuffled(c, range(len(x)))
    return tuple(a - len(x) if c.coin(0.15) else a for a in order)


def target(c: Choices, x: Shape) -> Shape:
    """A shape that `x` broadcasts to."""
    wide = tuple(c.integer(1, 3) if n == 1 else n for n in x)
    return (
        tuple(c.integer(1, 3) for _ in range(c.integer(0, 3 - len(x)))) + wide
        if len(x) < 3
        else wide
    )


def new_axis(c: Choices, x: Shape) -> int:
    """Where an axis of size 1 may go."""
    if len(x) > 3:
        raise RefusedError
    return c.integer(-len(x) - 1, len(x))


def unit_axis(c: Choices, x: Shape) -> int:
    """An axis of size 1."""
    units = [a for a, n in enumerate(x) if n == 1]
    if not units:
        raise RefusedError
    axis = c.one_of(units)
    return axis - len(x) if c.coin(0.3) else axis


def key(c: Choices, x: Shape) -> list[Any]:
    """Integers, slices, an ellipsis, new axes; index arrays are added by the generator."""
    count = c.integer(0, len(x))
    if c.coin(0.25):
        front = c.integer(0, count)
        sizes = [*x[:front], *x[len(x) - (count - front) :]]
        parts = [_index(c, n) for n in sizes]
        parts.insert(front, "...")
    else:
        parts = [_index(c, n) for n in x[:count]]
    if c.coin(0.2):
        parts.insert(c.integer(0, len(parts)), None)
    return parts


def _index(c: Choices, n: int) -> Any:
    if n and c.coin(0.35):
        return c.integer(-n, n - 1)
    start = c.one_of((None, 0, 1, -1))
    stop = c.one_of((None, None, n, -1, 2))
    step = c.one_of((None, None, 1, 2))
    return {"slice": [start, stop, step]}


def _shuffled(c: Choices, items: Any) -> list[Any]:
    left, out = list(items), []
    while left:
        out.append(left.pop(c.integer(0, len(left) - 1)))
    return out


DRAWERS: dict[str, Callable[[Choices, Shape], Any]] = {
    "axes": axes,
    "one axis": one_axis,
    "flag": flag,
    "shape": new_shape,
    "permutation": permutation,
    "target": target,
    "new axis": new_axis,
    "unit axis": unit_axis,
    "key": key,
}
"""One drawer for each kind of parameter that the vocabulary names."""
