"""The smallest program that still shows it.

Programs are data, so one reducer serves every failure: it tries smaller programs, keeps one that
is valid, smaller, and fails in the same way, and goes on from there until nothing smaller does. The
caller's `fails` says what "the same way" is; anything else would be a new finding.

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> x = Leaf.of([0.5, 0.25, 1.5], requires_grad=True)
>>> big = Program((x,), (Call("exp", (0,)), Call("sin", (1,)), Call("sum", (2,))), (3,))
>>> small = reduce(Trial.of(big), lambda t: "sin" in t.program.ops)
>>> print(small.program)
x0 = leaf(1., requires_grad=True)
v1 = sin(x0)
return v1
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..oracles.evaluate import UnsupportedError
from ..oracles.program import Leaf, Program, ProgramError
from .edits import candidates
from .judge import reaches
from .trial import Trial

BUDGET = 400
"""Programs tried at most."""


def reduce(trial: Trial, fails: Callable[[Trial], bool], budget: int = BUDGET) -> Trial:
    """The smallest trial found that is smooth and `fails`; at least `trial` itself."""
    tried = {trial.id}
    improved = True
    while improved:
        improved = False
        for program in candidates(trial):
            smaller = _valid(program, trial, tried)
            if smaller is None:
                continue
            if budget == 0:
                return trial
            budget -= 1
            if fails(smaller):
                trial, improved = smaller, True
                break
    return trial


def _valid(program: Program, trial: Trial, tried: set[str]) -> Trial | None:
    """The candidate as a trial, if it is new, smaller, and smooth."""
    if cost(program) >= cost(trial.program):
        return None
    try:
        smaller = Trial.of(program, judged=trial.judged)
    except (ProgramError, UnsupportedError):
        return None
    if smaller.id in tried or not (smaller.facts.smooth or trial.judged):
        return None
    tried.add(smaller.id)
    last = smaller.facts.values[program.outputs[-1]]
    depends = any(reaches(smaller, leaf) for leaf in program.wanted)
    return smaller if np.shape(last) == () and program.calls and depends else None


def cost(program: Program) -> tuple[float, ...]:
    """What "smaller" means: fewer calls, then entries, leaves, parameters; then plainer entries."""
    leaves = program.leaves
    return (
        len(program.calls),
        len(program.outputs),
        sum(math.prod(x.shape) for x in leaves),
        len(leaves),
        sum(len(x.shape) for x in leaves),
        sum(len(c.params) for c in program.calls),
        sum(x.layout != "C" for x in leaves),
        sum(_plainness(x) for x in leaves),
    )


def _plainness(leaf: Leaf) -> float:
    if leaf.kind != "real":
        return 0.0
    return float(sum(abs(x - 1) if x % 1 == 0 else 100 for x in leaf.array.ravel().tolist()))
