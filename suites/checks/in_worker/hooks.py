"""Hooks: functions of the user's that see gradients pass."""

from __future__ import annotations

from typing import Any

from .kit import constant, grad, leaf, raises


def hook_replaces(torch: Any) -> Any:
    """The gradients of y² for y = 2x at 3, where a hook on y makes ten times its gradient."""
    x = leaf(torch, 3.0)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    (y * y).backward()
    return {"x": grad(x), "y": grad(y)}


def hooks_in_order(torch: Any) -> Any:
    """What three hooks see: one returns none, one adds 1, one makes ten times of it."""
    x, seen = leaf(torch, 3.0), []

    def look(g: Any) -> None:
        seen.append(g.item())

    for hook in (look, lambda g: g + 1, look, lambda g: g * 10, look):
        x.register_hook(hook)
    (x * 2).backward()
    return {"seen": seen, "x": grad(x)}


def hook_removed(torch: Any) -> Any:
    """The gradient of 2x, where of two hooks the first was removed, twice."""
    x = leaf(torch, 3.0)
    handle = x.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g * 7)
    handle.remove()
    handle.remove()
    (x * 2).backward()
    return grad(x)


def hook_of_a_leaf(torch: Any) -> Any:
    """What a leaf's hook sees in two sweeps, the first with two uses."""
    x, seen = leaf(torch, 3.0), []

    def look(g: Any) -> None:
        seen.append(g.item())

    x.register_hook(look)
    (x * 2 + x).backward()
    (x * 5).backward()
    return {"seen": seen, "x": grad(x)}


def hook_after_accumulation(torch: Any) -> Any:
    """What a post-accumulation hook sees, which then lets the gradient go; on an inner node."""
    x, seen = leaf(torch, 3.0), []

    def look(tensor: Any) -> None:
        seen.append([tensor is x, grad(tensor)])
        if len(seen) == 2:
            tensor.grad = None

    x.register_post_accumulate_grad_hook(look)
    (x * 2).backward()
    (x * 5).backward()
    inner = raises(lambda: (x * 2).register_post_accumulate_grad_hook(look))
    return {"seen": seen, "x": grad(x), "an inner node raises": inner}


def hook_on_a_constant(torch: Any) -> Any:
    """Whether a hook on a tensor that does not record is an error."""
    return raises(lambda: constant(torch, 3.0).register_hook(lambda g: None))


def hook_of_another_shape(torch: Any) -> Any:
    """Whether the sweep is an error after hooks of the same and of other shapes."""
    results = {
        "the same": constant(torch, 1.0, 1.0),
        "longer": constant(torch, 1.0, 1.0, 1.0),
        "0-d": constant(torch, 1.0),
    }

    def swept(result: Any) -> None:
        x = leaf(torch, 1.0, 2.0)
        x.register_hook(lambda g: result)
        (x * 2).sum().backward()

    return {name: raises(swept, result) for name, result in results.items()}


def hook_raises(torch: Any) -> Any:
    """What comes through of an exception in a hook, and the next sweep."""
    x = leaf(torch, 2.0)

    def fail(g: Any) -> None:
        raise KeyError("mine")

    handle = x.register_hook(fail)
    try:
        (x * x).backward()
        caught = "nothing"
    except Exception as error:
        caught = repr(error)
    handle.remove()
    (x * x).backward()
    return {"caught": caught, "x": grad(x), "records": torch.is_grad_enabled()}
