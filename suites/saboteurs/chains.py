"""Faults that the checks of L8 catch in long chains and between threads."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from .patch import attribute, together
from .saboteur import Saboteur

MANY = 10_000


def _counted(engine: Any) -> AbstractContextManager[None]:
    """A node counts its contributions, and takes no more than `MANY`."""
    owner = engine.sweep.Cotangents
    add = owner.add

    def counting(self: Any, node: Any, g: Any) -> None:
        counts = vars(self).setdefault("counts", Counter())
        counts[node] += 1
        if counts[node] <= MANY:
            add(self, node, g)

    return attribute(owner, "add", counting)


def _unlocked(engine: Any) -> AbstractContextManager[None]:
    """A gradient is read, added to and written back, and another thread may do so in between."""
    accumulate = engine.autograd.accumulate

    def slowly(node: Any, gradient: Any) -> None:
        held = node.grad
        time.sleep(0)
        if held is None:
            accumulate(node, gradient)
        else:
            node.grad = held + gradient

    return together(
        attribute(engine.autograd, "_accumulating", nullcontext()),
        attribute(engine.autograd, "accumulate", slowly),
    )


def _searched(engine: Any) -> AbstractContextManager[None]:
    """Each new node is looked for in the list of all nodes before it, and a few others are."""
    node, sweep = engine.apply.Node, engine.autograd.sweep
    tape: list[int] = []

    def listed(*args: Any) -> Any:
        made = node(*args)
        if not any(number in tape for number in (made.birth, -1, -2, -3)):
            tape.append(made.birth)
        return made

    def cleared(*args: Any) -> Any:
        found = sweep(*args)
        tape.clear()
        return found

    return together(
        attribute(engine.apply, "Node", listed), attribute(engine.autograd, "sweep", cleared)
    )


ROWS = (
    Saboteur("counted", f"a value takes {MANY:,} contributions and no more",
             "sizes", "state", _counted, check="R2"),
    Saboteur("unlocked", "two threads may add to one gradient at once, and one sum is lost",
             "accumulation", "state", _unlocked, check="R5"),
    Saboteur("searched", "each new node is looked for in the list of all before it",
             "time", "state", _searched, check="R10"),
)  # fmt: skip
