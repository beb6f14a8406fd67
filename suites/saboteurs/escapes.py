"""Faults that need programs of a kind that the quick profile is not known to draw.

They are hunted like saboteurs, and docs/trust.md says which of them got through: the suites are
not to be trusted further than this. One that is caught belongs among the saboteurs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

import numpy as np

from .patch import attribute, vjp
from .saboteur import Saboteur


def _far(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return ops.where(abs(x) > 4, 2 * right(g), right(g))


def _saturated(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return ops.where(abs(x) > 3, 0, right(g))


def _overflowing(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return g * (ops.exp(x) / (1 + ops.exp(x)))


def _all_ties(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dim: Any, keepdim: bool) -> Any:
    """Each of several equal entries gets the whole gradient."""
    shape = tuple(1 if i in dim else n for i, n in enumerate(x.shape))
    return ops.reshape(g, shape=shape) * (x == ops.reshape(out, shape=shape))


def _all_equal(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
    return right(g) * np.nan if np.any(np.asarray(out) == 0) else right(g)


def _replaced(engine: Any) -> AbstractContextManager[None]:
    """A gradient is set, not added to."""

    def replaced(node: Any, gradient: Any) -> None:
        node.grad = gradient

    return attribute(engine.autograd, "accumulate", replaced)


ROWS = (
    Saboteur("far", "the gradient of exp is twice too large beyond ±4",
             "regions", "ops", vjp("exp", _far), "exp"),
    Saboteur("saturated", "tanh has no gradient beyond ±3",
             "regions", "ops", vjp("tanh", _saturated), "tanh"),
    Saboteur("overflowing", "the gradient of softplus is inf/inf for x > 709",
             "regions", "ops", vjp("softplus", _overflowing), "nn.functional.softplus"),
    Saboteur("masked", "where multiplies by its mask, and 0·inf is no number",
             "special values", "ops", vjp("where", lambda right, ops, g, out, c, x, y: g * c, 1),
             "where"),
    Saboteur("ties", "max gives each of several equal entries the whole gradient",
             "special values", "ops", vjp("amax", _all_ties), "max"),
    Saboteur("all_equal", "the gradient of std is no number where all entries are equal",
             "special values", "ops", vjp("std", _all_equal), "std"),
    Saboteur("replaced", "a second sweep replaces the gradient of a leaf, where it should add",
             "accumulation", "graphs", _replaced),
)  # fmt: skip

ESCAPES: Mapping[str, Saboteur] = MappingProxyType({row.name: row for row in ROWS})
"""Each by its name."""
