"""Faults that the checks of L5 catch: writing in place, and memory that several tensors share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .patch import Breakage, attribute, row, vjp
from .saboteur import Saboteur

# ---- what may be written to --------------------------------------------------------------------


def _recorded(change: Callable[..., bool]) -> Breakage:
    """`change(right, name, x, *others)` decides whether a write is recorded, or an error."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        right = engine.inplace.recorded

        def changed(name: str, x: Any, *others: Any) -> bool:
            return change(right, name, x, *others)

        return attribute(engine.inplace, "recorded", changed)

    return apply


def _leaves_too(right: Any, name: str, x: Any, *others: Any) -> bool:
    """A leaf is written to, and nobody is told."""
    leaf = x.requires_grad and x.is_leaf
    return False if leaf else bool(right(name, x, *others))


def _leaves_by_views(right: Any, name: str, x: Any, *others: Any) -> bool:
    """The base of a view is not looked at."""
    base = x._base
    return False if base is not None and base.is_leaf else bool(right(name, x, *others))


def _refused_late(right: Any, name: str, x: Any, *others: Any) -> bool:
    """A write to what records is an error, by which time it has been done."""
    if x.requires_grad and not x.is_leaf:
        x.memory()[...] += 1.0
        raise RuntimeError(f"{name}: in-place operations are forbidden")
    return bool(right(name, x, *others))


def _constants_stay(right: Any, name: str, x: Any, *others: Any) -> bool:
    """What does not record stays so, whatever is written to it."""
    return bool(x.requires_grad and right(name, x, *others))


def _any_view(origin: str) -> Breakage:
    """Views of this origin are like any other."""

    def change(right: Any, name: str, x: Any, *others: Any) -> bool:
        if getattr(x, "origin", "") == origin:
            x.origin = ""
        return bool(right(name, x, *others))

    return _recorded(change)


def _out_unasked(engine: Any) -> AbstractContextManager[None]:
    """`out=` is written to, recorded or not."""

    def write(name: str, out: Any, result: Any) -> Any:
        engine.inplace.fill(name, out.memory(), result.array)
        return out

    return attribute(engine.outputs, "write_out", write)


def _any_detached(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.views.View, "detach_", engine.Tensor.detach_)


# ---- versions ----------------------------------------------------------------------------------


def _uncounted(engine: Any) -> AbstractContextManager[None]:
    """Arithmetic in place counts nothing."""
    return attribute(engine.inplace, "note_write", lambda memory: None)


def _unchecked(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.saving, "check_unchanged", lambda node, array: None)


def _unseen_detached(engine: Any) -> AbstractContextManager[None]:
    """What is written through a detached tensor is not counted."""
    detach = engine.Tensor.detach

    def apart(self: Any) -> Any:
        return engine.Tensor(engine.memory.unseen(detach(self).memory()))

    return attribute(engine.Tensor, "detach", apart)


# ---- history -----------------------------------------------------------------------------------


def _values_alone(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.inplace, "adopt", lambda x, node, array: None)


def _base_left_out(engine: Any) -> AbstractContextManager[None]:
    """A view that was written to has its history, and its base does not get that."""
    rebase = engine.inplace.rebase

    def alone(x: Any, node: Any) -> None:
        if x._base is None:
            rebase(x, node)
        else:
            x.node = node

    return attribute(engine.inplace, "rebase", alone)


def _view_left_out(engine: Any) -> AbstractContextManager[None]:
    """A view keeps the history that it was made with."""
    node = engine.views.View.node
    kept = property(lambda self: self._node, node.fset)
    return attribute(engine.views.View, "node", kept)


def _overwritten_too(engine: Any) -> AbstractContextManager[None]:
    """The gradient of what is written over goes to what was there before as well."""
    passing = (lambda ops, g, *, steps: g, engine.rules.RULES["overwrite"].vjps[1])
    return row(engine, "overwrite", vjps=passing)


# ---- memory ------------------------------------------------------------------------------------


def _seed_as_sum(engine: Any) -> AbstractContextManager[None]:
    """Cotangents are added to in place, where they begin: in the caller's seed, for one."""
    add = engine.sweep.Cotangents.add

    def in_place(self: Any, node: Any, g: Any) -> None:
        held = self._sums.get(node)
        if isinstance(held, np.ndarray) and held.shape == g.shape:
            held += g
        else:
            add(self, node, g)

    return attribute(engine.sweep.Cotangents, "add", in_place)


def _uncloned(engine: Any) -> AbstractContextManager[None]:
    """A gradient is the very cotangent that arrived."""
    sweep = engine.autograd.sweep

    class Bare:
        def clone(self, g: Any) -> Any:
            return g

        def __init__(self, ops: Any) -> None:
            self.ops = ops

        def __getattr__(self, name: str) -> Any:
            return getattr(self.ops, name)

    ops = engine.rules.OPS_OF

    def bare(*args: Any) -> Any:
        right = ops[np.ndarray]
        ops[np.ndarray] = Bare(right)
        try:
            return sweep(*args)
        finally:
            ops[np.ndarray] = right

    return attribute(engine.autograd, "sweep", bare)


ROWS = (
    Saboteur("leaves_too", "a leaf that records is written to, and nobody is told",
             "memory", "state", _recorded(_leaves_too), check="M1"),
    Saboteur("uncounted", "arithmetic in place does not count as a write",
             "memory", "state", _uncounted, check="M2 M3 M14"),
    Saboteur("unchecked", "a sweep does not look whether saved values have changed",
             "memory", "state", _unchecked, check="M3"),
    Saboteur("unseen_detached", "what is written through a detached tensor is not counted",
             "memory", "state", _unseen_detached, check="M3 M14"),
    Saboteur("refused_late", "a write to what records is refused after it was done",
             "memory", "state", _recorded(_refused_late), check="M3"),
    Saboteur("addends_saved", "add saves its operands, though it needs none",
             "memory", "state", vjp("add", lambda right, ops, g, *_, **__: right(g)), check="M4"),
    Saboteur("both_ends", "exp saves its input besides its output",
             "memory", "state", lambda engine: row(engine, "exp", drops=(), uses=()), check="M5"),
    Saboteur("values_alone", "an op in place changes the values and not the graph",
             "graphs", "state", _values_alone, check="M6"),
    Saboteur("base_left_out", "what is written to a view does not enter the base's graph",
             "graphs", "state", _base_left_out, check="M7"),
    Saboteur("view_left_out", "a view does not follow when its base is written to",
             "graphs", "state", _view_left_out, check="M8"),
    Saboteur("leaves_by_views", "a leaf that records is written to through a view",
             "memory", "state", _recorded(_leaves_by_views), check="M9"),
    Saboteur("overwritten_too", "what an assigned item overwrote gets its gradient as well",
             "graphs", "state", _overwritten_too, check="M10"),
    Saboteur("constants_stay", "a constant stays one, whatever is written to it",
             "graphs", "state", _recorded(_constants_stay), check="M11"),
    Saboteur("any_of_several", "one of several views of one op is written to like any other",
             "graphs", "state", _any_view("several"), check="M12"),
    Saboteur("any_of_no_grad", "a view that was made under no_grad is written to like any other",
             "modes", "state", _any_view("no_grad"), check="M13"),
    Saboteur("out_unasked", "out= is written to, though the result would be recorded",
             "graphs", "state", _out_unasked, check="M15"),
    Saboteur("seed_as_sum", "a sweep adds up in the caller's seed",
             "seeds", "state", _seed_as_sum, check="M16"),
    Saboteur("uncloned", "gradients are the very arrays that came down the graph",
             "memory", "state", _uncloned, check="M17 M18"),
    Saboteur("any_detached", "a view is detached in place",
             "graphs", "state", _any_detached, check="M19"),
)  # fmt: skip
