"""`apply`: the one place where an operation runs and is recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .devices import Array
from .graph import Node
from .modes import mode
from .rules import OPS_OF, RULES, Rule
from .tensors import Tensor

_NUMBERS = {bool, int, float}


def apply(name: str, *inputs: Any, **params: Any) -> Tensor:
    """Run one row of the rule table on tensors and numbers, and record it if need be.

    It is recorded when the mode says so and an input requires a gradient.
    """
    rule = RULES[name]
    values, parents, kind = [], [], None
    for x in inputs:
        if isinstance(x, Tensor):
            values.append(x.array)
            parents.append(x.node)
            if type(x.array) is not kind:
                kind = common_kind(kind, x.array)
        else:
            values.append(plain(x))
            parents.append(None)
    out = mode.silently(rule.forward, OPS_OF[kind].xp, *values, **params)
    if not (mode.recording and rule.vjps and any(parents)):
        return Tensor(out)
    saved = saved_by(rule, [out, *values]) if rule.saves else ()
    return Tensor(out, Node(out, rule, tuple(parents), saved, params))


def saved_by(rule: Rule, saved: list[Any]) -> tuple[Any, ...]:
    """(out, *inputs) as far as the vjps of this row name them, None for the rest."""
    for i in rule.drops:
        saved[i] = None
    for i in rule.shapes:
        saved[i] = tuple(saved[i].shape)
    return tuple(saved)


def plain(x: Any) -> Any:
    """A Python number, which takes the dtype of the tensors that it meets."""
    if type(x) in _NUMBERS:
        return x
    if isinstance(x, np.generic | np.ndarray) and x.ndim == 0:
        return x.item()
    raise TypeError(f"expected a tensor or a number, not {type(x).__name__}; see tensor()")


def common_kind(kind: type | None, array: Array) -> type:
    """The type of the arrays in an operation. Raises RuntimeError if they have two namespaces."""
    if kind is not None and OPS_OF[kind].xp is not OPS_OF[type(array)].xp:
        raise RuntimeError("the tensors are on several devices; move them with x.to(device)")
    return type(array)


class TensorOps:
    """The rows on tensors, recorded: what a vjp gets as `ops` under `create_graph`."""

    def __getattr__(self, name: str) -> Callable[..., Tensor]:
        """The row of this name."""
        if name not in RULES:
            raise AttributeError(name)
        op = partial(apply, name)
        setattr(self, name, op)  # found directly from now on
        return op


TENSOR_OPS = TensorOps()
OPS_OF[Tensor] = TENSOR_OPS
