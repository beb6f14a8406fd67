"""Values for the parameters of the vocabulary's ops: a drawer for each kind of parameter.

A drawer sees the shape of the first argument, or of the first two (`PAIRS`). One that fills several
parameters of a row at once (`JOINT`) returns their values in the order of the row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .choices import Choices
from .draws import OMIT, RefusedError, Shape, one_axis, shuffled


def axes(c: Choices, x: Shape) -> Any:
    """None, one axis or several, from either end and in any order."""
    if not x or c.coin(0.25):
        return OMIT if c.coin(0.7) else None
    if len(x) > 1 and c.coin(0.4 if len(x) < 3 else 0.7):
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


def correction(c: Choices, x: Shape) -> Any:
    """What is taken off the count: an integer or not."""
    return c.one_of((OMIT, 0, 1, 1, 0.5, 1.5))


def count(c: Choices, x: Shape) -> int:
    """How often: seldom not at all."""
    return c.one_of((2, 2, 3, 1, 2, 3, 1, 0))


def repetitions(c: Choices, x: Shape) -> Shape:
    """How often along each axis: for fewer axes than there are, as many, or more."""
    length = c.integer(max(0, len(x) - 1), min(3, len(x) + 1))
    return tuple(c.one_of((1, 2, 2, 3)) for _ in range(length))


def axis_or_none(c: Choices, x: Shape) -> Any:
    """An axis, or all entries in a row."""
    return c.one_of((OMIT, None)) if not x or c.coin(0.3) else one_axis(c, x)


def diagonal(c: Choices, x: Shape) -> Any:
    """A diagonal of the last two axes, above or below the main one."""
    if len(x) < 2:
        raise RefusedError
    return OMIT if c.coin(0.25) else c.integer(-x[-2], x[-1])


def widths(c: Choices, x: Shape) -> tuple[Shape, ...]:
    """What is added before and behind each axis."""
    if not x:
        raise RefusedError
    return tuple((c.integer(0, 2), c.integer(0, 2)) for _ in x)


def fill(c: Choices, x: Shape) -> Any:
    """A plain number."""
    return c.one_of((OMIT, 1, -1, 2, 0.5))


def move(c: Choices, x: Shape) -> tuple[Any, Any]:
    """Axes, and where they go: one, or several in any order."""
    if c.coin(0.5):
        return one_axis(c, x), one_axis(c, x)
    number = c.integer(min(1, len(x)), len(x))
    source, target = (permutation(c, x)[:number] for _ in range(2))
    return source, target


def roll(c: Choices, x: Shape) -> tuple[Any, Any]:
    """How far, and along which axes: all entries in a row, one axis, or several."""
    if not x or c.coin(0.3):
        return c.integer(-3, 3), OMIT if c.coin(0.7) else None
    if c.coin(0.5):
        return c.integer(-3, 3), one_axis(c, x)
    chosen = permutation(c, x)[: c.integer(1, len(x))]
    return tuple(c.integer(-2, 3) for _ in chosen), chosen


def split(c: Choices, x: Shape) -> tuple[int, Any]:
    """Into how many equal parts, and along which axis."""
    axis = one_axis(c, x)
    parts = c.one_of([n for n in range(1, max(2, x[axis] + 1)) if x[axis] % n == 0])
    return parts, OMIT if axis == 0 and c.coin(0.5) else axis


def contraction(c: Choices, x: Shape, y: Shape) -> Any:
    """Axes of equal size that meet: the last of x and the first of y, or pairs of any."""
    numbers = [n for n in range(min(len(x), len(y)) + 1) if x[len(x) - n :] == y[:n]]
    if c.coin(0.5):
        number = c.one_of([n for n in numbers if n] or numbers)
        return OMIT if number == 2 and c.coin(0.5) else number
    pairs: list[tuple[int, int]] = []
    for i, j in shuffled(c, [(i, j) for i in range(len(x)) for j in range(len(y))]):
        met = any(i == a or j == b for a, b in pairs)
        if x[i] == y[j] and not met and len(pairs) < 2:
            pairs.append((i, j))
    back = c.coin(0.3)
    return tuple(i - len(x) if back else i for i, _ in pairs), tuple(j for _, j in pairs)


def shared_axis(c: Choices, x: Shape, y: Shape) -> Any:
    """An axis of equal size, counted from the back; by default the last."""
    shared = [a for a in range(-min(len(x), len(y)), 0) if x[a] == y[a]]
    if not shared:
        raise RefusedError
    axis = c.one_of(shared)
    return OMIT if axis == -1 and c.coin(0.5) else axis


def window(c: Choices, x: Shape, w: Shape) -> tuple[Any, ...]:
    """How kernels are laid on images: stride, padding, dilation, groups; they fit at one place."""
    if len(x) != 4 or len(w) != 4 or not w[1] or x[1] % w[1]:
        raise RefusedError
    groups = x[1] // w[1]
    stride = c.one_of((OMIT, OMIT, 2, (1, 2), (2, 1)))
    padding = c.one_of((OMIT, OMIT, 1, (1, 0), (0, 2)))
    dilation = c.one_of((OMIT, OMIT, OMIT, 2, (1, 2), (2, 1)))
    around, apart = _for_both(padding, 0), _for_both(dilation, 1)
    whole = [n + 2 * p for n, p in zip(x[2:], around, strict=True)]
    reach = [d * (size - 1) + 1 for d, size in zip(apart, w[2:], strict=True)]
    if w[0] % groups or any(n < r for n, r in zip(whole, reach, strict=True)):
        raise RefusedError
    return stride, padding, dilation, OMIT if groups == 1 and c.coin(0.7) else groups


def _for_both(value: Any, usual: int) -> Shape:
    """What a parameter of a window says of each axis."""
    number = usual if value is OMIT else value
    return (number, number) if isinstance(number, int) else number


DRAWERS: dict[str, Callable[..., Any]] = {
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
    "correction": correction,
    "count": count,
    "repetitions": repetitions,
    "axis or none": axis_or_none,
    "diagonal": diagonal,
    "widths": widths,
    "fill": fill,
    "move": move,
    "roll": roll,
    "split": split,
    "contraction": contraction,
    "shared axis": shared_axis,
    "window": window,
}
"""One drawer for each kind of parameter that the vocabulary names."""
JOINT = frozenset({"move", "roll", "split", "window"})
"""Kinds of several parameters that hang together, drawn at once."""
PAIRS = frozenset({"contraction", "shared axis", "window"})
"""Kinds that depend on the shapes of two arguments."""


def draw(c: Choices, params: Mapping[str, str], shapes: Sequence[Shape]) -> dict[str, Any]:
    """A value for each parameter, given the real shapes; those whose default applies are absent."""
    drawn: dict[str, Any] = {}
    seen = ""
    for name, kind in params.items():
        given = shapes[: 2 if kind in PAIRS else 1]
        if kind not in JOINT:
            value = DRAWERS[kind](c, *given)
            if value is not OMIT:
                drawn[name] = value
        elif kind != seen:  # all at once, with the first of them
            names = [n for n, k in params.items() if k == kind]
            values = DRAWERS[kind](c, *given)
            drawn.update({n: v for n, v in zip(names, values, strict=True) if v is not OMIT})
            seen = kind
    return drawn
