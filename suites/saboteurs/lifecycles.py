"""Faults that the checks of L4 catch: what gradients, graphs and modes do over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from .patch import Breakage, attribute
from .saboteur import Saboteur

# ---- .grad -------------------------------------------------------------------------------------


def accumulating(add: Callable[[Any, Any], Any]) -> Breakage:
    """A leaf that has a gradient gets `add(held, gradient)` in its place."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        accumulate = engine.autograd.accumulate

        def added(node: Any, gradient: Any) -> None:
            if node.grad is None:
                accumulate(node, gradient)
            else:
                node.grad = add(node.grad, gradient)

        return attribute(engine.autograd, "accumulate", added)

    return apply


def _twice(held: Any, gradient: Any) -> Any:
    """The sweep began with the gradient that was held, and its result is added to that again."""
    return held + (held + gradient)


def _recycled(held: Any, gradient: Any) -> Any:
    """The old array is cleared for another use, though someone may hold it."""
    total = held + gradient
    held.memory()[...] = 0
    return total


def _in_place(held: Any, gradient: Any) -> Any:
    """Added in place, though it is part of a graph."""
    held.memory()[...] += gradient.array
    return held


def _not_to_none(engine: Any) -> AbstractContextManager[None]:
    """Assigning none to a gradient does nothing."""
    grad = engine.Tensor.grad

    def assign(self: Any, value: Any) -> None:
        if value is not None:
            grad.fset(self, value)

    return attribute(engine.Tensor, "grad", property(grad.fget, assign))


def _returning(engine: Any) -> AbstractContextManager[None]:
    """Sums are kept beside `.grad`, and setting that to none leaves them as they are."""
    totals: Any = WeakKeyDictionary()

    def summed(node: Any, gradient: Any) -> None:
        totals[node] = node.grad = totals[node] + gradient if node in totals else gradient

    return attribute(engine.autograd, "accumulate", summed)


# ---- graphs ------------------------------------------------------------------------------------


def _all_retain(engine: Any) -> AbstractContextManager[None]:
    node = engine.apply.Node

    def retaining(*args: Any) -> Any:
        made = node(*args)
        made.watched().retains = True
        return made

    return attribute(engine.apply, "Node", retaining)


def _none_retains(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.Tensor, "retain_grad", lambda self: None)


def _silent(engine: Any) -> AbstractContextManager[None]:
    """A node whose saved values are gone hands down nothing."""
    pull_back = engine.sweep.pull_back

    def unless_freed(node: Any, rule: Any, *rest: Any) -> None:
        if not (rule.saves and node.saved is None):
            pull_back(node, rule, *rest)

    return attribute(engine.sweep, "pull_back", unless_freed)


def _leftover(engine: Any) -> AbstractContextManager[None]:
    """An inner node keeps its cotangent, and the next sweep adds to that."""
    pop = engine.sweep.Cotangents.pop
    left: Any = WeakKeyDictionary()

    def added(self: Any) -> tuple[Any, Any]:
        node, g = pop(self)
        if node.rule is not None:
            g = left[node] = g + left.get(node, 0)
        return node, g

    return attribute(engine.sweep.Cotangents, "pop", added)


def _nothing_to_do(engine: Any) -> AbstractContextManager[None]:
    """A sweep from a constant has nothing to do, and says nothing."""
    backward = engine.autograd.backward

    def quiet(tensors: Any, *args: Any, **options: Any) -> None:
        if getattr(tensors, "requires_grad", True):
            backward(tensors, *args, **options)

    return attribute(engine.autograd, "backward", quiet)


def _copied(engine: Any) -> AbstractContextManager[None]:
    detach = engine.Tensor.detach
    return attribute(engine.Tensor, "detach", lambda self: detach(self).clone())


def _cut_itself(engine: Any) -> AbstractContextManager[None]:
    """The value that was to be copied without its history loses that itself."""
    detach = engine.Tensor.detach

    def cut(self: Any) -> Any:
        self.node = None
        return detach(self)

    return attribute(engine.Tensor, "detach", cut)


# ---- modes -------------------------------------------------------------------------------------


def without_effect(name: str) -> Breakage:
    """A block under this mode leaves the mode as it is."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        owner, mode = getattr(engine.modes, name), engine.modes.mode
        return attribute(owner, "enter", lambda self: mode.recording)

    return apply


@contextmanager
def _stuck(engine: Any) -> Iterator[None]:
    """The mode is restored by the way through a block's end, and not by an exception."""
    block, mode = engine.modes.Block, engine.modes.mode
    leave, before = block.__exit__, mode.recording

    def unless_raised(self: Any, kind: Any = None, *rest: Any) -> None:
        if kind is None:
            leave(self, kind, *rest)

    with attribute(block, "__exit__", unless_raised):
        yield
    mode.recording = before


ROWS = (
    Saboteur("held_twice", "a sweep begins with the gradient that a leaf holds, and adds to that"
             " again", "accumulation", "state", accumulating(_twice), check="G1"),
    Saboteur("recycled", "the array of a gradient that is replaced is cleared for another use",
             "memory", "state", accumulating(_recycled), check="G2"),
    Saboteur("in_place", "gradients are added in place, though create_graph has recorded them",
             "memory", "state", accumulating(_in_place), check="G3"),
    Saboteur("not_to_none", "setting a gradient to none does nothing",
             "accumulation", "state", _not_to_none, check="G4 G5"),
    Saboteur("returning", "a gradient that was reset comes back with the next sweep",
             "accumulation", "state", _returning, check="G4 G5"),
    Saboteur("all_retain", "every inner node keeps its gradient",
             "graphs", "state", _all_retain, check="G6"),
    Saboteur("none_retains", "retain_grad does nothing",
             "graphs", "state", _none_retains, check="G7"),
    Saboteur("silent", "a second sweep over a freed graph gives nothing, and no error",
             "graphs", "state", _silent, check="G8"),
    Saboteur("leftover", "inner nodes keep the cotangent of a sweep, and the next one adds to it",
             "graphs", "state", _leftover, check="G9 G10"),
    Saboteur("nothing_to_do", "a sweep from something without a graph does nothing, silently",
             "graphs", "state", _nothing_to_do, check="G11"),
    Saboteur("copied", "detach copies the entries",
             "memory", "state", _copied, check="G12"),
    Saboteur("cut_itself", "detach takes the value itself out of the graph, and so cuts every path",
             "graphs", "state", _cut_itself, check="G13"),
    Saboteur("still_recording", "no_grad does nothing",
             "modes", "state", without_effect("no_grad"), check="G14"),
    Saboteur("not_enabled", "enable_grad does nothing inside no_grad",
             "modes", "state", without_effect("enable_grad"), check="G15"),
    Saboteur("stuck", "a block that ends by an exception leaves its mode on",
             "modes", "state", _stuck, check="G16"),
)  # fmt: skip
