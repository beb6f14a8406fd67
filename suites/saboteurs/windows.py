"""Faults of convolutions: right values, and gradients as of another convolution."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from .patch import Breakage, attribute
from .saboteur import Saboteur


def _backward_as(other: Callable[..., Any]) -> Breakage:
    """The gradients of `other(right, engine, axes, x, w, *rest)`, under the right values."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        right = engine.nn.windows.convolution

        def broken(*given: Any) -> Any:
            value, wrong = right(*given).detach(), other(right, engine, *given)
            return wrong + (value - wrong.detach())

        return attribute(engine.nn.windows, "convolution", broken)

    return apply


def _unturned(right: Any, engine: Any, axes: int, x: Any, w: Any, *rest: Any) -> Any:
    turned = engine.flip(w.detach(), tuple(range(2, 2 + axes)))
    return right(axes, x, turned, *rest) + right(axes, x.detach(), w, *rest)


def _in_other_groups(right: Any, engine: Any, axes: int, x: Any, w: Any, *rest: Any) -> Any:
    *_, groups = rest
    rolled = engine.roll(x.detach(), x.shape[1] // groups, 1)
    return right(axes, x, w.detach(), *rest) + right(axes, rolled, w, *rest)


ROWS = (
    Saboteur("unturned", "the gradient of a convolution's image goes through kernels that are not"
             " turned by 180°", "rule", "ops", _backward_as(_unturned), "nn.functional.conv2d"),
    Saboteur("next_group", "the kernels of a convolution in groups get the gradient for the images"
             " of the next group", "keywords", "ops", _backward_as(_in_other_groups),
             "nn.functional.conv2d"),
)  # fmt: skip
