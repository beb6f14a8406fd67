"""Copies and pickles of tensors: the entries and the flag go along, the history does not.

>>> import copy
>>> from gradassay import reference_engine as torch
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> copy.deepcopy(x)
tensor([1., 2.], requires_grad=True)
"""

from __future__ import annotations

import copy
from typing import Any

from .devices import Array
from .tensors import Tensor


def deep(x: Tensor, memo: dict[int, Any]) -> Tensor:
    """A leaf in memory of its own, with a copy of its gradient. Raises RuntimeError for others."""
    if not x.is_leaf:
        raise RuntimeError(
            f"deepcopy: this tensor was made by {x.grad_fn}, and its history cannot be copied; use "
            "x.detach().clone(), or x.clone() to stay in the graph"
        )
    made = rebuilt(copy.deepcopy(x.memory(), memo), x.requires_grad)
    if x.grad is not None:
        made.grad = copy.deepcopy(x.grad.detach(), memo)
    memo[id(x)] = made
    return made


def rebuilt(array: Array, requires_grad: bool) -> Tensor:
    """A leaf from its entries."""
    return Tensor(array).requires_grad_(requires_grad)


def reduced(x: Tensor, protocol: int) -> Any:
    """What pickle and `copy.copy` keep of a tensor."""
    return rebuilt, (x.memory(), x.requires_grad)


METHODS: dict[str, Any] = {"__deepcopy__": deep, "__reduce_ex__": reduced}
