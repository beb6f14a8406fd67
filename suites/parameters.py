"""Values for the parameters of the vocabulary's ops: a drawer for each kind of parameter.

A drawer sees the shape of every real argument. One that fills several parameters of a row at once
(`JOINT`), because they hang together, returns their values in the order of the row.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .choices import Choices
from .draws import OMIT, RefusedError, Shape, one_axis, shuffled


def axes(c: Choices, x: Shape) -> Any:
    """None, one axis or several, from either end and in any order."""
    if not x or c.coin(0.25):
        return OMIT if c.coin(0.7) else None
    if len(x) > 1 and c.coin(0.4):
        chosen = shuffled(c, range(len(x)))[: c.integer(2, len(x))]
        return tuple(a - len(x) if c.coin(0.3) else a for a in chosen)
    return one_axis(c, x)


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
    sizes = shuffled(c, sizes)
    if sizes and c.coin(0.3):
        sizes[c.integer(0, len(sizes) - 1)] = -1
    return tuple(sizes)


def permutation(c: Choices, x: Shape) -> Shape:
    """The axes in another order, 3-cycles included; sometimes counted from the end."""
    order = shuffled(c, range(len(x)))
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


def low(c: Choices, x: Shape) -> Any:
    """A lower limit, or none; sixteenths, so that no entry of a leaf meets it."""
    return c.one_of((OMIT, None, -15 / 16, -1 / 16, -17 / 16, -9 / 16, -23 / 16))


def high(c: Choices, x: Shape) -> Any:
    """An upper limit, or none."""
    return c.one_of((OMIT, None, 15 / 16, 1 / 16, 17 / 16, 9 / 16, 23 / 16))


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
    "low": low,
    "high": high,
}
"""One drawer for each kind of parameter that the vocabulary names."""
