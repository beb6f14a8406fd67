"""Functions of the user's with a backward of their own."""

from __future__ import annotations

from typing import Any, Callable

from .kit import constant, grad, leaf, noted, raises


def _function(torch: Any, forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    """A user function of these two."""
    members = {
        "forward": staticmethod(noted(forward)),
        "backward": staticmethod(noted(backward)),
    }
    return type("Mine", (torch.autograd.Function,), members)


def _cube(torch: Any) -> Any:
    """x³, which saves x."""

    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x * x

    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 3 * x * x * g

    return _function(torch, forward, backward)


def needs_input_grad(torch: Any) -> Any:
    """What a function is told about its inputs x, c and 2, and the gradient that it gives."""
    seen = []

    def forward(ctx: Any, x: Any, c: Any, n: int) -> Any:
        return x * c * n

    def backward(ctx: Any, g: Any) -> Any:
        seen.append(list(ctx.needs_input_grad))
        return g * 14, None, None

    x, c = leaf(torch, 3.0), constant(torch, 7.0)
    _function(torch, forward, backward).apply(x, c, 2).backward()
    return {"needs": seen, "x": grad(x)}


def function_differentiated_again(torch: Any) -> Any:
    """The derivatives of a user's x³ at 2, up to the third."""
    x, found = leaf(torch, 2.0), []
    y = _cube(torch).apply(x)
    for _ in range(3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        found.append(y.item())
    return found


def wrong_number_of_gradients(torch: Any) -> Any:
    """Whether the sweep is an error if a function of one input gives one, two and no gradients."""

    def swept(answer: Callable[[Any], Any]) -> None:
        mine = _function(torch, lambda ctx, x: x * 2, lambda ctx, g: answer(g))
        mine.apply(leaf(torch, 2.0)).backward()

    ways = {"one": lambda g: g, "two": lambda g: (g, g), "no": lambda g: ()}
    return {name: raises(swept, way) for name, way in ways.items()}


def wrong_shape_of_gradient(torch: Any) -> Any:
    """Whether the sweep is an error if a gradient has the input's shape, and another one."""

    def swept(*gradient: float) -> None:
        answer = constant(torch, *gradient)
        mine = _function(torch, lambda ctx, x: x * 2, lambda ctx, g: answer)
        mine.apply(leaf(torch, 1.0, 2.0)).sum().backward()

    return {"of 2": raises(swept, 1.0, 1.0), "of 3": raises(swept, 1.0, 1.0, 1.0)}


def none_as_gradient(torch: Any) -> Any:
    """The gradients of a function of x and y that gives none for y, plus 4y."""
    x, y = leaf(torch, 2.0), leaf(torch, 3.0)
    mine = _function(torch, lambda ctx, x, y: x * y, lambda ctx, g: (g, None))
    (mine.apply(x, y) + y * 4).backward()
    return {"x": grad(x), "y": grad(y)}


def non_differentiable_output(torch: Any) -> Any:
    """A function of two outputs, the second marked: whether they record, and the gradient."""

    def forward(ctx: Any, x: Any) -> Any:
        sign = torch.sign(x)
        ctx.mark_non_differentiable(sign)
        return x * 2, sign

    x = leaf(torch, 1.0, -2.0)
    y, sign = _function(torch, forward, lambda ctx, g, h: g * 2).apply(x)
    (y * sign).sum().backward()
    return {"record": [y.requires_grad, sign.requires_grad], "x": grad(x)}


def missing_output_gradient(torch: Any) -> Any:
    """What the backward gets for an output that was not used, by `set_materialize_grads`."""
    x, seen = leaf(torch, 1.0, 2.0), []

    def backward(ctx: Any, g: Any, h: Any) -> Any:
        seen.append(None if h is None else h.tolist())
        return g * 2

    def swept(materialize: bool) -> None:
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(materialize)
            return x * 2, x * 3

        used, _ = _function(torch, forward, backward).apply(x)
        used.sum().backward()

    swept(True)
    swept(False)
    return {"seen": seen, "x": grad(x)}


def once_differentiable(torch: Any) -> Any:
    """The first derivative of x², whose backward is marked, at 3; whether the second raises."""
    once = torch.autograd.function.once_differentiable
    mine = _function(torch, lambda ctx, x: x * x, once(lambda ctx, g: g * 6))
    x = leaf(torch, 3.0)
    (first,) = torch.autograd.grad(mine.apply(x) ** 2, x, create_graph=True)
    return {"first": first.item(), "second": raises(lambda: torch.autograd.grad(first, x))}


def values_of_a_function_freed(torch: Any) -> Any:
    """Whether a sweep is an error after one that retains the graph, and after one that does not."""
    x = leaf(torch, 2.0)
    y = _cube(torch).apply(x)
    y.backward(retain_graph=True)
    return {"kept": raises(y.backward), "x": grad(x), "freed": raises(y.backward)}


def value_of_a_function_changed(torch: Any) -> Any:
    """Whether the sweep is an error if what a function saved was written to, and if it was not."""

    def noticed(write: bool) -> bool:
        x = leaf(torch, 1.0, 2.0) * 1
        y = _cube(torch).apply(x).sum()
        if write:
            x.add_(constant(torch, 1.0, 1.0))
        return raises(y.backward)

    return {"unchanged": noticed(False), "changed": noticed(True)}


def recording_in_a_function(torch: Any) -> Any:
    """Whether the forward records, and the backward, in a plain sweep and a recorded one."""
    seen = []

    def forward(ctx: Any, x: Any) -> Any:
        seen.append((x * 1).requires_grad)
        return x * 2

    def backward(ctx: Any, g: Any) -> Any:
        seen.append(torch.is_grad_enabled())
        return g * 2

    for recorded in (False, True):
        x = leaf(torch, 1.0)
        y = _function(torch, forward, backward).apply(x)
        torch.autograd.grad(y, x, create_graph=recorded)
    return {"plain": seen[:2], "recorded": seen[2:]}


def dirty_input(torch: Any) -> Any:
    """A function that writes 5x over x and says so: on a result, a leaf and a saved value."""

    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(constant(torch, 5.0, 5.0))
        ctx.mark_dirty(x)
        return x

    mine = _function(torch, forward, lambda ctx, g: g * 5)
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    z = mine.apply(y)
    (y * constant(torch, 1.0, 3.0)).sum().backward()
    saved = x * 2
    square = (saved * saved).sum()
    mine.apply(saved)
    return {
        "y": y.tolist(),
        "is returned": z is y,
        "x": grad(x),
        "a leaf raises": raises(mine.apply, leaf(torch, 1.0, 2.0)),
        "a saved value raises": raises(square.backward),
    }
