"""The backward sweep: one loop, from the roots towards the leaves, each node once.

Nodes wait in a heap, youngest first. A node's children are all younger, so when it comes up they
have all been swept and its cotangent is complete. No recursion: depth costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from .apply import TENSOR_OPS
from .broadcast import unbroadcast
from .devices import common_dtype
from .graph import Node, leading_to
from .modes import set_grad_enabled
from .rules import OPS_OF, Rule
from .tensors import Tensor

# What a node saves beside arrays: plain numbers, shapes, and None for what it does not save.
_CONSTANT = {bool, int, float, tuple, type(None)}


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
            if math.prod(node.shape) > 1 and not isinstance(g, Tensor):
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
    for root, seed in seeds:
        if useful is None or root in useful:
            cotangents.add(root, fitted(seed, root))
    with set_grad_enabled(record), np.errstate(all="ignore"):
        while cotangents.waiting:
            node, g = cotangents.pop()
            if node in wanted if wanted is not None else node.retains_grad:
                gradients[node] = OPS_OF[type(g)].clone(g)
            if node.rule is not None:
                pull_back(node, node.rule, g, cotangents, useful)
                if node.rule.saves and not retain_graph:
                    node.saved = None
    return gradients


def pull_back(
    node: Node, rule: Rule, g: Any, cotangents: Cotangents, useful: set[Node] | None
) -> None:
    """Bring a node's cotangent to its parents, through the vjps of its rule."""
    ops = OPS_OF[type(g)]
    saved = node.saved if node.saved is not None and ops is not TENSOR_OPS else unpacked(node)
    for parent, vjp in zip(node.parents, rule.vjps, strict=False):
        if parent is not None and vjp and (useful is None or parent in useful):
            d = vjp(ops, g, *saved, **node.params)
            if d.shape != parent.shape or d.dtype != parent.dtype:
                d = fitted(d, parent)
            cotangents.add(parent, d)


def unpacked(node: Node) -> list[Any]:
    """What the node's rule saved, as tensors that know where they came from."""
    if node.saved is None:
        raise RuntimeError(
            f"{node} was swept before and what it saved is gone. To sweep twice through one "
            "graph, pass retain_graph=True to every backward() or grad() but the last."
        )
    owners = zip((node, *node.parents), node.saved, strict=False)
    return [a if type(a) in _CONSTANT else Tensor(a, owner) for owner, a in owners]


def fitted(g: Any, node: Node) -> Any:
    """The cotangent in the shape and dtype of the node's value."""
    ops = OPS_OF[type(g)]
    g = unbroadcast(ops, g, node.shape)
    same = common_dtype(g.dtype) == common_dtype(node.dtype)
    return g if same else ops.astype(g, dtype=node.dtype)
