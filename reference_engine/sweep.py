"""The backward sweep: one loop, from the roots towards the leaves, each node once.

Nodes wait in a heap, youngest first. A node's children are all younger, so when it comes up they
have all been swept and its cotangent is complete. No recursion: depth costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Any

import numpy as np

from .broadcast import unbroadcast
from .devices import namespace
from .graph import Node, leading_to
from .modes import set_grad_enabled
from .rules import ArrayOps
from .tensor import TENSOR_OPS, Tensor, quiet

_NUMPY_OPS = ArrayOps(np)
_array_ops: dict[Any, ArrayOps] = {np: _NUMPY_OPS}


def ops_for(g: Any) -> Any:
    """The rows as they work on this cotangent: recorded on a tensor, bare on an array."""
    if isinstance(g, Tensor):
        return TENSOR_OPS
    xp = namespace(g)
    return _array_ops.get(xp) or _array_ops.setdefault(xp, ArrayOps(xp))


class Cotangents:
    """The cotangents that wait for their node's turn, summed as they arrive."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sums: dict[Node, Any] = {}
        self._waiting: list[tuple[int, Node]] = []
        self._own: set[Node] = set()  # whose sum is an array that nobody else has seen

    def add(self, node: Node, g: Any) -> None:
        """Add one contribution to the cotangent of `node`.

        The first is taken as it is, and may be shared with another node or with the caller. The
        second makes a new array; into that one, and no other, further ones are added in place.
        """
        sums = self._sums
        if node not in sums:
            sums[node] = g
            heappush(self._waiting, (-node.birth, node))
        elif node in self._own:
            sums[node] += g
        else:
            sums[node] = sums[node] + g
            # Not for tensors, which are recorded, nor for numpy's scalars, which are immutable.
            if math.prod(node.shape) > 1 and not isinstance(g, Tensor):
                self._own.add(node)

    def pop(self) -> tuple[Node, Any]:
        """The youngest waiting node and its complete cotangent."""
        node = heappop(self._waiting)[1]
        return node, self._sums.pop(node)

    def __bool__(self) -> bool:
        """Whether any node waits."""
        return bool(self._waiting)


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
            cotangents.add(root, fitted(ops_for(seed), seed, root))
    with set_grad_enabled(record), quiet():
        while cotangents:
            node, g = cotangents.pop()
            if node in wanted if wanted is not None else node.retains_grad:
                gradients[node] = ops_for(g).clone(g)
            for parent, d in contributions(node, g, useful):
                cotangents.add(parent, d)
            if not retain_graph and node.rule and node.rule.keeps:
                node.saved = None
    return gradients


def contributions(node: Node, g: Any, useful: set[Node] | None) -> Iterator[tuple[Node, Any]]:
    """What a node's cotangent gives to its parents: its rule's vjps, one after the other."""
    if node.rule is None:
        return
    ops = ops_for(g)
    saved = unpacked(node, recorded=ops is TENSOR_OPS)
    for vjp, parent in zip(node.rule.vjps, node.parents, strict=False):
        if parent is not None and vjp and (useful is None or parent in useful):
            yield parent, fitted(ops, vjp(ops, g, *saved, **node.params), parent)


def unpacked(node: Node, recorded: bool) -> list[Any]:
    """What the node's rule saved; in a recorded sweep as tensors that know where they came from."""
    assert node.rule is not None
    if node.saved is None:
        raise RuntimeError(
            f"{node} was swept before and what it saved is gone. To sweep twice through one "
            "graph, pass retain_graph=True to every backward() or grad() but the last."
        )
    if not recorded:
        return node.saved
    values = list(node.saved)
    owners = (node, *node.parents)
    for i in node.rule.keeps:
        if not isinstance(values[i], bool | int | float):
            values[i] = Tensor(values[i], owners[i])
    return values


def fitted(ops: Any, g: Any, node: Node) -> Any:
    """The cotangent in the shape and dtype of the node's value."""
    if g.shape != node.shape:
        g = unbroadcast(ops, g, node.shape)
    if (g.array if ops is TENSOR_OPS else g).dtype != node.dtype:
        g = ops.astype(g, dtype=node.dtype)
    return g
