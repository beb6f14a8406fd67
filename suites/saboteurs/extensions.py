"""Faults that the checks of L6 catch: hooks, functions of the user's, saved values."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from .patch import Breakage, attribute
from .saboteur import Saboteur

# ---- hooks -------------------------------------------------------------------------------------


def _hooks(change: Callable[..., Any]) -> Breakage:
    """`change(right, node, g)` in place of calling a node's hooks."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        right = engine.hooks.before
        return attribute(engine.hooks, "before", lambda node, g: change(right, node, g))

    return apply


def _unheard(right: Any, node: Any, g: Any) -> Any:
    right(node, g)
    return g


def _of_the_sum(right: Any, node: Any, g: Any) -> Any:
    """A leaf's hooks are given its gradient as it will be."""
    return right(node, g if node.grad is None else g + node.grad)


def _swallowed(right: Any, node: Any, g: Any) -> Any:
    try:
        return right(node, g)
    except Exception:
        return g


def _last_first(engine: Any) -> AbstractContextManager[None]:
    of = engine.graph.Watch.of
    return attribute(engine.graph.Watch, "of", lambda self, *kinds: of(self, *kinds)[::-1])


def _kept_hooks(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.hooks.Handle, "remove", lambda self: None)


def _too_early(engine: Any) -> AbstractContextManager[None]:
    """A post-accumulation hook runs before the gradient is added."""

    def register(x: Any, hook: Any) -> Any:
        return x.register_hook(lambda g: hook(x))

    return attribute(engine.Tensor, "register_post_accumulate_grad_hook", register)


def _hooks_on_constants(engine: Any) -> AbstractContextManager[None]:
    register = engine.Tensor.register_hook

    def quietly(x: Any, hook: Any) -> Any:
        return register(x, hook) if x.requires_grad else None

    return attribute(engine.Tensor, "register_hook", quietly)


def _any_shape(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.hooks, "checked", lambda answer, g, hook: answer)


# ---- functions ---------------------------------------------------------------------------------


def _all_need(engine: Any) -> AbstractContextManager[None]:
    context = engine.function.Context
    return attribute(engine.function, "Context", lambda needs: context((True,) * len(needs)))


def _context(method: str) -> Breakage:
    """A method of a function's context that does nothing."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        return attribute(engine.function.Context, method, lambda self, *args: None)

    return apply


def _bare_values(engine: Any) -> AbstractContextManager[None]:
    """Saved tensors come back as constants."""
    kept = engine.user_backward.Kept
    unpack = kept.unpack

    def bare(self: Any, *args: Any) -> Any:
        return tuple(x if x is None else x.detach() for x in unpack(self, *args))

    return attribute(kept, "unpack", bare)


def _answers(change: Callable[[Any, list[Any]], list[Any]]) -> Breakage:
    """`change(calls, answers)` is done to what a backward has given, before it is looked at."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        calls = engine.user_backward.Calls
        checked = calls.checked

        def changed(self: Any, answers: list[Any], like: Any) -> Any:
            return checked(self, change(self, answers), like)

        return attribute(calls, "checked", changed)

    return apply


def _any_number(calls: Any, answers: list[Any]) -> list[Any]:
    """Too many are cut off, too few are filled up with none."""
    n = len(calls.inputs)
    return [*answers, *[None] * n][:n]


def _none_is_one(calls: Any, answers: list[Any]) -> list[Any]:
    like = next(a for a in answers if a is not None)
    return [like if a is None else a for a in answers]


def _made_to_fit(calls: Any, answers: list[Any]) -> list[Any]:
    """Entries are repeated or left out until the shape is right."""
    return [
        a if a is None or shape is None else type(a)(np.resize(a.array, shape))
        for a, shape in zip(answers, calls.inputs, strict=False)
    ] + answers[len(calls.inputs) :]


def _twice_differentiable(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.function, "once_differentiable", lambda backward: backward)


def _never_freed(engine: Any) -> AbstractContextManager[None]:
    rule = engine.function.Rule
    return attribute(engine.function, "Rule", lambda *args, saves: rule(*args))


def _unchecked_values(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.user_backward, "check_unchanged", lambda node, array: None)


def _recorded_forward(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.function, "no_grad", nullcontext)


# ---- saved values ------------------------------------------------------------------------------


def _unpacked(engine: Any) -> AbstractContextManager[None]:
    hooks = engine.autograd.graph.saved_tensors_hooks
    return attribute(hooks, "__enter__", lambda self: engine.saving._hooks.pairs.append(None))


def _in_halves(engine: Any) -> AbstractContextManager[None]:
    """What runs again is kept in half precision."""
    part = engine.utils.checkpoint.Part
    value = part.value

    def rounded(self: Any, number: int) -> Any:
        return value(self, number).to(engine.float32).to(engine.float64)

    return attribute(part, "value", rounded)


def _other_numbers(engine: Any) -> AbstractContextManager[None]:
    """What runs again draws new random numbers."""
    part = engine.utils.checkpoint.Part
    init = part.__init__
    return attribute(part, "__init__", lambda self, run, preserve: init(self, run, False))


ROWS = (
    Saboteur("unheard", "what a hook returns is not used",
             "hooks", "state", _hooks(_unheard), check="X1"),
    Saboteur("last_first", "of several hooks the last one runs first",
             "hooks", "state", _last_first, check="X2"),
    Saboteur("kept_hooks", "a hook that was removed goes on",
             "hooks", "state", _kept_hooks, check="X3"),
    Saboteur("of_the_sum", "a leaf's hook is given the sum of sweeps",
             "hooks", "state", _hooks(_of_the_sum), check="X4"),
    Saboteur("too_early", "a post-accumulation hook runs before the gradient is added",
             "hooks", "state", _too_early, check="X5"),
    Saboteur("hooks_on_constants", "a hook on a constant is taken, and never called",
             "hooks", "state", _hooks_on_constants, check="X6"),
    Saboteur("any_shape", "a hook may return a gradient of another shape",
             "hooks", "state", _any_shape, check="X7"),
    Saboteur("swallowed", "an exception in a hook is swallowed",
             "hooks", "state", _hooks(_swallowed), check="X8"),
    Saboteur("all_need", "a function is told that all of its inputs need a gradient",
             "functions", "state", _all_need, check="X9"),
    Saboteur("bare_values", "what a function saved comes back as constants",
             "functions", "state", _bare_values, check="X10"),
    Saboteur("any_number", "a backward may give more or fewer gradients than there are inputs",
             "functions", "state", _answers(_any_number), check="X11"),
    Saboteur("made_to_fit", "a function's gradient of another shape is repeated until it fits",
             "functions", "state", _answers(_made_to_fit), check="X12"),
    Saboteur("none_is_one", "where a backward gives none, another input's gradient is taken",
             "functions", "state", _answers(_none_is_one), check="X13"),
    Saboteur("all_differentiable", "mark_non_differentiable does nothing",
             "functions", "state", _context("mark_non_differentiable"), check="X14"),
    Saboteur("always_zeros", "set_materialize_grads does nothing",
             "functions", "state", _context("set_materialize_grads"), check="X15"),
    Saboteur("twice_differentiable", "once_differentiable does nothing",
             "functions", "state", _twice_differentiable, check="X16"),
    Saboteur("never_freed", "what a function saved is kept after the sweep",
             "functions", "state", _never_freed, check="X17"),
    Saboteur("unchecked_values", "nobody looks whether what a function saved has changed",
             "functions", "state", _unchecked_values, check="X18"),
    Saboteur("recorded_forward", "the forward of a user's function is recorded",
             "functions", "state", _recorded_forward, check="X19"),
    Saboteur("never_packed", "hooks on saved values are never called",
             "hooks", "state", _unpacked, check="X20"),
    Saboteur("in_single", "what a checkpoint computes again is rounded to float32",
             "precision", "state", _in_halves, check="X21"),
    Saboteur("other_numbers", "what a checkpoint runs again draws other random numbers",
             "functions", "state", _other_numbers, check="X21"),
    Saboteur("never_dirty", "mark_dirty does nothing",
             "functions", "state", _context("mark_dirty"), check="X22"),
)  # fmt: skip
