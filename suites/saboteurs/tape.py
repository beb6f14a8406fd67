"""Faults of the tape: what a call is recorded as, and whose memory is whose."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .patch import attribute, together
from .saboteur import Saboteur


def _interned(engine: Any) -> AbstractContextManager[None]:
    """Leaves are found again by their entries, so that equal ones are the same."""
    known: dict[Any, Any] = {}
    tensor, sweep = engine.tensors.Tensor, engine.autograd.sweep
    require = tensor.requires_grad_

    def interned(self: Any, wanted: bool = True) -> Any:
        require(self, wanted)
        if wanted:
            key = self.shape, self.dtype, np.asarray(self.array).tobytes()
            self.node = known.setdefault(key, self.node)
        return self

    def forgetting(*args: Any) -> Any:
        known.clear()
        return sweep(*args)

    return together(
        attribute(tensor, "requires_grad_", interned),
        attribute(engine.autograd, "sweep", forgetting),
    )


def _garbage(engine: Any) -> AbstractContextManager[None]:
    """A leaf's gradient begins as whatever lies in memory, and the first sweep overwrites it."""
    tensor = engine.tensors.Tensor
    require = tensor.requires_grad_

    def filled(self: Any, wanted: bool = True) -> Any:
        require(self, wanted)
        if wanted:
            self.node.grad = tensor(self.array + 1)
        return self

    def overwritten(node: Any, gradient: Any) -> None:
        node.grad = gradient

    return together(
        attribute(tensor, "requires_grad_", filled),
        attribute(engine.autograd, "accumulate", overwritten),
    )


def _loose_ends(engine: Any) -> AbstractContextManager[None]:
    """The whole tape is swept, and whatever nobody took begins with a cotangent of 1."""
    tape: list[Any] = []
    make, sweep = engine.apply.Node, engine.autograd.sweep

    def recorded(*args: Any) -> Any:
        tape.append(make(*args))
        return tape[-1]

    def swept(seeds: Any, *rest: Any) -> Any:
        seeds = list(seeds)
        taken = {parent for node in tape for parent in node.parents} | {root for root, _ in seeds}
        ends = [(node, np.ones(node.shape, node.dtype)) for node in tape if node not in taken]
        tape.clear()
        return sweep([*seeds, *ends], *rest)

    return together(
        attribute(engine.apply, "Node", recorded), attribute(engine.autograd, "sweep", swept)
    )


def _read(engine: Any) -> AbstractContextManager[None]:
    """An array that is read is held as a constant from then on."""
    tensor = engine.tensors.Tensor
    detach = tensor.detach

    def cut(self: Any) -> Any:
        if self.node is not None and self.node.rule is not None and self.shape:
            self.node.parents = ()
        return detach(self)

    return attribute(tensor, "detach", cut)


def _stale(engine: Any) -> AbstractContextManager[None]:
    """tanh keeps what backward needs with the op and not with the call."""
    saved_by = engine.apply.saved_by
    kept: list[Any] = []

    def save(rule: Any, saved: list[Any], live: int) -> Any:
        if rule.name != "tanh":
            return saved_by(rule, saved, live)
        kept[:] = saved_by(rule, saved, live)
        return kept

    return attribute(engine.apply, "saved_by", save)


ROWS = (
    Saboteur("interned", "leaves with equal entries are taken for one",
             "accumulation", "ops", _interned, "multiply"),
    Saboteur("loose_ends", "a branch that leads nowhere is swept as if it were summed at last",
             "accumulation", "graphs", _loose_ends),
    Saboteur("garbage", "a leaf that was not used has leftovers of its memory for a gradient",
             "memory", "graphs", _garbage),
    Saboteur("read", "an array that is read before the sweep becomes a constant",
             "memory", "graphs", _read),
    Saboteur("stale", "all calls of tanh save in one place, so that backward sees the last one's"
             " output", "memory", "graphs", _stale),
)  # fmt: skip
