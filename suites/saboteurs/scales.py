"""Faults that the checks of L8 catch: depth, memory, order, sweeps inside sweeps."""

from __future__ import annotations

import random
from contextlib import AbstractContextManager
from typing import Any

from .patch import Breakage, attribute, together
from .saboteur import Saboteur


def _recursive(engine: Any) -> AbstractContextManager[None]:
    """The graph is sorted by a function that calls itself before it is swept."""
    sweep = engine.autograd.sweep

    def visit(node: Any, seen: set[Any]) -> None:
        seen.add(node)
        for parent in node.parents:
            if parent is not None and parent not in seen:
                visit(parent, seen)

    def sorted_first(seeds: Any, *rest: Any) -> Any:
        roots = list(seeds)
        for root, _ in roots:
            visit(root, set())
        return sweep(roots, *rest)

    return attribute(engine.autograd, "sweep", sorted_first)


def _never_freed(engine: Any) -> AbstractContextManager[None]:
    sweep = engine.autograd.sweep

    def retained(seeds: Any, wanted: Any, retain_graph: bool, record: bool) -> Any:
        return sweep(seeds, wanted, True, record)

    return attribute(engine.autograd, "sweep", retained)


def _cyclic(engine: Any) -> AbstractContextManager[None]:
    """A node holds a closure that holds the node."""
    node = engine.apply.Node

    def closed(*args: Any) -> Any:
        made = node(*args)
        made.watched().hooks[-1] = ("unused", lambda: made)
        return made

    return attribute(engine.apply, "Node", closed)


def _any_order(engine: Any) -> AbstractContextManager[None]:
    """Contributions are summed in the order in which a set gives them."""
    owner = engine.sweep.Cotangents
    add, pop = owner.add, owner.pop

    def collected(self: Any, node: Any, g: Any) -> None:
        if node in self._sums:
            vars(self).setdefault("more", {}).setdefault(node, []).append(g)
        else:
            add(self, node, g)

    def summed(self: Any) -> tuple[Any, Any]:
        node, g = pop(self)
        parts = [g, *vars(self).get("more", {}).pop(node, ())]
        random.shuffle(parts)
        return node, sum(parts[1:], parts[0])

    return together(attribute(owner, "add", collected), attribute(owner, "pop", summed))


def _one_at_a_time(forgiving: bool) -> Breakage:
    """A sweep that begins inside another does nothing; if not `forgiving`, nor after an error."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        sweep, running = engine.autograd.sweep, [False]

        def alone(*args: Any) -> Any:
            if running[0]:
                return {}
            running[0] = True
            try:
                found = sweep(*args)
            except BaseException:
                running[0] = not forgiving
                raise
            running[0] = False
            return found

        return attribute(engine.autograd, "sweep", alone)

    return apply


def _looks_away(engine: Any) -> AbstractContextManager[None]:
    mode = engine.modes.mode
    return attribute(engine.anomaly.set_detect_anomaly, "enter", lambda self: mode.anomaly)


ROWS = (
    Saboteur("recursive", "the graph is sorted by a function that calls itself for each parent",
             "sizes", "state", _recursive, check="R1"),
    Saboteur("hoarding", "no sweep lets go of what its graph has saved",
             "memory", "state", _never_freed, check="R3"),
    Saboteur("cyclic", "a node holds a closure that holds the node, so only the collector frees it",
             "memory", "state", _cyclic, check="R4"),
    Saboteur("any_order", "contributions are summed in a new order each time",
             "order", "state", _any_order, check="R6"),
    Saboteur("one_at_a_time", "a sweep that begins inside another does nothing",
             "hooks", "state", _one_at_a_time(True), check="R7"),
    Saboteur("looks_away", "anomaly mode looks at nothing",
             "special values", "state", _looks_away, check="R8"),
    Saboteur("still_sweeping", "an error in a sweep leaves the engine as if it were still sweeping",
             "hooks", "state", _one_at_a_time(False), check="R9"),
)  # fmt: skip
