"""Random programs that are valid by construction and stay away from kinks and singular points.

`focused` puts one op in the middle of every form it takes: shapes, broadcasting in every slot, all
parameters, the same tensor in two slots, constants, special values, layouts. `graph` grows a random
graph of a few ops: reuse, diamonds, unused branches, values read before the sweep. Both end in a
weighted sum with non-uniform constants, so that no two contributions can cancel or be swapped.

The float64 meaning runs while a program grows: a call that leaves the domain, comes near a tie or
grows too large is refused, and another is drawn.

>>> from gradassay.suites.choices import RandomChoices
>>> trial = focused("matmul", RandomChoices(3), Scope(ops=("matmul", "multiply", "sum")))
>>> "matmul" in trial.program.ops, trial.facts.smooth
(True, True)
"""

from __future__ import annotations

import functools

import numpy as np

from ..oracles.program import Leaf, Static
from ..oracles.vocabulary import VOCABULARY, Op
from . import draws
from .builder import Builder, Scope
from .calls import applied, count
from .choices import Choices
from .data import Limits, mask
from .draws import NotOfferedError, RefusedError, Shape
from .trial import Trial

ATTEMPTS = 8


@np.errstate(all="ignore")
def focused(name: str, choices: Choices, scope: Scope, whole: bool = False) -> Trial | None:
    """A program about one op, or none if `ATTEMPTS` draws were refused (too near a tie).

    Raises `NotOfferedError` if they were refused because the engine lacks a keyword.
    """
    op = VOCABULARY[name]
    lacking = 0
    for _ in range(ATTEMPTS):
        b = Builder(choices, scope, whole)
        try:
            args = _arguments(b, op)
            results = applied(b, op, args)
            return _finished(b, op, results)
        except NotOfferedError:
            lacking += 1
        except RefusedError:
            continue
    if lacking == ATTEMPTS:
        raise NotOfferedError
    return None


def _finished(b: Builder, op: Op, results: list[int]) -> Trial:
    """Use the result once or twice, end in a scalar, sometimes report the result as well."""
    result = first = results[0]
    _unused(b)
    if not op.differentiable:
        result = _select(b, result)
    elif b.c.coin(0.1) and "multiply" in b.scope.ops:
        result = b.call(VOCABULARY["multiply"], (result, result), {})
    last = b.weighted_sum(result)
    if len(results) > 1 and "add" in b.scope.ops:
        last = b.call(VOCABULARY["add"], (last, b.weighted_sum(results[1])), {})
    early = first != last and op.differentiable and b.c.coin(0.15)
    return b.trial([first, last] if early else [last])


def _unused(b: Builder) -> None:
    """Now and then a leaf that nothing takes: it has no gradient, or zeros."""
    if b.c.coin(0.05):
        b.leaf(draws.shape(b.c, b.scope.ranks))


def _select(b: Builder, condition: int) -> int:
    """What a comparison is for: choosing between two branches."""
    if "where" not in b.scope.ops:
        raise RefusedError
    shape = b.values[condition].shape
    return b.call(VOCABULARY["where"], (condition, b.leaf(shape), b.leaf(shape)), {})


def _arguments(b: Builder, op: Op) -> list[int | Static]:
    """Leaves for every slot: shapes that fit, now and then a constant or one tensor twice."""
    c = b.c
    shapes = _shapes(b, op)
    args: list[int | Static] = []
    for slot, shape in enumerate(shapes):
        numbers = op.static.get(slot)
        forced = slot in b.scope.static.get(op.name, ())
        same = [a for a in args if a in b.reals and b.values[a].shape == shape]
        if numbers and (forced or c.coin(0.5)):
            args.append(Static(c.one_of(numbers)))
        elif forced:
            args.append(Static(c.integer(1, 3)))
        elif op.kind(slot) == "bool":
            args.append(b.add(Leaf.of(mask(c, shape))))
        elif same and op.kind(slot) == "real" and c.coin(0.12):
            args.append(c.one_of(same))
        elif same and c.coin(0.05):
            args.append(b.add(b.leaves[same[0]]))
        else:
            args.append(b.leaf(shape, not c.coin(0.16), op.leaves.get(slot, op.range)))
    return args


def _shapes(b: Builder, op: Op) -> list[Shape]:
    c, ranks = b.c, b.scope.ranks
    if op.shapes == "matmul":
        return list(draws.matmul_shapes(c))
    if op.shapes == "window":
        return list(draws.window_shapes(c))
    full = draws.shape(c, ranks)
    if op.shapes == "broadcast":
        return [_allowed(b, draws.narrower(c, full) if c.coin(0.45) else full)
                for _ in range(count(c, op))]  # fmt: skip
    if "unit axis" in op.params.values():
        full = tuple(1 if c.coin(0.5) else n for n in full) or (1,)
    if op.shapes == "concat":
        axis = draws.one_axis(c, full)
        other = list(full)
        other[axis] = c.integer(1, 3)
        return [full, full if c.coin(0.3) else tuple(other)]
    if op.shapes == "outer":
        full = (c.integer(0, 4) or 1,)
    if op.shapes in ("stack", "outer", "contraction", "vecdot"):
        return [full, draws.partner(c, op.shapes, full)]
    return [full]


def _allowed(b: Builder, shape: Shape) -> Shape:
    if b.scope.ranks is not None and len(shape) not in b.scope.ranks:
        raise RefusedError
    return shape


@functools.lru_cache
def _menu(names: tuple[str, ...], whole: bool) -> tuple[Op, ...]:
    """The ops that graphs are made of: differentiable, on integers exact; no windows, of rank 4."""
    rows = (VOCABULARY[name] for name in names if VOCABULARY[name].shapes != "window")
    return tuple(op for op in rows if op.differentiable and (op.exact or not whole))


@np.errstate(all="ignore")
def graph(choices: Choices, scope: Scope, whole: bool = False) -> Trial | None:
    """A random graph of 2 to 12 calls over 1 to 4 ops, or none if nothing could be built."""
    menu = _menu(scope.ops if scope.menu is None else scope.menu, whole)
    if not menu:
        return None
    c = choices
    longest = max(1, min(12, (scope.max_chain or 99) - 2))
    for _ in range(ATTEMPTS):
        b = Builder(c, scope, whole)
        swarm = [c.one_of(menu) for _ in range(c.integer(1, 4))]
        results = _grow(b, swarm, c.integer(min(2, longest), longest))
        try:
            if results:
                return _rooted(b, results)
        except RefusedError:
            continue
    return None


def _grow(b: Builder, swarm: list[Op], length: int) -> list[int]:
    """Apply ops of the swarm to what there is, or to new leaves, until `length` calls stand."""
    b.leaf(draws.shape(b.c, b.scope.ranks))
    results: list[int] = []
    for _ in range(3 * length):
        if len(results) >= length:
            break
        mark = b.mark
        op = b.c.one_of(swarm)
        try:
            args = _linked(b, op)
            results += applied(b, op, args)
        except RefusedError:
            b.forget(mark)
    return results


def _linked(b: Builder, op: Op) -> list[int | Static]:
    """Arguments among the values there are (diamonds, the same twice), else new leaves."""
    c, reals = b.c, b.reals
    first = reals[-1] if c.coin(0.5) else c.one_of(reals)
    if op.range is not None and not b.fits(first, op.range):
        first = _within(b, first, op.range)
    if op.args == 1:
        return [first]
    static = b.scope.static.get(op.name, ())
    args: list[int | Static] = []
    for slot in range(count(c, op)):
        kind = op.kind(slot) if op.kinds else "real"
        if kind == "integer":
            continue  # drawn with the axis
        numbers = op.static.get(slot) if op.static else None
        forced = slot in static
        if numbers and (forced or c.coin(0.6)):
            args.append(Static(c.one_of(numbers)))
        elif forced:
            args.append(Static(c.integer(1, 3)))
        elif kind == "bool":
            shape = draws.narrower(c, b.values[first].shape)
            args.append(b.add(Leaf.of(mask(c, shape))))
        else:
            args.append(_partner(b, op, args, first, reals))
    return args


def _within(b: Builder, wanted: int, limits: Limits) -> int:
    """A value that an op takes, instead of one that it does not: there already, or a new leaf."""
    fits = [i for i in b.reals if b.fits(i, limits)]
    return b.c.one_of(fits) if fits else b.leaf(b.values[wanted].shape, not b.c.coin(0.15), limits)


def _partner(b: Builder, op: Op, args: list[int | Static], first: int, reals: list[int]) -> int:
    """The first real argument is `first`; the next one fits it."""
    if first not in args:
        return first
    c, values, shape = b.c, b.values, b.values[first].shape
    if op.shapes == "matmul":
        if not shape:
            raise RefusedError
        inner = shape[-1]
        wanted: Shape = (inner, c.integer(1, 3)) if c.coin(0.7) else (inner,)
    elif op.shapes != "broadcast":
        wanted = draws.partner(c, op.shapes, shape)
    else:
        wanted = draws.narrower(c, shape) if c.coin(0.4) else shape
    fits = [i for i in reals if values[i].shape == wanted]
    if fits and c.coin(0.7):
        return c.one_of(fits)
    limits = op.leaves.get(len(args), op.range)
    return b.leaf(_allowed(b, wanted), not c.coin(0.15), limits)


def _rooted(b: Builder, results: list[int]) -> Trial:
    """Sum the loose ends (or leave some unused) to a scalar that depends on some leaf."""
    c = b.c
    _unused(b)
    used = b.used
    loose = [r for r in results if r not in used] or results[-1:]
    chosen = [r for r in loose[-3:-1] if c.coin(0.6)] + loose[-1:]
    last = b.weighted_sum(chosen[0])
    for r in chosen[1:]:
        if "add" in b.scope.ops:
            last = b.call(VOCABULARY["add"], (last, b.weighted_sum(r)), {})
    outputs = [last]
    if c.coin(0.15):
        outputs.insert(0, c.one_of([r for r in results if r in b.reals]))
    return b.trial(outputs)
