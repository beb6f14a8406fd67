"""Where a program first goes wrong: found by cutting it at each value.

For each value in order, the program that ends there is run and judged; the first that does not
agree names the op to blame. A wrong shape or dtype of a value does not outlast such a cut, whose
weighted sum broadcasts and casts it: there, the whole program is run and the value read.
"""

from __future__ import annotations

from collections.abc import Callable

from ..oracles.evaluate import UnsupportedError
from ..oracles.program import Program, ProgramError
from .builder import is_real
from .judge import Judgement
from .sketch import root
from .trial import Trial

Try = Callable[[Trial], Judgement]


def first_wrong(trial: Trial, judgement: Judgement, try_: Try) -> int:
    """The number of the first value that shows the judgement's outcome; the last call if none."""
    shows = _read_shows if judgement.value >= 0 else _cut_shows
    first = len(trial.program.leaves)
    last = first + len(trial.program.calls) - 1
    inner = range(first, last)
    return next((v for v in inner if shows(trial, v, judgement.outcome, try_)), last)


def _cut_shows(trial: Trial, value: int, outcome: str, try_: Try) -> bool:
    """Whether the program that ends at a value has this outcome."""
    sketch = root(trial, value)
    if sketch is None:
        return False
    try:
        cut = Trial.of(sketch.program(), judged=trial.judged)
    except (ProgramError, UnsupportedError):
        return False
    return bool(cut.program.wanted) and try_(cut).outcome == outcome


def _read_shows(trial: Trial, value: int, outcome: str, try_: Try) -> bool:
    """Whether the program has this outcome at a value when that is read, and no other early one."""
    program = trial.program
    if not is_real(trial.facts.values[value]):
        return False
    outputs = tuple(dict.fromkeys((value, program.outputs[-1])))
    read = Program(program.leaves, program.calls, outputs)
    found = try_(Trial.of(read, judged=trial.judged))
    return found.outcome == outcome and found.value == value
