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
from .generate import focused, graph
from .structure import Structure
from .trial import Trial

ROUND = 32
DATA = 4
"""How often the data of a random graph are drawn."""
WHOLE_OF_OP, WHOLE_OF_GRAPHS = 4, 8
"""One program in so many is of integers, for the exact oracle, where its ops allow that."""


def about(op: str, base: int, count: int, scope: Callable[[], Scope]) -> Iterator[Trial | str]:
    """Programs about an op; in place of one that could not be drawn, the outcome that says why."""
    exact = VOCABULARY[op].exact
    for n in range(count):
        if n % ROUND == 0:
            now = scope()
        try:
            whole = exact and n % WHOLE_OF_OP == 0
            yield focused(op, _choices(base, n), now, whole) or "tie"
        except NotOfferedError:
            yield "not offered"


def graphs(base: int, count: int, scope: Callable[[], Scope]) -> Iterator[Trial | str]:
    """Random graphs; in place of one that could not be drawn, the outcome that says why."""
    grown: dict[int, Structure] = {}
    for n in range(count):
        turn, place = divmod(n % (ROUND * DATA), ROUND)
        if place == 0:
            now = scope()
        choices, made = _choices(base, n), None
        if turn == 0:
            grown.pop(place, None)
        if place in grown:
            made = grown[place].redrawn(choices, now.margin)
        made = made or graph(choices, now, n % WHOLE_OF_GRAPHS == 0)
        if made and turn == 0:
            grown[place] = Structure.of(made.program)
        yield made or "tie"


def _choices(base: int, n: int) -> RandomChoices:
    return RandomChoices(base * 1_000_003 + n)
