"""Engines that are right and slow: `gradassay bench` must say so, and what is wrong.

No suite hunts them, for their answers are right. `performance/proof.py` sets the bench on each and
writes the table of docs/bench.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

from .patch import attribute, together
from .saboteur import Saboteur


def _copying(engine: Any) -> AbstractContextManager[None]:
    """Every contribution to a cotangent makes a new array."""
    owner = engine.sweep.Cotangents
    add = owner.add

    def copied(self: Any, node: Any, g: Any) -> None:
        self._own.discard(node)
        add(self, node, g)

    return attribute(owner, "add", copied)


def _copied_tape(engine: Any) -> AbstractContextManager[None]:
    """Each op makes a copy of the tape of all ops before it, with itself at the end."""
    node, sweep = engine.apply.Node, engine.autograd.sweep
    tape: list[Any] = [()]

    def recorded(*args: Any) -> Any:
        made = node(*args)
        tape[0] = (*tape[0], made.birth)
        return made

    def cleared(*args: Any) -> Any:
        found = sweep(*args)
        tape[0] = ()
        return found

    return together(
        attribute(engine.apply, "Node", recorded), attribute(engine.autograd, "sweep", cleared)
    )


def _copied_tapes(engine: Any) -> AbstractContextManager[None]:
    """Each node holds a tape of its own: a copy of that of all ops before it."""
    node, sweep = engine.apply.Node, engine.autograd.sweep
    tapes: list[tuple[int, ...]] = [()]

    def recorded(*args: Any) -> Any:
        made = node(*args)
        tapes.append((*tapes[-1], made.birth))
        return made

    def cleared(*args: Any) -> Any:
        found = sweep(*args)
        tapes[:] = [()]
        return found

    return together(
        attribute(engine.apply, "Node", recorded), attribute(engine.autograd, "sweep", cleared)
    )


def _leaking(engine: Any) -> AbstractContextManager[None]:
    """A list that nobody empties holds every node and what it saved."""
    node = engine.apply.Node
    kept: list[Any] = []

    def remembered(*args: Any) -> Any:
        made = node(*args)
        kept.append((made, made.saved))
        return made

    return attribute(engine.apply, "Node", remembered)


def _replaying(engine: Any) -> AbstractContextManager[None]:
    """Each vjp runs eight times, and the last result is taken."""
    pull_back, nothing = engine.sweep.pull_back, engine.sweep.Cotangents

    def again(node: Any, rule: Any, g: Any, cotangents: Any, useful: Any) -> None:
        for _ in range(7):
            pull_back(node, rule, g, nothing(), useful)
        pull_back(node, rule, g, cotangents, useful)

    return attribute(engine.sweep, "pull_back", again)


ROWS = (
    Saboteur("copying", "every contribution to a cotangent makes a new array",
             "time", "performance", _copying),
    Saboteur("copied_tape", "each op copies the tape of all ops before it",
             "time", "performance", _copied_tape),
    Saboteur("copied_tapes", "each op keeps a copy of the tape of all ops before it",
             "memory", "performance", _copied_tapes),
    Saboteur("leaking", "a list that nobody empties holds every node and what it saved",
             "memory", "performance", _leaking),
    Saboteur("replaying", "each vjp runs eight times, and the last result is taken",
             "time", "performance", _replaying),
)  # fmt: skip
SLOW: Mapping[str, Saboteur] = MappingProxyType({row.name: row for row in ROWS})
"""Each by its name."""
