"""Faults that the checks of L1 catch: the chain rule, uses of a value, the order of the sweep."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from .patch import Breakage, attribute, each, together, vjp
from .saboteur import Saboteur


def _local(right: Any, ops: Any, g: Any, *_: Any, **__: Any) -> Any:
    """The answer as if the cotangent were 1."""
    return right(0 * g + 1)


# ---- the sweep's loop --------------------------------------------------------------------------


def _cotangents(engine: Any, add: Any, pop: Any) -> AbstractContextManager[None]:
    """Another way to collect cotangents and to choose the next node."""
    owner = engine.sweep.Cotangents
    return together(attribute(owner, "add", add), attribute(owner, "pop", pop))


def _last_use(engine: Any) -> AbstractContextManager[None]:
    add = engine.sweep.Cotangents.add

    def overwrite(self: Any, node: Any, g: Any) -> None:
        if node in self._sums:
            self._sums[node] = g
        else:
            add(self, node, g)

    return attribute(engine.sweep.Cotangents, "add", overwrite)


def _arrival(engine: Any) -> AbstractContextManager[None]:
    """First come, first swept: what arrives at a node after its turn is lost."""

    def add(self: Any, node: Any, g: Any) -> None:
        swept = vars(self).setdefault("swept", set())
        if node in self._sums:
            self._sums[node] = self._sums[node] + g
        elif node not in swept:
            self._sums[node] = g
            self.waiting.append(node)

    def pop(self: Any) -> tuple[Any, Any]:
        node = self.waiting.pop(0)
        self.swept.add(node)
        return node, self._sums.pop(node)

    return _cotangents(engine, add, pop)


def _every_path(engine: Any) -> AbstractContextManager[None]:
    """Each contribution goes down by itself; only leaves, which come last, sum theirs."""

    def add(self: Any, node: Any, g: Any) -> None:
        if node.rule is not None:
            self.waiting.append((node, g))
        elif node in self._sums:
            self._sums[node] = self._sums[node] + g
        else:
            self._sums[node] = g
            self.waiting.insert(0, (node, None))

    def pop(self: Any) -> tuple[Any, Any]:
        node, g = self.waiting.pop()
        return node, self._sums.pop(node) if g is None else g

    sweep = engine.autograd.sweep

    def retained(seeds: Any, wanted: Any, retain_graph: bool, record: bool) -> Any:
        return sweep(seeds, wanted, True, record)  # a node is visited as often as it has paths

    return together(_cotangents(engine, add, pop), attribute(engine.autograd, "sweep", retained))


def _not_the_root(engine: Any) -> AbstractContextManager[None]:
    """A sweep begins with the parents of its root."""
    sweep = engine.autograd.sweep

    def below(seeds: Any, *rest: Any) -> Any:
        roots = list(seeds)
        found = sweep(roots, *rest)
        return {node: g for node, g in found.items() if node not in dict(roots)}

    return attribute(engine.autograd, "sweep", below)


# ---- leaves ------------------------------------------------------------------------------------


def _begins_as_one(engine: Any) -> AbstractContextManager[None]:
    """A leaf's gradient begins as ones, which the first sweep that meets it overwrites."""
    tensor = engine.tensors.Tensor
    require = tensor.requires_grad_

    def filled(self: Any, wanted: bool = True) -> Any:
        require(self, wanted)
        if wanted:
            self.node.grad = tensor(self.array * 0 + 1)
        return self

    def overwritten(node: Any, gradient: Any) -> None:
        node.grad = gradient

    return together(
        attribute(tensor, "requires_grad_", filled),
        attribute(engine.autograd, "accumulate", overwritten),
    )


def _by_truth(engine: Any) -> AbstractContextManager[None]:
    accumulate = engine.autograd.accumulate

    def unless_zero(node: Any, gradient: Any) -> None:
        if gradient.numel() != 1 or gradient:
            accumulate(node, gradient)

    return attribute(engine.autograd, "accumulate", unless_zero)


# ---- operators ---------------------------------------------------------------------------------


def _unreflected(engine: Any) -> AbstractContextManager[None]:
    subtract = engine.subtract

    def forward_only(x: Any, y: Any) -> Any:
        return subtract(x, y) if isinstance(x, engine.Tensor) else subtract(y, x)

    return attribute(engine, "subtract", forward_only)


def nodes_with(row: str, parents_of: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Breakage:
    """Nodes of one row with other parents."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        node = engine.apply.Node

        def made(out: Any, rule: Any, parents: tuple[Any, ...], *rest: Any) -> Any:
            given = parents_of(parents) if rule.name == row else parents
            return node(out, rule, given, *rest)

        return attribute(engine.apply, "Node", made)

    return apply


def last_of_each(parents: tuple[Any, ...]) -> tuple[Any, ...]:
    """The parents as a dictionary by tensor keeps them: of one that comes twice, the last slot."""
    return tuple(None if p in parents[i + 1 :] else p for i, p in enumerate(parents))


ROWS = (
    Saboteur("local", "multiply hands down its own derivative, and forgets the cotangent",
             "rule", "state", each(vjp("mul", _local, 0), vjp("mul", _local, 1)), check="S1"),
    Saboteur("last_use", "each use of a value overwrites its cotangent, so the last one stays",
             "accumulation", "state", _last_use, check="S2"),
    Saboteur("arrival", "nodes are swept in the order in which they are reached; what arrives later"
             " is lost", "order", "state", _arrival, check="S3 N16"),
    Saboteur("every_path", "every path from the root is walked by itself: right, but exponential",
             "time", "state", _every_path, check="S4", outcome="timed out"),
    Saboteur("begins_as_one", "the gradient of a leaf begins as ones, for the first sweep to"
             " overwrite", "memory", "state", _begins_as_one, check="S5"),
    Saboteur("by_truth", "a gradient is tested by its truth value, so 0 is taken for none",
             "special values", "state", _by_truth, check="S6"),
    Saboteur("not_the_root", "a sweep begins below its root, so a root that is a leaf gets nothing",
             "seeds", "state", _not_the_root, check="S7"),
    Saboteur("unreflected", "number - x is computed as x - number",
             "rule", "state", _unreflected, check="S8"),
    Saboteur("addends", "add keeps its operands in a dictionary by tensor, so x + x counts x once",
             "accumulation", "state", nodes_with("add", last_of_each), check="S9"),
)  # fmt: skip
