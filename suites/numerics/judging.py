"""The judgement on a program of this suite, by where it stands."""

from __future__ import annotations

from functools import lru_cache

from ...oracles.program import Program
from ..adapter import Answer
from ..judge import Judgement, Rules, form
from ..trial import Trial
from .ends import judge_ends
from .near import judge_near, raised
from .place import Place, place


@lru_cache(maxsize=4096)
def place_of(json: bytes) -> Place:
    """Where the program with this JSON stands."""
    return place(Program.from_json(json))


def judged(trial: Trial, answer: Answer, rules: Rules) -> Judgement:
    """Form first; then against balls far out, against limits at a kink or a singular point."""
    where = place_of(trial.json)
    found = form(trial, answer, rules)
    if found is not None:
        return raised(trial, answer) if where == "singular" and found.outcome == "raised" else found
    if where == "outside":
        return Judgement("no power", message="a value is no number: outside of the domain")
    return judge_ends(trial, answer, rules) if where == "far" else judge_near(trial, answer, rules)
