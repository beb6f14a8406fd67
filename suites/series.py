"""The programs of a plan in order: those about an op, and random graphs in rounds.

A round has `ROUND` programs. A round of new graphs is followed by `DATA` - 1 rounds of the same
graphs with other data: most of what a program costs is its structure, and a fault that shows only
for some data gets more chances. The n-th program is a function of op, base, n and the scope, which
is asked for once a round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..oracles.vocabulary import VOCABULARY
from .builder import Scope
from .choices import RandomChoices
from .draws import NotOfferedError
from .generate import focused, graph, grown
from .structure import Structure
from .trial import Trial

ROUND = 32
DATA = 4
"""How often the data of a random graph are drawn."""
WHOLE = 4
WHOLE_IN_FLOAT64 = 16
"""One program in so many is of integers, for the exact oracle, where its ops allow that; fewer of
the random graphs in float64, where the cheaper screen sees errors of 1e-11 as well."""
FLAT = 1e-9
"""A graph whose derivative is smaller (x / x) says little, and is not drawn again."""


def about(op: str, base: int, count: int, scope: Callable[[], Scope]) -> Iterator[Trial | str]:
    """Programs about an op; in place of one that could not be drawn, the outcome that says why."""
    exact = VOCABULARY[op].exact
    for n in range(count):
        if n % ROUND == 0:
            now = scope()
        try:
            whole = exact and n % WHOLE == 0
            yield focused(op, _choices(base, n), now, whole) or "tie"
        except NotOfferedError:
            yield "not offered"


def graphs(base: int, count: int, scope: Callable[[], Scope], dtype: str) -> Iterator[Trial | str]:
    """Random graphs; in place of one that could not be drawn, the outcome that says why."""
    every = WHOLE_IN_FLOAT64 if dtype == "float64" else WHOLE
    structures: list[Structure | None] = []
    for n in range(count):
        turn, place = divmod(n % (ROUND * DATA), ROUND)
        if place == 0:
            now = scope()
        choices, whole, trial = _choices(base, n), n % every == 0, None
        made = grown(choices, now, whole) if turn == 0 else structures[place]
        if made is not None:
            trial = made.redrawn(choices, now.margin) if turn else made.trial()
        if turn == 0:
            flat = trial is not None and trial.slope is not None and abs(trial.slope) < FLAT
            structures[place:] = [None if flat else made]
        elif trial is None:
            trial = graph(choices, now, whole)
        yield trial or "tie"


def _choices(base: int, n: int) -> RandomChoices:
    return RandomChoices(base * 1_000_003 + n)
