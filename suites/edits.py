"""Smaller programs to try in place of a failing one, the boldest first: an edit yields sketches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from ..oracles.program import Call, Leaf, Program, ProgramError
from .sketch import Sketch, roots
from .trial import Trial

PICKS: tuple[Any, ...] = (0, (..., 0), -1, (..., -1))
"""Ways to index an axis away."""


def candidates(trial: Trial) -> Iterator[Program]:
    """Smaller programs, the boldest first; many will not be valid."""
    for edit in (_drop, _root, _cut, _bypass, _shrink, _flatten, _axes, _params, _plain):
        for sketch in edit(trial):
            try:
                yield sketch.program()
            except (ProgramError, KeyError):
                continue


def _drop(trial: Trial) -> Iterator[Sketch]:
    """Without unused branches (all, or one call of them), without early outputs."""
    program = trial.program
    for outputs in (program.outputs, program.outputs[-1:]):
        sketch = Sketch(program)
        sketch.outputs = list(outputs)
        if len(outputs) < len(program.outputs):
            yield sketch
            sketch = Sketch(program)
            sketch.outputs = list(outputs)
        sketch.prune()
        yield sketch
    used = {r for call in program.calls for r in call.refs} | {*program.outputs}
    for number in range(len(program.leaves) + len(program.calls)):
        if number not in used:
            sketch = Sketch(program)
            del sketch.nodes[number]
            yield sketch


def _root(trial: Trial) -> Iterator[Sketch]:
    """End earlier: at each value in turn; of an engine that multiplies, with weights."""
    first = len(trial.program.leaves)
    ends = 1 if "multiply" in trial.program.ops else None
    for value in range(first, first + len(trial.program.calls)):
        yield from islice(roots(trial, value), ends)


def _cut(trial: Trial) -> Iterator[Sketch]:
    """A call becomes a leaf of its value, on the grid; late ones first."""
    first = len(trial.program.leaves)
    for value in reversed(range(first, first + len(trial.program.calls))):
        x = trial.facts.values[value]
        if isinstance(x, tuple):
            continue
        sketch = Sketch(trial.program)
        if x.dtype.kind == "f":
            sketch.nodes[value] = Leaf.of(np.round(x * 8) / 8, requires_grad=True)
        else:
            sketch.nodes[value] = Leaf.of(x)
        sketch.prune()
        yield sketch


def _bypass(trial: Trial) -> Iterator[Sketch]:
    """A call's result is replaced by one of its arguments of the same kind, if shapes allow it."""
    program, values = trial.program, trial.facts.values
    for number, call in enumerate(program.calls, start=len(program.leaves)):
        for ref in dict.fromkeys(_below(program, call)):
            if _kind(values[ref]) == _kind(values[number]):
                sketch = Sketch(program)
                sketch.redirect(number, ref)
                sketch.prune()
                yield sketch
                sketch = Sketch(program)  # the unused branches may matter
                sketch.redirect(number, ref)
                del sketch.nodes[number]
                yield sketch


def _below(program: Program, call: Call) -> tuple[int, ...]:
    """What a call takes; for one of several results, what the op that has them takes."""
    if call.op != "item":
        return call.refs
    return program.calls[call.refs[0] - len(program.leaves)].refs


def _kind(value: Any) -> str:
    return "" if isinstance(value, tuple) else str(value.dtype.kind)


def _shrink(trial: Trial) -> Iterator[Sketch]:
    """Every axis of one size gets a smaller one, in leaves and in shape parameters alike."""
    program = trial.program
    sizes = sorted({n for leaf in program.leaves for n in leaf.shape if n > 1}, reverse=True)
    for old in sizes:
        for new in (1, 2):
            if new < old:
                yield _resized(program, old, new)
    for i, leaf in enumerate(program.leaves):
        for axis, n in enumerate(leaf.shape):
            for new in (1, 2):
                if new < n:
                    shape = (*leaf.shape[:axis], new, *leaf.shape[axis + 1 :])
                    yield _reshaped(program, {i: shape})
                    yield _reshaped(program, {i: shape}, at_end=True)


def _resized(program: Program, old: int, new: int) -> Sketch:
    def size(n: int) -> int:
        return new if n == old else n

    shapes = {i: tuple(map(size, leaf.shape)) for i, leaf in enumerate(program.leaves)}
    sketch = _reshaped(program, shapes)
    for number, node in sketch.nodes.items():
        if isinstance(node, Call) and "shape" in node.params:
            shape = [size(n) for n in node.params["shape"]]
            sketch.nodes[number] = Call(node.op, node.args, {**node.params, "shape": shape})
    return sketch


def _reshaped(program: Program, shapes: dict[int, tuple[int, ...]], at_end: bool = False) -> Sketch:
    """Leaves cut down to the first (or last) part of their entries along each axis."""
    sketch = Sketch(program)
    for i, shape in shapes.items():
        leaf = program.leaves[i]
        if leaf.shape != shape:
            cut = (slice(m - n, None) if at_end else slice(n)
                   for m, n in zip(leaf.shape, shape, strict=True))  # fmt: skip
            part = leaf.array[tuple(cut)]
            if part.dtype.kind == "i":
                part = np.minimum(part, max(shape, default=1) - 1)
            sketch.nodes[i] = Leaf.of(part, leaf.requires_grad, leaf.layout)
    return sketch


def _flatten(trial: Trial) -> Iterator[Sketch]:
    """Fewer axes: all leaves scalar, or one leaf without its first or last axis."""
    program = trial.program
    if any(leaf.shape for leaf in program.leaves):
        for k in (0, -1):
            sketch = Sketch(program)
            for i, leaf in enumerate(program.leaves):
                if leaf.array.size:
                    sketch.nodes[i] = Leaf.of(leaf.array.ravel()[k], leaf.requires_grad)
            yield sketch
    for pick in PICKS:
        for chosen in (range(len(program.leaves)), *([i] for i in range(len(program.leaves)))):
            sketch = Sketch(program)
            for i in chosen:
                leaf = program.leaves[i]
                if leaf.shape and leaf.array.size:
                    sketch.nodes[i] = Leaf.of(leaf.array[pick], leaf.requires_grad)
            yield sketch
            yield _without_sum(sketch)


def _without_sum(sketch: Sketch) -> Sketch:
    """The same without sums, as far as they stand last."""
    bare = Sketch(sketch.program())
    last = bare.nodes[bare.outputs[-1]]
    if isinstance(last, Call) and last.op == "sum":
        bare.redirect(bare.outputs[-1], last.refs[0])
        bare.prune()
    return bare


def _axes(trial: Trial) -> Iterator[Sketch]:
    """Where a call takes several axes of a leaf: both without one of them."""
    program = trial.program
    for number, call in enumerate(program.calls, start=len(program.leaves)):
        axes, ref = call.params.get("axis"), next(iter(call.refs), number)
        if not isinstance(axes, list) or len(axes) < 2 or ref >= len(program.leaves):
            continue
        leaf = program.leaves[ref]
        for axis in axes if leaf.array.size else ():
            gone = axis % leaf.array.ndim
            rest = [_renamed(a, gone, leaf.array.ndim) for a in axes if a != axis]
            sketch = Sketch(program)
            sketch.nodes[ref] = Leaf.of(leaf.array.take(0, gone), leaf.requires_grad)
            sketch.nodes[number] = Call(call.op, call.args, {**call.params, "axis": rest})
            yield sketch


def _renamed(axis: int, gone: int, rank: int) -> int:
    """The name of an axis, from the same end as before, when another is gone."""
    if axis < 0:
        return axis + (axis + rank < gone)
    return axis - (axis > gone)


def _params(trial: Trial) -> Iterator[Sketch]:
    """Without a parameter, in plain layout."""
    for number, call in enumerate(trial.program.calls, start=len(trial.program.leaves)):
        for name in call.params:
            rest = {k: v for k, v in call.params.items() if k != name}
            sketch = Sketch(trial.program)
            sketch.nodes[number] = Call(call.op, call.args, rest)
            yield sketch
    for i, leaf in enumerate(trial.program.leaves):
        if leaf.layout != "C":
            sketch = Sketch(trial.program)
            sketch.nodes[i] = Leaf(leaf.kind, leaf.shape, leaf.data, leaf.requires_grad)
            yield sketch


def _plain(trial: Trial) -> Iterator[Sketch]:
    """Entries 1, 1, 1 … or 1, 2, 3 …, or rounded, or one of them made 1."""
    for i, leaf in enumerate(trial.program.leaves):
        if leaf.kind != "real":
            continue
        x = leaf.array
        count = np.arange(1.0, x.size + 1).reshape(x.shape)
        for plain in (np.ones(x.shape), count, np.sign(x) * np.ceil(np.abs(x)), _one(x)):
            sketch = Sketch(trial.program)
            sketch.nodes[i] = Leaf.of(plain, leaf.requires_grad, leaf.layout)
            yield sketch


def _one(x: Any) -> Any:
    """The entry that is farthest from 1 made 1."""
    y = x.copy()
    if y.size:
        y.flat[int(np.argmax(np.abs(y - 1)))] = 1.0
    return y
