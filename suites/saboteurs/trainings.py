"""Faults that the checks of L3 catch: losses, layers, attention, optimiser steps, casts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .lifecycles import accumulating
from .patch import attribute, row, vjp
from .saboteur import Saboteur


def _as_sum(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
    return right(g) * (x.size / max(out.size, 1))


def _kept_for_constant(right: Any, ops: Any, g: Any, out: Any, x: Any, **params: Any) -> Any:
    """A mean along kept axes is a statistic, and taken for a constant."""
    return None if params["keepdim"] else right(g)


def _without_normaliser(right: Any, ops: Any, g: Any, *_: Any, **__: Any) -> Any:
    return g


def _no_mask(right: Any, ops: Any, g: Any, out: Any, mask: Any, *_: Any) -> Any:
    """A mask that lets nothing through is taken for no mask."""
    return right(g) if mask.any() else g


def _untied(engine: Any) -> AbstractContextManager[None]:
    """A leaf that is written to under no_grad becomes a constant."""
    subtract, mode = engine.Tensor.sub_, engine.modes.mode

    def written(self: Any, *args: Any, **options: Any) -> Any:
        subtract(self, *args, **options)
        if not mode.recording:
            self.node = None
        return self

    return attribute(engine.Tensor, "sub_", written)


def _reshaped(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
    return ops.reshape(g, shape=x.shape)


def _cut_at_constants(engine: Any) -> AbstractContextManager[None]:
    """A matrix product with a constant is taken for a constant."""
    node = engine.apply.Node

    def cutting(out: Any, rule: Any, parents: tuple[Any, ...], *rest: Any) -> Any:
        frozen = rule.name == "matmul" and None in parents
        return node(out, rule, (None,) * len(parents) if frozen else parents, *rest)

    return attribute(engine.apply, "Node", cutting)


def _filled(engine: Any) -> AbstractContextManager[None]:
    """A softmax over nothing is 1 everywhere."""
    forward = engine.rules.RULES["softmax"].forward

    def filled(*args: Any, **params: Any) -> Any:
        return np.nan_to_num(forward(*args, **params), nan=1.0)

    return row(engine, "softmax", forward=filled)


def _averaged(held: Any, gradient: Any) -> Any:
    return held + gradient if held.ndim == 0 else (held + gradient) / 2


def _from_the_third(engine: Any) -> AbstractContextManager[None]:
    """Two sweeps add up; a third one begins anew."""
    sweeps: Any = WeakKeyDictionary()

    def added(node: Any, gradient: Any) -> None:
        sweeps[node] = sweeps.get(node, 0) + 1
        again = node.grad is not None and sweeps[node] < 3
        node.grad = node.grad + gradient if again else gradient

    return attribute(engine.autograd, "accumulate", added)


ROWS = (
    Saboteur("mean_as_sum", "mean has the derivative of sum",
             "rule", "state", vjp("mean", _as_sum), check="N1"),
    Saboteur("slope_one", "an absolute error has slope 1 on both sides",
             "rule", "state", vjp("abs", lambda right, ops, g, *_: g), check="N2"),
    Saboteur("one_hot", "the gradient of log_softmax lacks the softmax",
             "rule", "state", vjp("log_softmax", _without_normaliser), check="N3"),
    Saboteur("no_mask", "a mask that is false throughout is taken for no mask by the backward",
             "special values", "state", vjp("where", _no_mask, 1), check="N4"),
    Saboteur("untied", "a weight that an optimiser writes to stops requiring a gradient",
             "modes", "state", _untied, check="N5"),
    Saboteur("reshaped", "the backward of a transposition reshapes, so tied weights get mixed up",
             "axes", "state", vjp("permute", _reshaped), check="N6"),
    Saboteur("cut_at_constants", "a matrix product with a frozen operand is not recorded",
             "graphs", "state", _cut_at_constants, check="N7"),
    Saboteur("kept_scale", "the backward of x / p multiplies by p, so dropout scales down twice",
             "rule", "state", vjp("div", lambda right, ops, g, out, x, y: g * y), check="N8"),
    Saboteur("constant_statistics", "the mean and variance of a batch are taken for constants",
             "rule", "state", vjp("mean", _kept_for_constant), check="N9"),
    Saboteur("filled", "a softmax over a row that is masked throughout gives ones",
             "special values", "state", _filled, check="N12"),
    Saboteur("averaged", "the gradients of arrays are averaged over sweeps, where they should add",
             "accumulation", "state", accumulating(_averaged), check="N13"),
    Saboteur("from_the_third", "a third sweep overwrites what the first two have added up",
             "accumulation", "state", _from_the_third, check="N14"),
    Saboteur("cast_cuts", "a cast of dtype is not recorded",
             "dtypes", "state", lambda engine: row(engine, "astype", vjps=()), check="D2"),
)  # fmt: skip
