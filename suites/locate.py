"""Where a program first goes wrong: found by cutting it at each value.

For each value in order, the program that ends there is run and judged; the first that does not
agree names the op to blame.
"""

from __future__ import annotations

from collections.abc import Callable

from ..oracles.evaluate import UnsupportedError
from ..oracles.program import ProgramError
from .judge import Judgement
from .sketch import root
from .trial import Trial

Try = Callable[[Trial], Judgement]


def first_wrong(trial: Trial, outcome: str, try_: Try) -> int:
    """The number of the first value whose own program ends in `outcome`; the last call if none."""
    program = trial.program
    first = len(program.leaves)
    for value in range(first, first + len(program.calls) - 1):
        sketch = root(trial, value)
        if sketch is None:
            continue
        try:
            cut = Trial.of(sketch.program(), judged=trial.judged)
        except (ProgramError, UnsupportedError):
            continue
        if cut.program.wanted and try_(cut).outcome == outcome:
            return value
    return first + len(program.calls) - 1
