"""A program to be edited, and the programs that end at one of its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..oracles.program import Call, Leaf, Program
from .builder import is_real
from .trial import Trial

WEIGHING = ("multiply", "divide", "")
"""What gives each entry a weight of its own before the sum, the last of them nothing."""


class Sketch:
    """A program to be edited: nodes by number, so that a leaf can take the place of a call."""

    def __init__(self, program: Program) -> None:
        """The program's leaves and calls, under their own numbers."""
        first = len(program.leaves)
        self.nodes: dict[int, Leaf | Call] = dict(enumerate(program.leaves))
        self.nodes.update(enumerate(program.calls, start=first))
        self.outputs = list(program.outputs)

    def append(self, node: Leaf | Call) -> int:
        """Add a node; its number."""
        number = max(self.nodes) + 1
        self.nodes[number] = node
        return number

    def redirect(self, old: int, new: int) -> None:
        """Everything that took `old` takes `new`."""
        for number, node in self.nodes.items():
            if isinstance(node, Call) and old in node.refs:
                args = tuple(new if a == old and isinstance(a, int) else a for a in node.args)
                self.nodes[number] = Call(node.op, args, node.params)
        self.outputs = [new if o == old else o for o in self.outputs]

    def prune(self) -> None:
        """Drop what no output needs."""
        needed, stack = set[int](), list(self.outputs)
        while stack:
            number = stack.pop()
            if number not in needed:
                needed.add(number)
                node = self.nodes[number]
                stack.extend(node.refs if isinstance(node, Call) else ())
        self.nodes = {n: node for n, node in self.nodes.items() if n in needed}

    def program(self) -> Program:
        """The program, leaves first, calls in the order of their numbers."""
        leaves = [n for n in sorted(self.nodes) if isinstance(self.nodes[n], Leaf)]
        calls = [n for n in sorted(self.nodes) if isinstance(self.nodes[n], Call)]
        place = {old: new for new, old in enumerate(leaves + calls)}
        return Program(
            tuple(self.nodes[n] for n in leaves),  # type: ignore[misc]
            tuple(_renumbered(self.nodes[n], place) for n in calls),
            tuple(place[o] for o in self.outputs),
        ).checked()


def _renumbered(call: Any, place: dict[int, int]) -> Call:
    args = tuple(place[a] if isinstance(a, int) else a for a in call.args)
    return Call(call.op, args, call.params)


def roots(trial: Trial, value: int) -> Iterator[Sketch]:
    """The program up to one value, then its sum, with weights by an op of `WEIGHING`, or plain.

    The first is the sharpest, and the others are for engines that do not offer what it adds. A
    scalar needs no end; a value that is not real has none.
    """
    x = trial.facts.values[value]
    if not is_real(x):
        return
    for op in WEIGHING if np.shape(x) else ("",):
        sketch = Sketch(trial.program)
        end = value
        if op:
            weights = np.arange(1.0, x.size + 1).reshape(x.shape)
            end = sketch.append(Call(op, (end, sketch.append(Leaf.of(weights)))))
        if np.shape(x):
            end = sketch.append(Call("sum", (end,)))
        sketch.outputs = [end]
        sketch.prune()
        yield sketch
