"""Programs by hand: leaves and calls, then a sum with weights that differ from entry to entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...oracles.evaluate import Facts, examine
from ...oracles.program import Call, Leaf, Program, call


def finished(leaves: Sequence[Leaf], calls: Sequence[Call]) -> tuple[Program, Facts]:
    """The program that ends in the weighted sum of the last call's value, and its facts.

    What the last call gives is an output as well, if it is no scalar already. Weights are positive
    and differ. Raises `ProgramError` if the calls cannot be run.
    """
    bare = Program(tuple(leaves), tuple(calls), (len(leaves) + len(calls) - 1,)).checked()
    facts = examine(bare)
    last = facts.values[-1]
    if isinstance(last, tuple):
        first = Call("item", (bare.outputs[-1],), {"index": 0})
        return finished(leaves, [*calls, first])
    if not np.shape(last):
        return bare, facts
    weights = Leaf.of(np.arange(1.0, last.size + 1).reshape(last.shape))
    return weighted(leaves, calls, weights)


def weighted(leaves: Sequence[Leaf], calls: Sequence[Call], weights: Leaf) -> tuple[Program, Facts]:
    """The program with the weights as its last leaf; calls are numbered anew."""
    first = len(leaves)
    shifted = [
        Call(c.op, tuple(_after(a, first) for a in c.args), c.params) for c in calls
    ]  # fmt: skip
    end = first + len(calls)
    program = Program(
        (*leaves, weights),
        (*shifted, call("multiply", end, first), call("sum", end + 1)),
        (end, end + 2),
    ).checked()
    return program, examine(program)


def _after(arg: Any, first: int) -> Any:
    """The number of a value once a leaf stands between leaves and calls."""
    return arg + 1 if isinstance(arg, int) and arg >= first else arg


def free(value: Any) -> Leaf:
    """A leaf that wants its gradient."""
    return Leaf.of(np.asarray(value, float), requires_grad=True)


def fixed(value: Any) -> Leaf:
    """A leaf that wants none: real numbers, a mask or indices."""
    return Leaf.of(np.asarray(value))
