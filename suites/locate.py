"""Where a program first goes wrong: found by cutting it at each value.

For each value in order, the program that ends there is run and judged; the first that does not
agree names the op to blame. It ends there in a weighted sum, of an engine that does not multiply in
one that it has. A wrong shape or dtype of a value does not outlast such a cut, whose
weighted sum broadcasts and casts it: there, the whole program is run and the value read.
"""

from __future__ import annotations

from collections.abc import Callable

from ..oracles.evaluate import UnsupportedError
from ..oracles.program import Program, ProgramError
from .builder import is_real
from .judge import Judgement
from .sketch import roots
from .trial import Trial

Try = Callable[[Trial], Judgement]
UNTRIED = ("declined", "not offered")
"""What comes of a program with a call that the engine does not offer."""


def first_wrong(trial: Trial, judgement: Judgement, try_: Try) -> int:
    """The number of the first value that shows the judgement's outcome; the last call if none."""
    shows = _read_shows if judgement.value >= 0 else _cut_shows
    first = len(trial.program.leaves)
    last = first + len(trial.program.calls) - 1
    inner = range(first, last)
    return next((v for v in inner if shows(trial, v, judgement.outcome, try_)), last)


def _cut_shows(trial: Trial, value: int, outcome: str, try_: Try) -> bool:
    """Whether the program that ends at a value has this outcome, by the first end that is offered.

    Only the value is on trial: an end that the engine has not says nothing of it.
    """
    for sketch in roots(trial, value):
        try:
            cut = Trial.of(sketch.program(), judged=trial.judged)
        except (ProgramError, UnsupportedError):
            continue
        found = try_(cut).outcome if cut.program.wanted else ""
        if found not in UNTRIED:
            return found == outcome
    return False


def _read_shows(trial: Trial, value: int, outcome: str, try_: Try) -> bool:
    """Whether the program has this outcome at a value when that is read, and no other early one."""
    program = trial.program
    if not is_real(trial.facts.values[value]):
        return False
    outputs = tuple(dict.fromkeys((value, program.outputs[-1])))
    read = Program(program.leaves, program.calls, outputs)
    found = try_(Trial.of(read, judged=trial.judged))
    return found.outcome == outcome and found.value == value
