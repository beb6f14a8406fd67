"""Judging at the far ends: against Taylor balls, and nothing is asked that no formula could give.

- A result beyond the dtype's range must be infinite.
- Noise is that of PyTorch's formula, measured. Where it swallows the truth, there is `no power`.
- Where a number occurs whose square leaves the range, a zero, an infinity or a NaN is no
  difference: ordinary formulas lose such results. A wrong finite number is one.
- Ops that exist to be stable (`STABLE`: logsumexp, softplus, …) have no such excuse.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ...oracles import compare, pytorch, rounding, taylor
from ...oracles.evaluate import UnsupportedError, tensors
from ...oracles.program import Array, Program
from ...oracles.truth import Truth
from ..adapter import Answer
from ..explain import DIAGNOSES, entry_rows
from ..judge import Judgement, Rules
from ..trial import Trial
from .place import extreme
from .special import LARGEST

BITS = 2400
"""Enough to tell 1e-200 from 0 beside 1e200."""
FUSED = {"special.log_softmax"}
"""Ops that take log(1 + small) away from 0 inside: an error of one unit, which no noise shows."""
Quantity = tuple[str, str, Array, Array, compare.Entries, Array]
"""An outcome, its name, what was got, what it should be, the errors, and what is forgiven."""


@lru_cache(maxsize=4096)
def _truth(json: bytes) -> pytorch.Run:
    return taylor.gradient(Program.from_json(json), BITS)


@lru_cache(maxsize=8192)
def _noise(json: bytes, dtype: str, seed: int) -> rounding.Noise:
    return rounding.measure(Program.from_json(json), dtype, seed)


def judge_ends(trial: Trial, answer: Answer, rules: Rules) -> Judgement:
    """The judgement on an answer whose form is right."""
    try:
        run = _truth(trial.json)
    except UnsupportedError as error:
        return Judgement("no power", message=f"no ball: {error}")
    values = trial.facts.values
    loose = extreme(trial.program, values, rules.dtype)
    nothing = rounding.Noise(
        [np.zeros(np.shape(v)) for v in run[0]],
        [None if g is None else np.zeros(g.shape) for g in run[1]],
        "no noise",
    )
    found = list(_quantities(trial, answer, rules.dtype, run, nothing, loose))
    if all(q[4].worst <= 1.0 and not q[5].any() for q in found):
        return Judgement("agrees", "taylor", max(q[4].worst for q in found), 0.0)
    try:
        noise = _noise(trial.json, rules.dtype, trial.seed % 2**31)
    except UnsupportedError as error:
        return Judgement("no power", message=f"no noise: {error}")
    found = list(_quantities(trial, answer, rules.dtype, run, noise, loose))
    return _weigh(found, Truth(run, noise, "taylor", {}, ()), rules.dtype, _size(values, loose))


def _quantities(
    trial: Trial, answer: Answer, dtype: str, run: pytorch.Run, noise: rounding.Noise, loose: bool
) -> Any:
    """Every output and wanted gradient beside the truth, as the dtype can hold it."""
    program = trial.program
    pairs: list[tuple[str, str, Any, Any, Any]] = [
        ("wrong value", program.name(o), got, want, n)
        for o, got, want, n in zip(
            program.outputs, answer.values, run[0], noise.values, strict=True
        )
    ]
    for i in program.wanted:
        got = answer.grads[i]
        zeros = np.zeros(program.leaves[i].shape)
        pairs.append(("wrong gradient", f"{program.name(i)}.grad", zeros if got is None else got,
                      run[1][i], noise.gradients[i]))  # fmt: skip
    inner = all(np.isfinite(v).all() for v in tensors(trial.facts.values) if v.dtype.kind == "f")
    for k, (outcome, name, got, want, n) in enumerate(pairs):
        got = np.asarray(got, np.float64)
        want = compare.representable(np.asarray(want), dtype, LARGEST[dtype])
        if outcome == "wrong value" and FUSED & {*program.ops}:
            n = n + rounding.UNIT[dtype]
        forgiven = np.zeros(want.shape, bool)
        if loose:
            odd = (got == 0) | ~np.isfinite(got)
            forgiven = odd & (got != want) & ~(np.isnan(got) & np.isnan(want))
        with np.errstate(all="ignore"):
            forgiven |= ~np.isfinite(n) & np.isfinite(got) & np.isfinite(want) & (got != want)
        if outcome == "wrong value" and k and not inner:
            forgiven = np.ones(want.shape, bool)  # the sum of infinities: each was looked at
        what = compare.entries(np.where(forgiven, want, got), want, np.asarray(n), dtype)
        yield outcome, name, got, want, what, forgiven


def _size(values: list[Any], loose: bool) -> float:
    """The largest number on the way; 0 where some are extreme."""
    sizes = [np.abs(v[np.isfinite(v)]) for v in tensors(values) if v.dtype.kind == "f"]
    return 0.0 if loose else max((float(np.max(s, initial=0.0)) for s in sizes), default=0.0)


def _weigh(found: list[Quantity], known: Truth, dtype: str, size: float) -> Judgement:
    """As for other programs, but for what is forgiven."""
    worst = max(q[4].worst for q in found)
    gradients = [q for q in found if q[0] == "wrong gradient"]
    resolution = max(q[4].resolution for q in gradients)
    if worst <= 1.0:
        lost = all(q[5].all() for q in gradients if q[5].size)
        if lost or resolution > compare.blunt(dtype):
            said = "no ordinary formula gets here" if lost else "noise drowns the gradient"
            return Judgement("no power", "taylor", worst, min(resolution, 1e300), said)
        return Judgement("agrees", "taylor", worst, resolution)
    off = [compare.far_off(q[4].errors, q[2], q[3], size, dtype) for q in found]
    wrong = [(q, o) for q, o in zip(found, off, strict=True) if o.any()]
    (outcome, name, got, want, what, _), _ = wrong[0] if wrong else (
        max(found, key=lambda q: q[4].worst), None
    )  # fmt: skip
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(what.errors)), what.errors.shape))
    where = f"{name}[{', '.join(map(str, at))}]" if at else name
    return Judgement(
        outcome if wrong else "inaccurate",
        "taylor",
        min(worst, 1e300),
        min(resolution, 1e300),
        f"{where} is {got[at]!s}, but should be {want[at]!s}",
        entry_rows(name, got, want, what, known),
        f"{what.tolerance[at]:.2g} ({known.noise.source})",
        DIAGNOSES[outcome](got, want),
    )
