"""`torch.autograd.gradcheck`, slow mode, set on the same broken engines and the same programs.

The engine's value and gradient of a program stand behind a `torch.autograd.Function`, so gradcheck
sees the gradient that the broken engine gives, and differentiates its value numerically.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...oracles.program import Leaf, Program
from ...oracles.vocabulary import VOCABULARY
from ..adapter import op_table
from ..host import open_engine
from ..plans import plans
from ..run import Session, trials
from ..saboteurs import BY_PROGRAMS
from ..saboteurs.hunt import PROFILE, opened
from ..trial import Trial


@dataclass(frozen=True, slots=True)
class Rival:
    """What gradcheck made of a saboteur: caught or not, in so many programs and CPU seconds.

    `false` counts programs that it flagged though the engine, unbroken, is flagged there as well.
    """

    name: str
    caught: bool
    programs: int
    seconds: float
    false: int


def rival(name: str, seed: int, limit: float) -> Rival:
    """Gradcheck on one saboteur, to its first kill or for `limit` CPU seconds."""
    saboteur = BY_PROGRAMS[name]
    false = programs = 0
    aside = 0.0
    with open_engine("reference", op_table(VOCABULARY), in_process=True) as handle:
        session = opened(handle, saboteur.op)
        flagged(session, next(_programs(session, saboteur.suite, seed)))  # imports, warm caches
        start = time.process_time()
        for program in _programs(session, saboteur.suite, seed):
            programs += 1
            with saboteur.broken():
                found = flagged(session, program)
            seconds = time.process_time() - start - aside
            if found:
                before = time.process_time()
                if not flagged(session, program):
                    return Rival(name, True, programs, seconds, false)
                false += 1
                aside += time.process_time() - before
            if seconds > limit:
                break
    return Rival(name, False, programs, seconds, false)


def _programs(session: Session, suite: str, seed: int) -> Iterator[Program]:
    """The float64 programs of a suite, but those with an empty leaf: gradcheck refuses them."""
    for plan in plans(suite, session, PROFILE, seed, ["float64"], "cpu"):
        for trial in trials(plan, session):
            if isinstance(trial, Trial) and all(leaf.data for leaf in trial.program.leaves):
                yield trial.program


def flagged(session: Session, program: Program) -> bool:
    """Whether gradcheck objects, by an answer or by an error."""
    import torch

    wanted = [program.leaves[i] for i in program.wanted]
    primals = [torch.tensor(leaf.array, requires_grad=True) for leaf in wanted]
    try:
        return not torch.autograd.gradcheck(
            _function(session, program).apply, primals, raise_exception=False
        )
    except Exception:  # what the engine raises, or PyTorch for a gradient of the wrong shape
        return True


def _function(session: Session, program: Program) -> Any:
    """The program on this engine as PyTorch sees a function with a backward of its own."""
    import torch

    class Function(torch.autograd.Function):
        """Value and gradient from the engine."""

        @staticmethod
        def forward(ctx: Any, *primals: Any) -> Any:
            """The last output; the gradients are kept."""
            answer = session.answer(_with(program, primals), "float64", "cpu")
            if answer.error is not None:
                raise RuntimeError(answer.error.message)
            ctx.grads = [answer.grads[i] for i in program.wanted]
            return torch.from_numpy(np.array(answer.values[-1]))

        @staticmethod
        def backward(ctx: Any, *seeds: Any) -> Any:
            """The engine's gradients, times the seed of the scalar."""
            kept = (None if g is None else torch.from_numpy(np.array(g)) for g in ctx.grads)
            return tuple(None if g is None else seeds[0] * g for g in kept)

    return Function


def _with(program: Program, primals: Any) -> Program:
    """The program at other entries of its wanted leaves."""
    leaves = list(program.leaves)
    for i, x in zip(program.wanted, primals, strict=True):
        leaves[i] = Leaf.of(x.detach().numpy(), True, leaves[i].layout)
    return Program(tuple(leaves), program.calls, program.outputs)
