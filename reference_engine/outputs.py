"""`out=`: the result of a function written to a tensor that is there already.

>>> from gradassay import reference_engine as torch
>>> z = torch.zeros(2)
>>> torch.add(torch.ones(2), 1, out=z) is z
True
>>> z
tensor([2., 2.])
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from . import elementary, elementwise
from .inplace import write_out
from .tensors import Tensor

OF_FUNCTIONAL = ("amax", "amin", "cat", "matmul", "mean", "mm", "prod", "stack", "sum")


def given_out(names: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """These functions of the package, with `out=` besides."""
    wanted = [*elementwise.__all__, *elementary.__all__, *OF_FUNCTIONAL]
    return {name: with_out(names[name]) for name in wanted if name != "allclose"}


def with_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that can write its result to `out`, if nothing there is recorded."""

    @functools.wraps(function)
    def call(*args: Any, out: Tensor | None = None, **options: Any) -> Any:
        result = function(*args, **options)
        return result if out is None else write_out(function.__name__, out, result)

    return call
