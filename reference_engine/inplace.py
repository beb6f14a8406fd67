"""Writing into a tensor: `w -= lr * w.grad`, `zero_`, `copy_`, `x[key] = value`.

Only what no graph can see may be written to: tensors without a gradient, and leaves under
`no_grad`.
"""

from __future__ import annotations

import operator
from typing import Any

from .indexing import plain_key
from .modes import mode
from .tensors import Tensor


def check_writable(x: Tensor, *others: Any) -> None:
    """Raise if writing to x would change, or would have to enter, the recorded history."""
    if mode.recording and x.requires_grad and x.is_leaf:
        raise RuntimeError(
            "a leaf that requires a gradient is written to in place, and that would be recorded; "
            "write under no_grad(), or out of place"
        )
    if not x.is_leaf:
        raise NotImplementedError(
            f"{x.grad_fn} made this tensor, and writing into recorded results is not supported; "
            "compute a new tensor, or write to x.detach().clone()"
        )
    if mode.recording and any(isinstance(y, Tensor) and y.requires_grad for y in others):
        raise NotImplementedError(
            "writing a value that requires a gradient into a constant is not supported; compute a "
            "new tensor, use where() or cat(), or write value.detach()"
        )


def bare(y: Any) -> Any:
    """The array of a tensor; a number as it is."""
    return y.array if isinstance(y, Tensor) else y


def add_(x: Tensor, y: Any, alpha: float = 1) -> Tensor:
    """x += alpha·y."""
    check_writable(x, y)
    mode.silently(operator.iadd, x.memory(), bare(y) if alpha == 1 else alpha * bare(y))
    return x


def sub_(x: Tensor, y: Any, alpha: float = 1) -> Tensor:
    """x -= alpha·y."""
    check_writable(x, y)
    mode.silently(operator.isub, x.memory(), bare(y) if alpha == 1 else alpha * bare(y))
    return x


def mul_(x: Tensor, y: Any) -> Tensor:
    """x *= y."""
    check_writable(x, y)
    mode.silently(operator.imul, x.memory(), bare(y))
    return x


def div_(x: Tensor, y: Any) -> Tensor:
    """x /= y."""
    check_writable(x, y)
    mode.silently(operator.itruediv, x.memory(), bare(y))
    return x


def copy_(x: Tensor, y: Any) -> Tensor:
    """x takes the entries of y, broadcast."""
    check_writable(x, y)
    x.memory()[...] = bare(y)
    return x


def fill_(x: Tensor, value: Any) -> Tensor:
    """x takes one value everywhere."""
    return copy_(x, value)


def zero_(x: Tensor) -> Tensor:
    """x becomes 0 everywhere."""
    return copy_(x, 0)


def set_item(x: Tensor, key: Any, value: Any) -> None:
    """x[key] = value."""
    check_writable(x, value)
    x.memory()[plain_key(x, key)] = bare(value)
