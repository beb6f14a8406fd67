"""One op applied, with parameters drawn for it; shared by focused programs and random graphs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..oracles.program import Leaf, Static
from ..oracles.vocabulary import Op
from . import draws
from .builder import Builder
from .choices import Choices
from .draws import RefusedError, Shape
from .parameters import draw


def applied(b: Builder, op: Op, args: list[int | Static]) -> list[int]:
    """Apply an op with parameters drawn for it; one or two of its results, if it has several."""
    value = b.call(op, args, _parameters(b, op, args))
    if not op.several:
        return [value]
    every = draws.shuffled(b.c, range(len(b.values[value])))
    return [b.item(value, i) for i in every[: b.c.integer(1, 2)]]


def count(c: Choices, op: Op) -> int:
    """How many slots get an argument: now and then not all of the optional ones."""
    return op.args - c.integer(0, op.optional) if op.optional and c.coin(0.5) else op.args


def _parameters(b: Builder, op: Op, args: list[int | Static]) -> dict[str, Any]:
    """One value for each parameter; `getitem` may add index arrays to its arguments."""
    if not op.params:
        return {}
    shapes = [b.values[a].shape for a in args if isinstance(a, int)]
    kinds = op.params
    if op.optional:  # arguments that are given take the place of parameters
        kinds = dict([*op.params.items()][max(0, len(args) - (op.args - op.optional)) :])
    params = draw(b.c, kinds, shapes)
    if b.whole:
        params = {k: round(v) if isinstance(v, float) else v for k, v in params.items()}
    if op.shapes == "concat":
        params["axis"] = _common_axis(b, args)
    if op.shapes == "index" and shapes[0] and b.c.coin(0.4):
        params["key"] = _index_array(b, args, shapes[0])
    if op.shapes in ("take", "take along"):
        args.append(b.add(Leaf.of(_indices(b.c, op, shapes[0], params["axis"]))))
    return params


def _indices(c: Choices, op: Op, shape: Shape, axis: int) -> Any:
    """Places along an axis, repeats included: a row of them, or as many as there are entries."""
    if not shape[axis]:
        raise RefusedError
    count = c.integer(1, 3)
    wanted: Shape = (count,)
    if op.shapes == "take along":
        wide = tuple(1 if c.coin(0.15) else n for n in shape)
        at = axis % len(shape)
        wanted = (*wide[:at], count, *wide[at + 1 :])
    places = [c.integer(0, shape[axis] - 1) for _ in range(math.prod(wanted))]
    return np.array(places, dtype=int).reshape(wanted)


def _common_axis(b: Builder, args: list[int | Static]) -> int:
    """The axis along which the shapes may differ, from either end."""
    shapes = [b.values[a].shape for a in args if isinstance(a, int)]
    differ = [i for i, sizes in enumerate(zip(*shapes, strict=True)) if len(set(sizes)) > 1]
    axis = differ[0] if differ else draws.one_axis(b.c, shapes[0])
    return axis - len(shapes[0]) if b.c.coin(0.3) and axis >= 0 else axis


def _index_array(b: Builder, args: list[int | Static], shape: Shape) -> list[Any]:
    """Index by integers (repeats included) or by a mask, along some axis."""
    c = b.c
    axis = c.integer(0, len(shape) - 1)
    if not shape[axis]:
        raise RefusedError
    if c.coin(0.25):
        index = np.array([c.coin(0.6) for _ in range(shape[axis])], dtype=bool)
    else:
        count = c.one_of(((3,), (2,), (2, 2), (4,)))
        index = np.array([c.integer(0, shape[axis] - 1) for _ in range(math.prod(count))])
        index = index.reshape(count)
    args.append(b.add(Leaf.of(index)))
    before: list[Any] = [{"slice": [None, None, None]}] * axis
    return [*before, {"arg": len(args) - 1}]
