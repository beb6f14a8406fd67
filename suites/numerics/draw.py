"""The programs of one op: at chosen points, then at the far ends of every slot.

Ops that act entry by entry meet each special value, or pair of values, in a program of its own.
Others take programs of the generator, with parameters and shapes as it draws them, and their leaves
are filled with patterns of special values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, product
from typing import Any

import numpy as np

from ...oracles.evaluate import UnsupportedError
from ...oracles.limits import LARGEST
from ...oracles.program import Call, Leaf, Program, ProgramError, Static, call
from ...oracles.vocabulary import VOCABULARY, Op
from ..builder import Scope
from ..choices import RandomChoices
from ..draws import NotOfferedError
from ..generate import focused
from ..trial import Trial
from .judging import judged, place_of
from .place import STABLE
from .points import POINTS
from .sketch import finished, fixed, free
from .special import HUGE, PATTERNS, TIES, filled, pairs, singles

FEW = 4
"""So many scalars at most in a generated program at a tie: each doubles its branches."""
SIGNIFICANT = {"float16": 11, "bfloat16": 8, "float32": 24}


def drawn(op: str, dtype: str, scope: Scope, count: int, seed: int) -> Iterator[Trial | str]:
    """Up to `count` trials about one op, or in place of one the outcome that says why not."""
    row = VOCABULARY[op]
    sources = chain(_points(op), _entrywise(row, dtype), _filled(row, dtype, scope, seed, count))
    tried: set[str] = set()
    left = count
    for sketch in sources:
        made = sketch if isinstance(sketch, str) else _trial(sketch, dtype, scope)
        name = made.id if isinstance(made, Trial) else ""
        if not made or name in tried:
            continue
        if left == 0:
            return
        left -= 1
        tried |= {name} - {""}
        yield made


Sketch = tuple[Sequence[Leaf], Sequence[Call]] | Program | str
"""Leaves and calls, a whole program, or the outcome that says why there is none."""


def _points(op: str) -> Iterator[Sketch]:
    return ((p.leaves, p.calls) for p in POINTS if p.op == op)


def _entrywise(row: Op, dtype: str) -> Iterator[Sketch]:
    """Values one by one, in ops of one or two slots without parameters."""
    plain = row.shapes == "broadcast" and not row.params and not row.kinds and row.differentiable
    if not plain:
        return
    for slot, numbers in row.static.items():
        for values, n in product(singles(dtype), numbers):
            args: list[Any] = [0] * row.args
            args[slot] = Static(n)
            yield [free(values)], [call(row.name, *args)]
    if row.args == 1:
        for values in singles(dtype):
            yield [free(values)], [call(row.name, 0)]
        for single in chain.from_iterable(singles(dtype)):
            yield [free(single)], [call(row.name, 0)]
    if row.args == 2:
        for a, b in TIES:
            yield [free([a, a]), free([b, b])], [call(row.name, 0, 1)]
        for x, y in pairs(dtype):
            yield [free(x), free(y)], [call(row.name, 0, 1)]


def _filled(row: Op, dtype: str, scope: Scope, seed: int, count: int) -> Iterator[Sketch]:
    """The generator's own programs, with leaves of special values."""
    if not row.differentiable or scope.ranks == frozenset({0}):
        return
    huge = HUGE[dtype]
    patterns = [*PATTERNS.values(), (1.0, 0.0, 0.0)]
    if row.name not in STABLE:  # log n beside 1e200 is nothing, and so are shares of a tie there
        patterns += [(huge, 1.0), (1 / huge, 2.0), (huge, -huge)]
    if row.shapes == "broadcast" and not row.params and not row.kinds:
        patterns = patterns[:4]  # its values have been met one by one
    for k in range(2 * count):
        choices = RandomChoices(seed * 1_000_003 + k)
        try:
            trial = focused(row.name, choices, scope)
        except NotOfferedError:
            yield "not offered"
            continue
        if trial is not None:
            yield _with(trial.program, patterns[k % len(patterns)])


def _with(program: Program, values: tuple[float, ...]) -> Program:
    """The wanted leaves filled with special values."""
    leaves = tuple(
        Leaf.of(filled(x.shape, values), True, x.layout) if x.requires_grad else x
        for x in program.leaves
    )
    return Program(leaves, program.calls, program.outputs)


def _trial(
    sketch: tuple[Sequence[Leaf], Sequence[Call]] | Program, dtype: str, scope: Scope
) -> Trial | str:
    """A trial; the reason why the engine cannot take it; "" for one that says nothing."""
    generated = isinstance(sketch, Program)
    try:
        program = _program(sketch, dtype, scope)
        if not _offered(program, scope):
            return "not offered"
        trial = Trial.of(program, judged=judged)
        where = place_of(trial.json)
    except (ProgramError, UnsupportedError):
        return ""
    size = sum(program.leaves[i].array.size for i in program.wanted)
    crowded = where in ("tie", "singular") and size > (FEW if generated else LARGEST)
    vague = generated and where == "singular"  # by chance, so about nothing in particular
    return "" if where == "outside" or vague or crowded or not size else trial


def _program(
    sketch: tuple[Sequence[Leaf], Sequence[Call]] | Program, dtype: str, scope: Scope
) -> Program:
    """The program, its entries on the dtype's grid; scalars for an engine of scalars."""
    if isinstance(sketch, Program):
        exact = tuple(_on_grid(leaf, dtype) for leaf in sketch.leaves)
        return Program(exact, sketch.calls, sketch.outputs)
    leaves = [_on_grid(leaf, dtype) for leaf in sketch[0]]
    if scope.ranks == frozenset({0}):
        leaves = [_scalar(leaf) for leaf in leaves]
    return finished(leaves, sketch[1])[0]


def _offered(program: Program, scope: Scope) -> bool:
    """Whether the engine has the ops, the keywords, and tensors in the slots."""
    return all(
        (c.op == "item" or c.op in scope.ops)
        and not any((c.op, k) in scope.without for k in c.params)
        and all(
            isinstance(c.args[s], Static) for s in scope.static.get(c.op, ()) if s < len(c.args)
        )
        for c in program.calls
    )


def _scalar(leaf: Leaf) -> Leaf:
    """The first entry, for an engine of scalars."""
    first = leaf.array.ravel()[:1].reshape(())
    return free(first) if leaf.requires_grad else fixed(first)


def _on_grid(leaf: Leaf, dtype: str) -> Leaf:
    """The leaf with entries that the dtype holds exactly."""
    if leaf.kind != "real" or dtype not in SIGNIFICANT:
        return leaf
    mantissa, exponent = np.frexp(leaf.array)
    scale = 2.0 ** SIGNIFICANT[dtype]
    near = np.where(np.isfinite(leaf.array), np.ldexp(np.round(mantissa * scale) / scale, exponent),
                    leaf.array)  # fmt: skip
    return Leaf.of(near, leaf.requires_grad, leaf.layout)
