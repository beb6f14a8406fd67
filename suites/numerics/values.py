"""Judging values at kinks and singular points, where mathematics may have no bound for them.

- A finite value is the same on all sides.
- Where values grow without bound (log at 0, 1/x at 0), infinity with its sign is right, and NaN is
  a convention: there is no value. A number is neither, however large: who clamps the argument hides
  a division by zero from all that follows.
- NaN among the inputs must come through.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...oracles import compare
from ...oracles.evaluate import evaluate
from ...oracles.kit import Kit
from ...oracles.program import Array, Program
from ...reports.records import Row
from ..adapter import Answer
from ..judge import Judgement
from ..trial import Trial
from .place import nan_leaf
from .special import LARGEST

CLAMPED = "A number where there is no bound: was an argument clamped, or something small added?"


def wrong_value(trial: Trial, answer: Answer, dtype: str) -> Judgement | None:
    """The judgement on the first output that is wrong; none if all are right."""
    program = trial.program
    if nan_leaf(program):
        return _lost_nan(program, answer)
    others = _with_negative_zeros(program)
    for o, value in zip(program.outputs, answer.values, strict=True):
        got, want = np.asarray(value, float), np.asarray(trial.facts.values[o])
        errors = _errors(got, want, np.asarray(others[o]), dtype)
        if np.any(errors > 1.0):
            return _judgement(program.name(o), got, want, errors)
    return None


def _lost_nan(program: Program, answer: Answer) -> Judgement | None:
    if np.isnan(answer.values[-1]).all():
        return None
    name = program.name(program.outputs[-1])
    return Judgement("wrong value", "form", message=f"{name} is {answer.values[-1]}, not nan: "
                     "the NaN among the inputs was lost")  # fmt: skip


@np.errstate(all="ignore")
def _with_negative_zeros(program: Program) -> list[Any]:
    """All values with -0 for 0 among the leaves: 1/x at 0 is infinite with the sign of a zero."""
    leaves = [
        np.where(x.array == 0, -x.array, x.array) if x.kind == "real" else x.array
        for x in program.leaves
    ]
    return evaluate(program, leaves, Kit())


def _errors(got: Array, want: Array, other: Array, dtype: str) -> Array:
    """In units of the tolerance: numbers against numbers, infinities by their sign."""
    held = compare.representable(want, dtype, LARGEST[dtype])
    finite = np.isfinite(held)
    size = float(np.max(np.abs(held), initial=1.0, where=finite))
    errors = compare.outside(got, held, held, size, dtype)
    allowed = np.isnan(got) | (got == want) | (np.isinf(other) & (got == other))
    beyond = np.isfinite(want) & ~finite  # overflow is judged far out, where noise is known
    return np.where(finite, errors, np.where(allowed | beyond, 0.0, np.inf))


def _judgement(name: str, got: Array, want: Array, errors: Array) -> Judgement:
    rows = tuple(_row(name, at, got, want, errors) for at in np.ndindex(got.shape))
    first = next(row for row in rows if row.wrong)
    clamped = np.any(np.isinf(want) & np.isfinite(got))
    return Judgement(
        "wrong value",
        "float64",
        float(np.clip(np.max(errors), 0, 1e300)),
        message=f"{first.entry} is {first.got}, but should be {first.want}",
        rows=rows,
        hint=CLAMPED if clamped else "",
    )


def _row(name: str, at: tuple[int, ...], got: Array, want: Array, errors: Array) -> Row:
    place = f"[{', '.join(map(str, at))}]" if at else ""
    return Row(
        entry=f"{name}{place}",
        got=repr(float(got[at])),
        want=repr(float(want[at])),
        error=f"{errors[at]:.3g}",
        wrong=bool(errors[at] > 1.0),
    )
