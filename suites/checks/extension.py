"""L6: hooks, functions of the user's own, and what becomes of saved values."""

from __future__ import annotations

from .clause import must
from .script import Builder


@must("X1", "L6")
def hook_replaces(s: Builder) -> None:
    """What a hook returns takes the gradient's place, where it is kept and further down."""
    why = "the gradient of y² is 12 for y = 6, a hook makes 120 of it, and y = 2x"
    s.python("hook_replaces", {"x": 240.0, "y": 120.0}, why)


@must("X2", "L6", blocked_by="X1")
def hooks_in_order(s: Builder) -> None:
    """A hook that returns none keeps the gradient; hooks run in the order of registration."""
    s.python("hooks_in_order", {"seen": [2.0, 3.0, 30.0], "x": 30.0}, "(2 + 1) · 10")


@must("X3", "L6", blocked_by="X1")
def hook_removed(s: Builder) -> None:
    """A hook that was removed does nothing; others stay, and to remove it again is no error."""
    s.python("hook_removed", 14.0, "2 · 7, by the hook that stayed")


@must("X4", "L6")
def hook_of_a_leaf(s: Builder) -> None:
    """A leaf's hook runs once a sweep and sees what this sweep gives, not the sum of sweeps."""
    s.python("hook_of_a_leaf", {"seen": [3.0, 5.0], "x": 8.0}, "2x + x, then 5x")


@must("X5", "L6")
def hook_after_accumulation(s: Builder) -> None:
    """A post-accumulation hook gets the leaf when `.grad` is complete, and may let that go.

    Optimizers that step inside the sweep rest on it: each gradient is used and freed at once.
    """
    want = {"seen": [[True, 2.0], [True, 7.0]], "x": None, "an inner node raises": True}
    s.python("hook_after_accumulation", want, "2 from 2x, and 5 more from 5x")


@must("X6", "L6")
def hook_on_a_constant(s: Builder) -> None:
    """A hook on something that does not record is an error: it would never be called."""
    s.python("hook_on_a_constant", True)


@must("X7", "L6", blocked_by="X1")
def hook_of_another_shape(s: Builder) -> None:
    """If a hook returns a gradient of another shape, the sweep is an error."""
    s.python("hook_of_another_shape", {"the same": False, "longer": True, "0-d": True})


@must("X8", "L6", blocked_by="X3")
def hook_raises(s: Builder) -> None:
    """An exception in a hook comes through as it is, and the engine stays usable."""
    want = {"caught": "KeyError('mine')", "x": 4.0, "records": True}
    s.python("hook_raises", want, "the second sweep of x² at 2 begins anew")


@must("X9", "L6")
def needs_input_grad(s: Builder) -> None:
    """A user's function is told which inputs need a gradient, and its backward is what counts."""
    want = {"needs": [[True, False, False]], "x": 14.0}
    s.python("needs_input_grad", want, "x records; a constant and a plain number do not")


@must("X10", "L6", blocked_by="X9")
def function_differentiated_again(s: Builder) -> None:
    """A user's backward that is made of differentiable ops gives second derivatives, and so on.

    Saved inputs must come back with their place in the graph: as bare values, 3x² is a constant.
    """
    s.python("function_differentiated_again", [12.0, 12.0, 6.0], "3x², 6x and 6 at 2")


@must("X11", "L6", blocked_by="X9")
def wrong_number_of_gradients(s: Builder) -> None:
    """If a backward gives more or fewer gradients than there are inputs, the sweep is an error."""
    s.python("wrong_number_of_gradients", {"one": False, "two": True, "no": True})


@must("X12", "L6", blocked_by="X9")
def wrong_shape_of_gradient(s: Builder) -> None:
    """If a backward gives a gradient of another shape than the input's, the sweep is an error."""
    s.python("wrong_shape_of_gradient", {"of 2": False, "of 3": True})


@must("X13", "L6", blocked_by="X9")
def none_as_gradient(s: Builder) -> None:
    """None from a backward is no contribution, and others' to the same input count."""
    s.python("none_as_gradient", {"x": 1.0, "y": 4.0}, "the backward gives (1, none)")


@must("X14", "L6", blocked_by="X9")
def non_differentiable_output(s: Builder) -> None:
    """An output that is marked non-differentiable does not record; the others do."""
    s.python("non_differentiable_output", {"record": [True, False], "x": [2.0, -2.0]})


@must("X15", "L6", blocked_by="X9")
def missing_output_gradient(s: Builder) -> None:
    """The gradient of an output that was not used arrives as zeros, or as none if that is asked."""
    s.python("missing_output_gradient", {"seen": [[0.0, 0.0], None], "x": [4.0, 4.0]})


@must("X16", "L6", blocked_by="X10")
def once_differentiable(s: Builder) -> None:
    """Through a backward that is marked once-differentiable, a second derivative is an error.

    Such a backward computes with means that are not recorded. Unmarked, its second derivative
    would be zero, in silence.
    """
    s.python("once_differentiable", {"first": 108.0, "second": True}, "4x³ of (x²)² at 3")


@must("X17", "L6", blocked_by="X9 G8")
def values_of_a_function_freed(s: Builder) -> None:
    """What a user's function saved is freed by a sweep, unless that retains the graph."""
    s.python("values_of_a_function_freed", {"kept": False, "x": 24.0, "freed": True})


@must("X18", "L6", blocked_by="X9 M3")
def value_of_a_function_changed(s: Builder) -> None:
    """If a value that a user's function saved was written to, the sweep is an error."""
    s.python("value_of_a_function_changed", {"unchanged": False, "changed": True})


@must("X19", "L6", blocked_by="X9")
def recording_in_a_function(s: Builder) -> None:
    """A user's forward is not recorded; the backward is, exactly when the sweep is."""
    s.python("recording_in_a_function", {"plain": [False, False], "recorded": [False, True]})


@must("X20", "L6")
def saved_values_packed(s: Builder) -> None:
    """Saved values are packed by a hook when they are saved, and unpacked by its twin in the sweep.

    On this rest moving saved values to another device, compressing them and checkpointing.
    """
    want = {"before the sweep": ["pack"], "in it": ["unpack"], "x": [2.0, 4.0]}
    s.python("saved_values_packed", want)


@must("X21", "L6")
def checkpointed(s: Builder) -> None:
    """Checkpointing runs a part twice and gives the gradients of the plain run, bit for bit.

    What runs again must draw the random numbers that it drew before, or dropout drops others.
    """
    s.python("checkpointed", {"equal": True, "runs": 2})


@must("X22", "L6", blocked_by="X9 M3")
def dirty_input(s: Builder) -> None:
    """An input that a function writes to and marks dirty is the output; a leaf cannot be.

    To whoever saved the input before, it has changed, and their sweep is an error.
    """
    want = {
        "y": [10.0, 20.0],
        "is returned": True,
        "x": [10.0, 30.0],
        "a leaf raises": True,
        "a saved value raises": True,
    }
    s.python("dirty_input", want, "5 by the function, 2 before it")
