"""The graph: a node for each recorded value, pointing at the nodes it was computed from.

Tensors point at their nodes and nodes at their parents; nothing points back, so there are no
cycles, and a graph dies by reference count the moment its last tensor does. (A long chain dies
node inside node; CPython's trashcan turns that into a loop, so that the C stack does not grow.)
A node holds what its rule saved and not the tensors themselves: an intermediate value that no
vjp needs is freed during the forward pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .devices import Array
from .rules import Rule

if TYPE_CHECKING:
    from .hooks import Handle
    from .tensors import Tensor

births = itertools.count()
_NONE: dict[str, Any] = {}


class Node:
    """A value in the graph: how it was made, and what its cotangent must look like.

    A leaf is a node without a rule. `birth` numbers nodes in order of creation, so a node's
    parents always have smaller numbers. `watch` is None unless somebody wants to see the cotangent.
    """

    __slots__ = (
        "__weakref__", "birth", "dtype", "params", "parents", "rule", "saved", "shape", "watch",
    )  # fmt: skip

    def __init__(
        self,
        like: Array,
        rule: Rule | None = None,
        parents: tuple[Node | None, ...] = (),
        saved: Any = (),
        params: dict[str, Any] = _NONE,
    ) -> None:
        """Note the value's shape and dtype; the value itself stays with its tensor."""
        self.shape: tuple[int, ...] = like.shape
        self.dtype = like.dtype
        self.rule = rule
        self.parents = parents
        self.saved = saved
        self.params = params or _NONE  # an empty dictionary for each node would cost 64 bytes
        self.birth = next(births)
        self.watch = None if rule is not None else Watch(retains=True)

    @property
    def grad(self) -> Tensor | None:
        """The gradient kept so far: of a leaf, or of an inner node that retains it."""
        return self.watch.grad if self.watch is not None else None

    @grad.setter
    def grad(self, gradient: Tensor | None) -> None:
        self.watched().grad = gradient

    def watched(self) -> Watch:
        """Where to say what shall be kept of this node's cotangents, and who shall see them."""
        if self.watch is None:
            self.watch = Watch()
        return self.watch

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The parents, as PyTorch gives them; each has one output."""
        return tuple((parent, 0) for parent in self.parents)

    def register_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(grad_inputs, grad_outputs)` after this node; it may replace grad_inputs."""
        return self.watched().register("after", hook)

    def register_prehook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(grad_outputs)` before this node; it may replace them."""
        return self.watched().register("outputs", hook)

    def name(self) -> str:
        """`MulBackward` for the row `mul`; a leaf only accumulates."""
        if self.rule is None:
            return "AccumulateGrad"
        words = self.rule.name.split("_")
        return "".join(word[:1].upper() + word[1:] for word in words) + "Backward"

    def __repr__(self) -> str:
        """As PyTorch shows a node."""
        return f"<{self.name()}>"


class Watch:
    """What is kept of a node's cotangents, and the hooks that see them: (kind, hook) in order.

    Kinds: `"tensor"` and `"outputs"` before the node runs, `"after"` it, and `"accumulated"`.
    """

    __slots__ = ("grad", "hooks", "retains")

    def __init__(self, retains: bool = False) -> None:
        """Begin without a gradient and without hooks."""
        self.grad: Tensor | None = None
        self.retains = retains
        self.hooks: dict[int, tuple[str, Callable[..., Any]]] = {}

    def register(self, kind: str, hook: Callable[..., Any]) -> Handle:
        """Add a hook; the handle removes it again."""
        from .hooks import Handle

        number = next(births)
        self.hooks[number] = (kind, hook)
        return Handle(number, self.hooks)

    def of(self, *kinds: str) -> list[tuple[str, Callable[..., Any]]]:
        """The hooks of these kinds, in order of registration."""
        return [entry for entry in self.hooks.values() if entry[0] in kinds]


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
