"""Where a program first goes wrong: found by cutting it at each value.

For each value in order, the program that ends there is run and judged; the first that shows a
difference names the op to blame. It ends there in a weighted sum, of an engine that does not
multiply in one that it has. Such an end may be broken itself: it says something of a value only if
it is right about a bare leaf in the value's place.

A wrong shape or dtype of a value does not outlast such a cut, whose weighted sum broadcasts and
casts it: there, the whole program is run and the value read.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..oracles.evaluate import UnsupportedError
from ..oracles.program import Leaf, Program, ProgramError
from ..reports.outcomes import OUTCOMES
from .adapter import Answer
from .builder import is_real
from .judge import Judgement, Rules
from .sketch import Sketch, roots
from .trial import Trial

Try = Callable[[Trial], Judgement]
UNTRIED = ("declined", "not offered")
"""What comes of a program with a call that the engine does not offer."""
UNANSWERED = ("raised", "crashed", "timed out", "not repeatable")
"""Differences in which there is no one answer to be wrong: each stands for itself alone."""


def first_wrong(trial: Trial, judgement: Judgement, try_: Try) -> int:
    """The number of the first value that shows a difference like the judgement's, or the last.

    Of a value that is one of several results, that of the op that has them.
    """
    first = len(trial.program.leaves)
    last = first + len(trial.program.calls) - 1
    shows = _read_shows if judgement.value >= 0 else _cut_shows
    if judgement.value < 0 and _alike(judgement.outcome, "wrong shape"):
        last = _misshapen(trial, last, try_)
    inner = range(first, last)
    return maker(
        trial.program, next((v for v in inner if shows(trial, v, judgement.outcome, try_)), last)
    )


def maker(program: Program, value: int) -> int:
    """The number of the op's call that made a value: `item` only picks one of several results."""
    call = program.calls[value - len(program.leaves)]
    return call.refs[0] if call.op == "item" else value


def _alike(found: str, outcome: str) -> bool:
    """Whether two outcomes may have one cause: one wrong answer may well lead to another kind."""
    answered = all(
        OUTCOMES[o].group == "difference" and o not in UNANSWERED for o in (found, outcome)
    )
    return found == outcome or answered


def _cut_shows(trial: Trial, value: int, outcome: str, try_: Try) -> bool:
    """Whether the program that ends at a value differs likewise, by the first end that can tell.

    Only the value is on trial: an end that the engine has not, or that is wrong about a bare leaf
    too, says nothing of it.
    """
    for sketch in roots(trial, value):
        cut = _trial(sketch, trial)
        if cut is None:
            continue
        found = try_(cut).outcome if cut.program.wanted else "agrees"
        if found in UNTRIED:
            continue
        if not _alike(found, outcome):
            return False
        if _sound(sketch, trial, value, try_):
            return True
    return False


def _sound(sketch: Sketch, trial: Trial, value: int, try_: Try) -> bool:
    """Whether the end of a cut is right where a bare leaf stands in the value's place."""
    if sketch.outputs == [value]:
        return True  # a scalar has no end
    sketch.nodes[value] = Leaf.of(trial.facts.values[value], requires_grad=True)
    sketch.prune()
    control = _trial(sketch, trial)
    return control is None or OUTCOMES[try_(control).outcome].group != "difference"


def _trial(sketch: Sketch, trial: Trial) -> Trial | None:
    """A sketch as a trial that is judged as the whole is; none if it is no program."""
    try:
        return Trial.of(sketch.program(), judged=trial.judged)
    except (ProgramError, UnsupportedError):
        return None


def _misshapen(trial: Trial, last: int, try_: Try) -> int:
    """The first of the values before the last that has another shape than it should, or the last.

    All are read at once, and nothing is asked but their shapes.
    """
    program, values = trial.program, trial.facts.values
    inner = (v for v in range(len(program.leaves), last) if is_real(values[v]))
    outputs = tuple(dict.fromkeys((*inner, program.outputs[-1])))
    read = Program(program.leaves, program.calls, outputs)
    found = try_(Trial.of(read, judged=_shapes)).value
    return found if found >= 0 else last


def _shapes(trial: Trial, answer: Answer, rules: Rules) -> Judgement:
    """The first value that was read in a wrong shape; what could not be read is none."""
    for o, value in zip(trial.program.outputs, answer.values, strict=False):
        if value.shape != np.shape(trial.facts.values[o]):
            return Judgement("wrong shape", value=o)
    return Judgement("agrees")


def _read_shows(trial: Trial, value: int, outcome: str, try_: Try) -> bool:
    """Whether the program has this outcome at a value when that is read, and no other early one."""
    program = trial.program
    if not is_real(trial.facts.values[value]):
        return False
    outputs = tuple(dict.fromkeys((value, program.outputs[-1])))
    read = Program(program.leaves, program.calls, outputs)
    found = try_(Trial.of(read, judged=trial.judged))
    return found.outcome == outcome and found.value == value
