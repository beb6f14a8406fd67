"""The backward sweep: one loop, from the roots towards the leaves, each node once.

Nodes wait in a heap, youngest first. A node's children are all younger, so when it comes up they
have all been swept and its cotangent is complete. No recursion: depth costs nothing.

Complex numbers: PyTorch's gradient of a real L by z = x + iy is ∂L/∂x + i·∂L/∂y. The sweep
carries its conjugate, 2·∂L/∂z, so that the chain rule of holomorphic functions is that of real
ones and no rule needs to conjugate. Cotangents are turned over where they enter and leave.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from . import hooks
from .apply import TENSOR_OPS, as_array
from .broadcast import unbroadcast
from .devices import common_dtype
from .graph import Node, leading_to
from .memory import Clock
from .modes import mode, set_grad_enabled
from .rules import OPS_OF, Rule
from .saving import unpacked
from .tensors import Tensor


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
        held = self._sums.get(node)
        if held is None:
            self._sums[node] = g
            heappush(self.waiting, (-node.birth, node))
        elif node in self._own:
            held += g
        else:
            self._sums[node] = held + g
            # Not for tensors, which are recorded, nor for numpy's scalars, which are immutable;
            # and to write a single number into an array takes longer than to make a new one.
            if node.shape and math.prod(node.shape) > 1 and not isinstance(g, Tensor):
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
                cotangents.add(root, fitted(hooks.conjugate(seed), root))
        while cotangents.waiting:
            node, g = cotangents.pop()
            if node.watch is not None:
                g = hooks.seen(node, g)
            if node in wanted if wanted is not None else node.watch and node.watch.retains:
                gradients[node] = OPS_OF[type(g)].clone(hooks.conjugate(g))
            if node.rule is not None:
                if node.watch is None and anomaly is None:
                    pull_back(node, node.rule, g, cotangents, useful)
                else:
                    hooks.observed(pull_back, node, g, cotangents, useful)
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
    for parent, vjp in zip(node.parents, rule.vjps):  # noqa: B905 - it would cost 0.2 µs
        if parent is not None and vjp and (useful is None or parent in useful):
            # Python takes its time to pass on what is empty, so half of the rows are spared it.
            d = vjp(ops, g, *saved, **node.params) if saved or node.params else vjp(ops, g)
            if d is None:
                continue
            if getattr(d, "dtype", None) is not parent.dtype or d.shape != parent.shape:
                d = fitted(d, parent)
            cotangents.add(parent, d)


def fitted(g: Any, node: Node) -> Any:
    """The cotangent in the shape and dtype of the node's value."""
    g = g if type(g) in OPS_OF else as_array(g)
    ops = OPS_OF[type(g)]
    g = unbroadcast(ops, g, node.shape)
    have, want = common_dtype(g.dtype), common_dtype(node.dtype)
    if have == want:
        return g
    if have.kind == "c" and want.kind != "c":
        return fitted(ops.real(g), node)  # a real value moves along the real axis only
    return ops.astype(g, dtype=node.dtype)
