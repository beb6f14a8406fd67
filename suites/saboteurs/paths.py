"""Faults that the suite `training` catches; each is about one model, or more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .patch import Breakage, attribute, scaled, together, vjp
from .saboteur import Saboteur


def _first_kept(engine: Any) -> AbstractContextManager[None]:
    """A leaf's gradient is kept by its shape, and handed out again a step later."""
    accumulate = engine.autograd.accumulate
    kept: dict[Any, Any] = {}

    def late(node: Any, gradient: Any) -> None:
        before = kept.get(node.shape, gradient)
        kept[node.shape] = gradient
        accumulate(node, before)

    return attribute(engine.autograd, "accumulate", late)


def _same_batch(engine: Any) -> AbstractContextManager[None]:
    """Constants are kept by their shape: every batch is the first one."""
    from_numpy = engine.from_numpy
    kept: dict[Any, Any] = {}

    def cached(array: Any) -> Any:
        made = from_numpy(array)
        return made if array.shape in ((3, 1), (1,)) else kept.setdefault(array.shape, made)

    return attribute(engine, "from_numpy", cached)


def _every_other(engine: Any) -> AbstractContextManager[None]:
    """Every other sweep is taken for a repetition, and adds nothing."""
    accumulate = engine.autograd.accumulate
    seen: Counter[Any] = Counter()

    def alternately(node: Any, gradient: Any) -> None:
        seen[node.shape] += 1
        accumulate(node, gradient * float(seen[node.shape] % 2))

    return attribute(engine.autograd, "accumulate", alternately)


def _of_the_input(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return g * (1 - x * x)


def _not_divided(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
    return right(g) * (x.size / max(out.size, 1))


def _constant_along(axis: int) -> Callable[..., Any]:
    """A mean along this axis is a statistic, and taken for a constant."""

    def wrong(right: Any, ops: Any, g: Any, out: Any, x: Any, **params: Any) -> Any:
        along = params["dim"] if isinstance(params["dim"], tuple) else (params["dim"],)
        return None if params["keepdim"] and axis in along else right(g)

    return wrong


def _fresh_mask(slot: int) -> Breakage:
    """The backward draws a mask of its own, from the random state that each program starts with."""

    def wrong(right: Any, ops: Any, g: Any, out: Any, mask: Any, *_: Any) -> Any:
        return g * (np.random.random(mask.shape) < 0.5)

    return vjp("where", wrong, slot)


def _leaked(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
    """The softmax of what was not masked: hidden places get a share of the gradient."""
    shares = np.where(out == 0, 0.25, out)
    return shares * (g - (shares * g).sum(-1, keepdims=True))


def _ignored_rows_count(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
    return g - np.exp(out) * g.mean(-1, keepdims=True)


def _overwritten(right: Any, ops: Any, g: Any, out: Any, x: Any, *rest: Any, **params: Any) -> Any:
    """A row that comes twice holds its last contribution."""
    rows = right(np.ones_like(g))
    return right(g) / np.where(rows > 1, rows, 1)


def _last_use(engine: Any) -> AbstractContextManager[None]:
    """Of several contributions to a leaf of rank 2, the last one stays."""
    owner = engine.sweep.Cotangents
    add = owner.add

    def set_(self: Any, node: Any, g: Any) -> None:
        if node.rule is None and node in self._sums:
            self._sums[node] = g
        else:
            add(self, node, g)

    return together(attribute(owner, "add", set_))


ROWS = (
    Saboteur("late", "a gradient is handed out a step late",
             "memory", "training", _first_kept, "linear-sgd linear-adam", "N15"),
    Saboteur("same_batch", "constants are kept by their shape, so every batch is the first",
             "memory", "training", _same_batch, "batches-sgd", "N15"),
    Saboteur("every_other", "every other sweep adds nothing",
             "memory", "training", _every_other, "micro-adam", "N15"),
    Saboteur("a_trifle", "the gradient of multiply is larger by 1e-9 of itself",
             "precision", "training", scaled("mul", 1 + 1e-9), "linear-forgetful", "N15"),
    Saboteur("of_the_input", "the gradient of tanh is 1 - x², where x should be tanh x",
             "rule", "training", vjp("tanh", _of_the_input),
             "perceptron-adam perceptron-forgetful", "N15"),
    Saboteur("not_divided", "the mean squared error's gradient is not divided by n",
             "rule", "training", vjp("mean", _not_divided), "frozen-sgd frozen-adam", "N15"),
    Saboteur("class_average", "the gradient of log_softmax averages over the classes",
             "rule", "training", vjp("log_softmax", _ignored_rows_count),
             "classifier-sgd classifier-adam", "N15"),
    Saboteur("untied_share", "of a tied weight's two shares the last one stays",
             "accumulation", "training", _last_use, "tied-sgd tied-adam", "N15"),
    Saboteur("fresh_mask", "dropout's backward draws a mask of its own",
             "rule", "training", _fresh_mask(1), "dropout-sgd dropout-adam", "N15"),
    Saboteur("batch_constant", "the statistics of a batch are taken for constants",
             "rule", "training", vjp("mean", _constant_along(0)), "batch_norm-sgd batch_norm-adam",
             "N15"),
    Saboteur("layer_constant", "the statistics of a layer are taken for constants",
             "rule", "training", vjp("mean", _constant_along(1)), "layer_norm-sgd layer_norm-adam",
             "N15"),
    Saboteur("rows_overwritten", "an embedding's repeated rows are averaged, not added",
             "indexing", "training", vjp("index", _overwritten),
             "embedding-sgd embedding-adam", "N15"),
    Saboteur("leaked", "causal attention hands gradients to what it has masked",
             "rule", "training", vjp("softmax", _leaked), "attention-sgd attention-adam", "N15"),
)  # fmt: skip
