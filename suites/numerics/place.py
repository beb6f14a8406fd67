"""Where a program stands: at a tie, at a singular point, or merely far out; and what it is called.

All is read off the program itself, so that a replay needs no more than its JSON.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from ...oracles.evaluate import evaluate, row, tensors
from ...oracles.kit import Kit
from ...oracles.program import Call, Program, Static
from ...oracles.vocabulary import VOCABULARY
from .special import LARGEST, SMALLEST

Place = Literal["far", "tie", "singular", "outside"]
CONES = frozenset({"hypot", "std", "linalg.vector_norm", "linalg.matrix_norm"})
"""Ops whose slope stays bounded where they have none: no infinity meets a zero in a composition."""
STABLE = frozenset(
    {"special.logsumexp", "special.softmax", "special.log_softmax", "special.expit", "logaddexp"}
    | {"nn.functional.softplus"}
)
"""Ops that exist to be stable: no overflow on the way is an excuse."""


class TieKit(Kit):
    """float64, noting exact ties alone: infinities that meet nothing are none."""

    tied = False

    def greater(self, x: Any, y: Any) -> Any:
        """Whether x > y; equal entries are a tie."""
        self.tied = self.tied or bool(np.any(np.equal(x, y)))
        return np.asarray(np.greater(x, y)).astype(bool)

    def argmax(self, x: Any) -> Any:
        """The index of the largest along the last axis; two of them are a tie."""
        x = np.asarray(x)
        if x.size:
            top = np.sum(x == np.max(x, axis=-1, keepdims=True), axis=-1)
            self.tied = self.tied or bool(np.any(top > 1))
        return np.asarray(np.argmax(x, axis=-1))

    def argsort(self, x: Any) -> Any:
        """The order of the last axis; equal neighbours are a tie."""
        order = np.argsort(x, axis=-1, kind="stable")
        ranked = np.take_along_axis(np.asarray(x), order, axis=-1)
        self.tied = self.tied or bool(np.any(ranked[..., 1:] == ranked[..., :-1]))
        return order


def place(program: Program) -> Place:
    """`outside`: an output is no number, though no leaf was NaN."""
    kit = TieKit()
    values = evaluate(program, [leaf.array for leaf in program.leaves], kit)
    if nan_leaf(program):
        return "singular"
    if any(np.isnan(values[o]).any() for o in program.outputs):
        return "outside"
    if singular_ops(program, values):
        return "singular"
    return "tie" if kit.tied else "far"


@np.errstate(all="ignore")
def singular_ops(program: Program, values: list[Any]) -> set[str]:
    """The ops that stand at the edge of their domain or beyond it."""
    found = set()
    for call in program.calls:
        if call.op in VOCABULARY:
            args = [values[a] if isinstance(a, int) else a.value for a in call.args]
            if not row(call.op).domain(*args, **call.keywords) > 0:
                found.add(call.op)
    return found


def nan_leaf(program: Program) -> bool:
    """Whether an input is no number."""
    return any(np.isnan(leaf.array).any() for leaf in program.leaves if leaf.kind == "real")


def extreme(program: Program, values: list[Any], dtype: str) -> bool:
    """Whether a number occurs whose square leaves the range, so that formulas may overflow."""
    if STABLE & {*program.ops}:
        return False
    most, least = np.sqrt(LARGEST[dtype]), np.sqrt(SMALLEST[dtype])
    for value in tensors(values):
        if value.dtype.kind == "f":
            size = np.abs(value[value != 0])
            if np.any(size > most) or np.any(size < least):
                return True
    return False


def label(program: Program) -> str:
    """What is computed, as one expression without the weights.

    >>> from .points import KINKS
    >>> from .sketch import finished
    >>> label(finished(KINKS[2].leaves, KINKS[2].calls)[0])
    'maximum([1.0, -2.0], [1.0, -2.0])'
    """
    end = program.outputs[0] if len(program.outputs) > 1 else program.outputs[-1]
    return _expression(program, end)


def _expression(program: Program, value: int) -> str:
    first = len(program.leaves)
    if value < first:
        entries = program.leaves[value].array.tolist()
        flat = np.ravel(entries).tolist()
        return repr(flat[0] if flat and flat.count(flat[0]) == len(flat) else entries)
    call: Call = program.calls[value - first]
    args = [
        f"fixed {a.value!r}" if isinstance(a, Static) else _expression(program, a)
        for a in call.args
    ]
    args += [f"{k}={v!r}" for k, v in call.keywords.items()]
    return f"{call.op}({', '.join(args)})"
