"""The backward sweep: one loop, from the roots towards the leaves, each node once.

Nodes wait in a heap, youngest first. A node's children are all younger, so when it comes up they
have all been swept and its cotangent is complete. No recursion: depth costs nothing.

Complex numbers: PyTorch's gradient of a real L by z = x + iy is ∂L/∂x + i·∂L/∂y. The sweep
carries its conjugate, 2·∂L/∂z, so that the chain rule of holomorphic functions is that of real
ones and no rule needs to conjugate. Cotangents are turned over where they enter and leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from . import hooks
from .apply import TENSOR_OPS, as_array
from .broadcast import unbroadcast
from .devices import common_dtype
from .graph import Node, leading_to
from .memory import Clock, written_since
from .modes import mode, set_grad_enabled
from .rules import OPS_OF, Rule
from .tensors import Tensor

# What a node saves beside arrays: plain numbers, shapes, and None for what it does not save.
_CONSTANT = {bool, int, float, complex, tuple, type(None)}


class Cotangents:
    """The cotangents that wait for their node's turn, summed as they arrive."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sums: dict[Node, Any] = {}
        self.waiting: list[tuple[int, Node]] = []
        self._own: set[Node] = set()  # whose sum is an array that nobody else has seen

    def add(self, node: Node, g: Any) -> None:
        """Add one contribution to the cotangent of `node`.

        The first is taken as it is, and may be shared with another node or with the caller. The
        second makes a new array; into that one, and no other, further ones are added in place.
        """
        sums = self._sums
        if node not in sums:
            sums[node] = g
            heappush(self.waiting, (-node.birth, node))
        elif node in self._own:
            sums[node] += g
        else:
            sums[node] = sums[node] + g
            # Not for tensors, which are recorded, nor for numpy's scalars, which are immutable.
            if node.shape and not isinstance(g, Tensor):
                self._own.add(node)

    def pop(self) -> tuple[Node, Any]:
        """The youngest waiting node and its complete cotangent."""
        node = heappop(self.waiting)[1]
        return node, self._sums.pop(node)


def sweep(
    seeds: Iterable[tuple[Node, Any]], wanted: set[Node] | None, retain_graph: bool, record: bool
) -> dict[Node, Any]:
    """The cotangents of the wanted nodes (of all leaves, if None), each in memory of its own.

    `seeds` are roots with their cotangents: arrays, or tensors if the sweep is to `record`
    itself. What a swept node saved is let go, unless the graph is retained.
    """
    seeds = list(seeds)
    useful = None if wanted is None else leading_to(wanted, (root for root, _ in seeds))
    cotangents = Cotangents()
    gradients: dict[Node, Any] = {}
    anomaly = mode.anomaly
    with set_grad_enabled(record), np.errstate(all="ignore"):
        for root, seed in seeds:
            if useful is None or root in useful:
                cotangents.add(root, fitted(conjugate(seed), root))
        while cotangents.waiting:
            node, g = cotangents.pop()
            if node.watch is not None:
                g = seen_by_hooks(node, g)
            if node in wanted if wanted is not None else node.watch and node.watch.retains:
                gradients[node] = OPS_OF[type(g)].clone(conjugate(g))
            if node.rule is not None:
                if node.watch is None and anomaly is None:
                    pull_back(node, node.rule, g, cotangents, useful)
                else:
                    observed(node, node.rule, g, cotangents, useful)
                if node.rule.saves and not retain_graph:
                    node.saved = None
    return gradients


def pull_back(
    node: Node, rule: Rule, g: Any, cotangents: Cotangents, useful: set[Node] | None
) -> None:
    """Bring a node's cotangent to its parents, through the vjps of its rule."""
    ops = OPS_OF[type(g)]
    saved = node.saved
    if type(saved) is not tuple or Clock.last > node.birth or ops is TENSOR_OPS:
        saved = unpacked(node, ops is TENSOR_OPS)
    for parent, vjp in zip(node.parents, rule.vjps, strict=False):
        if parent is not None and vjp and (useful is None or parent in useful):
            d = vjp(ops, g, *saved, **node.params)
            if type(d) not in OPS_OF:
                if d is None:
                    continue
                d = as_array(d)
            if d.shape != parent.shape or d.dtype != parent.dtype:
                d = fitted(d, parent)
            cotangents.add(parent, d)


def unpacked(node: Node, recording: bool) -> Any:
    """What the node's rule saved, if it is still what it was; for a recorded sweep, as tensors."""
    saved = node.saved
    if saved is None:
        raise RuntimeError(
            f"{node} was swept before and what it saved is gone. To sweep twice through one "
            "graph, pass retain_graph=True to every backward() or grad() but the last."
        )
    if not isinstance(saved, tuple | list):
        return saved.unpack(node, recording)
    for a in saved:
        if type(a) not in _CONSTANT:
            check_unchanged(node, a)
    if not recording:
        return saved
    owners = zip((node, *node.parents), saved, strict=False)
    return [a if type(a) in _CONSTANT else Tensor(a, owner) for owner, a in owners]


def check_unchanged(node: Node, array: Any) -> None:
    """Raise RuntimeError if what the node saved has been overwritten since."""
    if written_since(array, node.birth):
        raise RuntimeError(
            f"{node} saved a {common_dtype(array.dtype)} value of shape {tuple(array.shape)} that "
            "was written to in place since, so its gradient would be wrong. Write to a copy, "
            "x.clone(), or out of place; torch.autograd.set_detect_anomaly(True) shows where "
            "the node was made."
        )


def fitted(g: Any, node: Node) -> Any:
    """The cotangent in the shape and dtype of the node's value."""
    ops = OPS_OF[type(g)]
    g = unbroadcast(ops, g, node.shape)
    have, want = common_dtype(g.dtype), common_dtype(node.dtype)
    if have == want:
        return g
    if have.kind == "c" and want.kind != "c":
        return fitted(ops.real(g), node)  # a real value moves along the real axis only
    return ops.astype(g, dtype=node.dtype)


def conjugate(g: Any) -> Any:
    """The conjugate of a complex cotangent; a real one as it is."""
    return OPS_OF[type(g)].conj(g) if common_dtype(g.dtype).kind == "c" else g


# Hooks.


def seen_by_hooks(node: Node, g: Any) -> Any:
    """The cotangent as the hooks leave it that run before the node."""
    if node.watch is None or not node.watch.hooks:
        return g
    return given_back(hooks.before(node, shown(g)), g)


def observed(
    node: Node, rule: Rule, g: Any, cotangents: Cotangents, useful: set[Node] | None
) -> None:
    """As `pull_back`, while hooks wait for the contributions or anomalies are looked for."""
    collected = Collected()
    pull_back(node, rule, g, collected, useful)
    if mode.anomaly is not None:
        mode.anomaly(node, collected)
    if node.watch is not None and node.watch.of("after"):
        seen = hooks.after(node, [shown(d) for _, d in collected], shown(g))
        collected[:] = [
            (parent, given_back(new, d))
            for (parent, d), new in zip(collected, seen, strict=True)
            if new is not None
        ]
    for parent, d in collected:
        cotangents.add(parent, d)


class Collected(list[tuple[Node, Any]]):
    """The contributions of one node, before they are added to the cotangents."""

    def add(self, node: Node, g: Any) -> None:
        """Note one contribution."""
        self.append((node, g))


def shown(g: Any) -> Tensor:
    """A cotangent as the user sees it."""
    g = conjugate(g)
    return g if isinstance(g, Tensor) else Tensor(g)


def given_back(x: Tensor, like: Any) -> Any:
    """What the user made of a cotangent, as the sweep carries it."""
    return conjugate(x if isinstance(like, Tensor) else x.array)
