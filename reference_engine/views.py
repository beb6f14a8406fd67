"""Views: tensors that lie in the memory of another, their base, and follow what is written there.

>>> from gradassay import reference_engine as torch
>>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> y = x * 1
>>> first = y[:2]
>>> first.mul_(10)
tensor([10., 20.], grad_fn=<IndexBackward>)
>>> y
tensor([10., 20.,  3.], grad_fn=<OverwriteBackward>)

A view knows its base and the steps that lead there. To write to a view gives the base a node
`overwrite`; and whenever the base has another node than before, its views take the steps anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .apply import apply
from .devices import Array
from .graph import Node
from .modes import enable_grad, mode
from .rules import OPS_OF, RULES
from .rules.writing import Steps
from .tensors import Tensor


class View(Tensor):
    """A tensor in the memory of `base`; `origin` is how it was made, where that forbids writing."""

    __slots__ = ("_node", "base", "origin", "seen", "steps")

    def __init__(
        self, array: Array, node: Node | None, base: Tensor, steps: Steps, origin: str
    ) -> None:
        """Join an array and a node, as they follow now from the base."""
        self.array = array
        self._node = node
        self.base = base
        self.seen = base.node
        self.steps = steps
        self.origin = origin

    @property
    def node(self) -> Node | None:
        """The place in the graph: found anew when the base was written to."""
        if self.seen is not self.base.node and self.origin != "no_grad":
            self.seen = self.base.node
            self._node = self.retraced()
        node: Node | None = self._node
        return node

    @node.setter
    def node(self, node: Node | None) -> None:
        self._node = node

    def retraced(self) -> Node | None:
        """The node that the steps lead to, from the base as it is now."""
        x = Tensor(self.base.array, self.base.node)
        with enable_grad():
            for name, params in self.steps:
                x = apply(name, x, **params)
        return x.node

    def detach_(self) -> Tensor:
        """A view cannot leave its base. Raises RuntimeError."""
        raise RuntimeError(
            "detach_: this tensor is a view and would lose the tie to its base; use x.detach()"
        )

    @property
    def _base(self) -> Tensor:
        """The tensor in whose memory this one lies."""
        return self.base


OPS_OF[View] = OPS_OF[Tensor]


def view(name: str, x: Tensor, **params: Any) -> Tensor:
    """Run a row that may give a view: its result follows x if it lies in the same memory."""
    if isinstance(x.array, np.generic):
        x.memory()
    out = apply(name, x, **params)
    if mode.inference or x.is_inference() or not shares(out.array, x.array):
        return out
    base, steps, origin = (x.base, x.steps, x.origin) if isinstance(x, View) else (x, (), "")
    steps = (*steps, (name, params))
    return View(out.array, out.node, base, steps, origin if mode.recording else "no_grad")


def shares(out: Array, array: Array) -> bool:
    """Whether the result of a row lies in the memory of its input."""
    if isinstance(out, np.ndarray):
        return out is array or (
            out.base is not None and (out.base is array or out.base is array.base)
        )
    if isinstance(out, np.generic):
        return False
    return bool(out.untyped_storage().data_ptr() == array.untyped_storage().data_ptr())


def several(views: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Mark the views that one operation made at once: none of them may be written to."""
    for x in views:
        if isinstance(x, View):
            x.origin = x.origin or "several"
    return views


def rebase(x: Tensor, node: Node | None) -> None:
    """Give a tensor that was written to its new node, and its base, if it has one, as well."""
    if not isinstance(x, View):
        move_watch(x.node, node)
        x.node = node
        return
    base = x.base
    if base.node is not None or node is not None:
        parents = (base.node, node)
        whole = Node(base.array, RULES["overwrite"], parents, (), {"steps": x.steps})
        move_watch(base.node, whole)
        base.node = whole


def move_watch(old: Node | None, new: Node | None) -> None:
    """`retain_grad` goes with the tensor; hooks stay with the value that they were given."""
    if old is not None and new is not None and old.rule is not None and old.watch is not None:
        new.watched().retains, old.watch.retains = old.watch.retains, False
