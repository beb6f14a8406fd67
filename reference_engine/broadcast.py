"""Broadcasting undone, in one place: the transpose of copying entries is summing them."""

from __future__ import annotations

from typing import Any


def unbroadcast(ops: Any, g: Any, shape: tuple[int, ...]) -> Any:
    """Sum the cotangent of a broadcast value over its copies, down to the value's own `shape`.

    >>> import numpy as np
    >>> from .rules import ArrayOps
    >>> unbroadcast(ArrayOps(np), np.ones((4, 2, 3)), (2, 1))
    array([[12.],
           [12.]])
    """
    if tuple(g.shape) == shape:
        return g
    lead = len(g.shape) - len(shape)
    copied = [i for i, n in enumerate(g.shape) if i < lead or (n != 1 and shape[i - lead] == 1)]
    if copied:
        g = ops.sum(g, dim=tuple(copied), keepdim=False)
    return g if tuple(g.shape) == shape else ops.reshape(g, shape=shape)
