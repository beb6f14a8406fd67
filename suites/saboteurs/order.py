"""Faults of rules in which order counts: spread, soft maxima, running sums, sorting, picking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from .patch import attribute, together, vjp
from .saboteur import Saboteur


def _no_correction(right: Any, ops: Any, g: Any, *_: Any, correction: float, **__: Any) -> Any:
    return right(g, correction=0)


def _forwards(right: Any, ops: Any, g: Any, out: Any, x: Any, *, dim: int) -> Any:
    """The running sum of cotangents from the end, but along later axes from the front."""
    return ops.cumsum(g, dim=dim) if dim else right(g)


def _main_diagonal(right: Any, ops: Any, g: Any, out: Any, x: Any, *, diagonal: int) -> Any:
    return right(g, diagonal=0)


def _from_the_start(
    right: Any, ops: Any, g: Any, out: Any, x: Any, *, key: Any, shape: Any, value: Any
) -> Any:
    """What was put before the entries is forgotten."""
    ends = (slice(0, k.stop - k.start) if isinstance(k, slice) else k for k in key)
    return right(g, key=tuple(ends))


def _further(right: Any, ops: Any, g: Any, out: Any, x: Any, *, shifts: Any, dims: Any) -> Any:
    return right(g, shifts=tuple(-s for s in shifts))


def _transposed(right: Any, ops: Any, g: Any, out: Any, x: Any, *, key: Any) -> Any:
    """Columns picked from a square matrix come back as rows."""
    d, at = right(g), [i for i, k in enumerate(key) if isinstance(k, np.ndarray)]
    return d.T if at == [1] and x.ndim == 2 and x.shape[0] == x.shape[1] else d


@contextmanager
def _added(engine: Any, rule: Any) -> Iterator[None]:
    """A row of its own in the rule table."""
    engine.rules.RULES[rule.name] = rule
    try:
        yield
    finally:
        del engine.rules.RULES[rule.name]


def _sorted(engine: Any) -> AbstractContextManager[None]:
    """The cotangents are sorted like the entries, where they should go back to their places."""
    gather, apply, axis = engine.statistics.gather, engine.apply.apply, engine.functional.axis

    def forward(xp: Any, x: Any, *, order: Any, dim: int) -> Any:
        return np.take_along_axis(x, order, axis=dim)

    def backward(ops: Any, g: Any, *, order: Any, dim: int) -> Any:
        return np.take_along_axis(g, order, axis=dim)

    def in_order(x: Any, dim: int, order: Any) -> Any:
        if not x.ndim:
            return gather(x, dim, order)
        return apply("sorted", x, order=order.array, dim=axis(dim, x.ndim))

    return together(
        _added(engine, engine.rules.Rule("sorted", forward, (backward,))),
        attribute(engine.statistics, "gather", in_order),
    )


ROWS = (
    Saboteur("softmax", "the Jacobian of softmax lacks the part that is subtracted",
             "rule", "ops", vjp("softmax", lambda right, ops, g, out, x, *, dim: g * out),
             "special.softmax"),
    Saboteur("roll", "the backward of roll goes on in the same direction",
             "rule", "ops", vjp("roll", _further), "roll"),
    Saboteur("correction", "the backward of var divides by the number of entries, uncorrected",
             "keywords", "ops", vjp("var", _no_correction), "var"),
    Saboteur("diagonal", "the backward of tril cuts at the main diagonal, whichever was asked for",
             "keywords", "ops", vjp("tril", _main_diagonal), "tril"),
    Saboteur("padding", "the backward of pad forgets how much stands before the entries",
             "keywords", "ops", vjp("pad", _from_the_start), "pad"),
    Saboteur("running", "the backward of a running sum is reversed along the first axis only",
             "axes", "ops", vjp("cumsum", _forwards), "cumulative_sum"),
    Saboteur("columns", "columns taken from a square matrix give their gradients to rows",
             "indexing", "ops", vjp("index", _transposed), "take"),
    Saboteur("sorted", "the backward of sort permutes again, where it should put back",
             "indexing", "ops", _sorted, "sort"),
)  # fmt: skip
