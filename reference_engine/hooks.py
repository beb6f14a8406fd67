"""Hooks: functions that see cotangents pass, and may replace them.

>>> from gradassay import reference_engine as torch
>>> x = torch.tensor(3.0, requires_grad=True)
>>> handle = x.register_hook(lambda g: g * 10)
>>> (x * x).backward()
>>> x.grad
tensor(60.)
>>> handle.remove()

A tensor's hooks run when its cotangent is complete, before anything is made of it. What one
returns takes the cotangent's place; None leaves it. An exception passes through.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .devices import common_dtype
from .graph import Node
from .modes import mode
from .rules import OPS_OF
from .tensors import Tensor


class Handle:
    """What `register_hook` gives back: `remove()` takes the hook away; a block does at its end."""

    def __init__(self, number: int, hooks: dict[int, Any]) -> None:
        """Note where the hook stands, and under which number."""
        self.id = number
        self._hooks = hooks

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        """Begin a block."""
        return self

    def __exit__(self, *error: object) -> None:
        """Take the hook away."""
        self.remove()


def register_hook(x: Tensor, hook: Callable[[Tensor], Any]) -> Handle:
    """Call `hook(gradient)` whenever a gradient with respect to x has been computed."""
    if x.node is None:
        raise RuntimeError(
            "register_hook: this tensor requires no gradient, so no hook would ever be called; "
            "call x.requires_grad_() first"
        )
    return x.node.watched().register("tensor", hook)


def register_post_accumulate_grad_hook(x: Tensor, hook: Callable[[Tensor], None]) -> Handle:
    """Call `hook(x)` after a sweep has added to `x.grad`."""
    if x.node is None or not x.is_leaf:
        raise RuntimeError(
            "register_post_accumulate_grad_hook: gradients accumulate in leaves that require them "
            "alone; use register_hook, or a leaf with requires_grad=True"
        )
    found = weakref.ref(x)  # the node must not hold its tensor: that would be a cycle

    def call() -> None:
        if (tensor := found()) is not None:
            hook(tensor)

    return x.node.watched().register("accumulated", call)


def before(node: Node, g: Tensor) -> Tensor:
    """The cotangent of a node's value, as its hooks leave it."""
    assert node.watch is not None
    for kind, hook in node.watch.of("tensor", "outputs"):
        answer = hook(g) if kind == "tensor" else hook((g,))
        if answer is not None:
            g = checked(answer if kind == "tensor" else answer[0], g, hook)
    return g


def after(node: Node, given: list[Any], g: Tensor) -> list[Any]:
    """The contributions to the node's parents, as its hooks leave them."""
    assert node.watch is not None
    for _, hook in node.watch.of("after"):
        answer = hook(tuple(given), (g,))
        if answer is not None:
            given = [
                new if old is None or new is None else checked(new, old, hook)
                for new, old in zip(answer, given, strict=True)
            ]
    return given


def checked(answer: Any, g: Tensor, hook: Any) -> Tensor:
    """A hook's answer, if it can take the place of g. Raises TypeError and RuntimeError."""
    name = getattr(hook, "__name__", repr(hook))
    if not isinstance(answer, Tensor):
        raise TypeError(
            f"the hook {name} gave a {type(answer).__name__}; return a tensor, or None to keep "
            "the gradient"
        )
    if (answer.shape, answer.dtype) != (g.shape, g.dtype):
        raise RuntimeError(
            f"the hook {name} turned a {g.dtype} gradient of shape {g.shape} into a "
            f"{answer.dtype} one of shape {answer.shape}; return one of the same shape and dtype"
        )
    return answer


# Where the sweep meets them.


def seen(node: Node, g: Any) -> Any:
    """The cotangent as the hooks leave it that run before the node."""
    if node.watch is None or not node.watch.hooks:
        return g
    return given_back(before(node, shown(g)), g)


def observed(
    pull_back: Callable[..., None], node: Node, g: Any, cotangents: Any, useful: set[Node] | None
) -> None:
    """As `pull_back`, while hooks wait for the contributions or anomalies are looked for."""
    collected = Collected()
    pull_back(node, node.rule, g, collected, useful)
    if mode.anomaly is not None:
        mode.anomaly(node, collected)
    if node.watch is not None and node.watch.of("after"):
        answers = after(node, [shown(d) for _, d in collected], shown(g))
        collected[:] = [
            (parent, given_back(new, d))
            for (parent, d), new in zip(collected, answers, strict=True)
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


def conjugate(g: Any) -> Any:
    """The conjugate of a complex cotangent; a real one as it is."""
    return OPS_OF[type(g)].conj(g) if common_dtype(g.dtype).kind == "c" else g
