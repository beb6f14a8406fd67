"""`apply`: the one place where an operation runs and is recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .devices import Array
from .errors import explained
from .graph import Node
from .modes import mode
from .rules import OPS_OF, RULES, Rule
from .tensors import Tensor

_NUMBERS = {bool, int, float, complex}

# Functions that look on when an operation is recorded: `watch(saved, parents, inputs) -> saved`.
# There are none unless `saved_tensors_hooks` or `inference_mode` is used.
WATCHERS: list[Callable[..., Any]] = []


def apply(name: str, *inputs: Any, **params: Any) -> Tensor:
    """Run one row of the rule table on tensors and numbers, and record it if need be.

    It is recorded when the mode says so and an input requires a gradient.
    """
    rule = RULES[name]
    values, parents, ops = [], [], None
    live, bit = 0, 1  # which inputs require a gradient, one bit each
    for x in inputs:
        if isinstance(x, Tensor):
            array, node = x.array, x.node
            values.append(array)
            parents.append(node)
            if node is not None:
                live |= bit
            here = OPS_OF[type(array)]
            if here is not ops:
                ops = here if ops is None else elsewhere(name)
        else:
            values.append(x if type(x) in _NUMBERS else plain(name, x))
            parents.append(None)
        bit += bit
    if ops is None:
        raise TypeError(f"{name} needs at least one tensor; make one with tensor()")
    try:
        out = mode.silently(rule.forward, ops.xp, *values, **params)
    except (TypeError, ValueError, IndexError, RuntimeError) as error:
        raise explained(error, name, values, params) from error
    if type(out) not in OPS_OF:
        out = as_array(out)
    if not (live and rule.vjps and mode.recording):
        return (mode.inference or Tensor)(out)
    saved = saved_by(rule, [out, *values, None], live) if rule.saves else ()
    if WATCHERS:
        for watch in WATCHERS:
            saved = watch(saved, parents, inputs)
    return Tensor(out, Node(out, rule, tuple(parents), saved, params))


def saved_by(rule: Rule, saved: list[Any], live: int) -> tuple[Any, ...]:
    """Of (out, *inputs, None) what the vjps of the live inputs name, the None for the rest."""
    for i in rule.shapes:
        saved[i] = tuple(getattr(saved[i], "shape", ()))
    pick = rule.picks.get(live) or rule.pick(live, len(saved) - 1)
    return pick(saved)


def plain(name: str, x: Any) -> Any:
    """A Python number, which takes the dtype of the tensors that it meets."""
    if isinstance(x, np.generic | np.ndarray) and x.ndim == 0:
        return x.item()
    if type(x).__module__ not in ("builtins", "numpy") and hasattr(x, "__mul__"):
        return x  # a fraction, a ball: a number of the reader's own, for tensors of objects
    raise TypeError(
        f"{name} expected a tensor or a number, not {type(x).__name__}; make it one with tensor()"
    )


def elsewhere(name: str) -> Any:
    """Raises RuntimeError: an earlier input lives elsewhere."""
    raise RuntimeError(f"{name}: its tensors are on several devices; move them with x.to(device)")


def as_array(out: Any) -> Array:
    """The result of a row: numpy gives the bare object for an array of objects without axes."""
    if not hasattr(out, "dtype"):
        return np.asarray(out, None if isinstance(out, bool) else object)
    OPS_OF[type(out)]  # known from now on
    return out


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
