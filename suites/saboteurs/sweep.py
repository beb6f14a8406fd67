"""Faults of the sweep: broadcasts that are not undone, cotangents that are not summed."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .patch import Breakage, attribute
from .saboteur import Saboteur

# ---- undoing broadcasts ------------------------------------------------------------------------


def _no_unbroadcast(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.sweep, "unbroadcast", lambda ops, g, shape: g)


def _first_copy(engine: Any) -> AbstractContextManager[None]:
    """New axes are summed away; along axes of size 1 the first copy is taken."""
    unbroadcast = engine.sweep.unbroadcast

    def undone(ops: Any, g: Any, shape: tuple[int, ...]) -> Any:
        lead = len(g.shape) - len(shape)
        if not g.size or lead < 0:
            return unbroadcast(ops, g, shape)
        ones = [slice(0, 1) if n == 1 else slice(None) for n in shape]
        return unbroadcast(ops, g[(slice(None),) * lead + tuple(ones)], shape)

    return attribute(engine.sweep, "unbroadcast", undone)


def _first_slot(engine: Any) -> AbstractContextManager[None]:
    """Of each call, only the first input's cotangent is brought back to its shape."""
    sweep = engine.sweep

    def pull_back(node: Any, rule: Any, g: Any, cotangents: Any, useful: Any) -> None:
        for i, (parent, vjp) in enumerate(zip(node.parents, rule.vjps, strict=False)):
            if parent is not None and vjp and (useful is None or parent in useful):
                d = vjp(sweep.OPS_OF[type(g)], g, *node.saved, **node.params)
                cotangents.add(parent, d if i else sweep.fitted(d, parent))

    return attribute(sweep, "pull_back", pull_back)


# ---- summing -----------------------------------------------------------------------------------


def _overwriting(first: int) -> Breakage:
    """From its `first`-th contribution on, a cotangent is overwritten by each."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        add = engine.sweep.Cotangents.add

        def overwrite(self: Any, node: Any, g: Any) -> None:
            uses = vars(self).setdefault("uses", Counter())
            uses[node] += 1
            if uses[node] < first:
                add(self, node, g)
            else:
                self._sums[node] = g

        return attribute(engine.sweep.Cotangents, "add", overwrite)

    return apply


def _single_precision(engine: Any) -> AbstractContextManager[None]:
    """Cotangents are summed in float32."""
    add, ops_of = engine.sweep.Cotangents.add, engine.rules.OPS_OF

    def rounded(self: Any, node: Any, g: Any) -> None:
        astype = ops_of[type(g)].astype
        add(self, node, astype(astype(g, dtype=engine.float32), dtype=g.dtype))

    return attribute(engine.sweep.Cotangents, "add", rounded)


def _in_shared_memory(engine: Any) -> AbstractContextManager[None]:
    """The first contribution is added to in place, though another node may hold it as well."""
    add = engine.sweep.Cotangents.add

    def in_place(self: Any, node: Any, g: Any) -> None:
        held = self._sums.get(node)
        if isinstance(held, np.ndarray) and held.flags.writeable and held.shape == g.shape:
            held += g
        else:
            add(self, node, g)

    return attribute(engine.sweep.Cotangents, "add", in_place)


def _aliasing(engine: Any) -> AbstractContextManager[None]:
    """A call's parents are told apart by `is`: one that comes again is taken for a constant."""
    node = engine.apply.Node

    def once(out: Any, rule: Any, parents: tuple[Any, ...], *rest: Any) -> Any:
        firsts = tuple(None if p in parents[:i] else p for i, p in enumerate(parents))
        return node(out, rule, firsts, *rest)

    return attribute(engine.apply, "Node", once)


def _constants(engine: Any) -> AbstractContextManager[None]:
    """Parents that are constants are dropped before the rest meets its vjps."""
    node = engine.apply.Node

    def dropping(out: Any, rule: Any, parents: tuple[Any, ...], *rest: Any) -> Any:
        return node(out, rule, tuple(p for p in parents if p is not None), *rest)

    return attribute(engine.apply, "Node", dropping)


ROWS = (
    Saboteur("unbroadcast", "the gradient of a broadcast operand is not summed over its copies",
             "broadcasting", "ops", _no_unbroadcast, "add"),
    Saboteur("unit_axis", "along an axis of size 1 the first copy's gradient is taken, not the sum",
             "broadcasting", "ops", _first_copy, "multiply"),
    Saboteur("first_slot", "only the first operand's gradient is summed over its copies",
             "broadcasting", "ops", _first_slot, "where"),
    Saboteur("overwrite", "a second use of a value overwrites its cotangent, where it should add",
             "accumulation", "graphs", _overwriting(2)),
    Saboteur("third_use", "the third use of a value and later ones overwrite its cotangent; two"
             " uses are right", "accumulation", "graphs", _overwriting(3)),
    Saboteur("aliasing", "an op that takes the same tensor twice counts only the first of its"
             " contributions", "accumulation", "graphs", _aliasing),
    Saboteur("constants", "an op's gradients are given out after its constant operands are dropped",
             "accumulation", "graphs", _constants),
    Saboteur("shared", "cotangents are summed in place in memory that others hold, too",
             "memory", "graphs", _in_shared_memory),
    Saboteur("float32", "every cotangent goes through float32 and back, silently",
             "precision", "ops", _single_precision, "divide"),
)  # fmt: skip
