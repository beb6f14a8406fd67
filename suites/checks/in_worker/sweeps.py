"""Where sweeps begin and end: inputs that are not used or are chosen, several roots."""

from __future__ import annotations

from typing import Any

from .kit import constant, grad, leaf, raises


def unused_input(torch: Any) -> Any:
    """What `grad` gives for an input that was not used."""
    x, unused = leaf(torch, 2.0), leaf(torch, 1.0, 2.0)

    def by_unused(**asked: bool) -> Any:
        return torch.autograd.grad(x * x, [x, unused], **asked)[1]

    return {
        "raises": raises(by_unused),
        "allowed": by_unused(allow_unused=True),
        "zeros": by_unused(materialize_grads=True).tolist(),
    }


def chosen_inputs(torch: Any) -> Any:
    """The gradients after a sweep into `w`, and then one into an inner node that keeps its own."""
    x, w = leaf(torch, 2.0), leaf(torch, 3.0)
    (x * w).backward(inputs=[w])
    found = [grad(x), grad(w)]
    y = x * w
    y.retain_grad()
    (y * y).backward(inputs=[y])
    return {"x and w": found, "x, w and y": [grad(x), grad(w), grad(y)]}


def several_roots(torch: Any) -> Any:
    """The gradient of two roots with different seeds."""
    x = leaf(torch, 1.0, 2.0)
    torch.autograd.backward([x * 2, (x * 3).sum()], [constant(torch, 1.0, 10.0), None])
    return grad(x)


def root_above_root(torch: Any) -> Any:
    """The gradient of x² and 3x², where the second is computed from the first."""
    x = leaf(torch, 2.0)
    y = x * x
    torch.autograd.backward([y, y * 3])
    return grad(x)


def same_root_twice(torch: Any) -> Any:
    """The gradient of x² and, once more, of the same x²."""
    x = leaf(torch, 2.0)
    y = x * x
    torch.autograd.backward([y, y])
    return grad(x)
