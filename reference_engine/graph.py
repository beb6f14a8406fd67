"""The graph: a node for each recorded value, pointing at the nodes it was computed from.

Tensors point at their nodes and nodes at their parents; nothing points back, so there are no
cycles, and a graph dies by reference count the moment its last tensor does. (A long chain dies
node inside node; CPython's trashcan turns that into a loop, so that the C stack does not grow.)
A node holds what its rule saved and not the tensors themselves: an intermediate value that no
vjp needs is freed during the forward pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .devices import Array
from .rules import Rule

if TYPE_CHECKING:
    from .tensors import Tensor

_births = itertools.count()


class Node:
    """A value in the graph: how it was made, and what its cotangent must look like.

    A leaf is a node without a rule. `birth` numbers nodes in order of creation, so a node's
    parents always have smaller numbers. `grad` is the accumulated gradient of a leaf, or of an
    inner node that `retains_grad`.
    """

    __slots__ = (
        "birth", "dtype", "grad", "params", "parents", "retains_grad", "rule", "saved", "shape",
    )  # fmt: skip

    def __init__(
        self,
        like: Array,
        rule: Rule | None = None,
        parents: tuple[Node | None, ...] = (),
        saved: Sequence[Any] | None = (),
        params: dict[str, Any] | None = None,
    ) -> None:
        """Note the value's shape and dtype; the value itself stays with its tensor."""
        self.shape: tuple[int, ...] = like.shape
        self.dtype = like.dtype
        self.rule = rule
        self.parents = parents
        self.saved = saved
        self.params = {} if params is None else params
        self.birth = next(_births)
        self.retains_grad = rule is None
        self.grad: Tensor | None = None

    @property
    def name(self) -> str:
        """`MulBackward` for the row `mul`; a leaf only accumulates."""
        return f"{self.rule.name.title()}Backward" if self.rule else "AccumulateGrad"

    def __repr__(self) -> str:
        """As PyTorch shows a node."""
        return f"<{self.name}>"


def leading_to(wanted: set[Node], roots: Iterable[Node]) -> set[Node]:
    """The nodes below `roots` from which some wanted node can be reached, those included."""
    found = set(roots)
    unexplored = list(found)
    while unexplored:
        for parent in unexplored.pop().parents:
            if parent is not None and parent not in found:
                found.add(parent)
                unexplored.append(parent)
    useful: set[Node] = set()
    for node in sorted(found, key=lambda node: node.birth):  # parents before children
        if node in wanted or not useful.isdisjoint(node.parents):
            useful.add(node)
    return useful
