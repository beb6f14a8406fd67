"""Faults at NaN, at zeros and at kinks that the checks of L9 must catch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .patch import vjp
from .saboteur import Saboteur


@contextmanager
def _tidied(engine: Any) -> Iterator[None]:
    """multiply hands nothing to an entry that is no number."""

    def wrong(right: Any, ops: Any, g: Any, *saved: Any) -> Any:
        found = right(g)
        return ops.where(found == found, found, 0.0)

    with vjp("mul", wrong, 0)(engine), vjp("mul", wrong, 1)(engine):
        yield


def _one_at_zero(right: Any, ops: Any, g: Any, out: Any, x: Any) -> Any:
    return ops.where(x == 0, 1.0 + 0 * x, right(g))


def _all_of_it(right: Any, ops: Any, g: Any, *saved: Any) -> Any:
    return g


def _unsummed(right: Any, ops: Any, g: Any, out: Any, x: Any, **dim: Any) -> Any:
    """g itself: the share of the sum is not taken away."""
    return g


ROWS = (
    Saboteur("tidied", "the gradient of multiply has 0 where it is no number",
             "special values", "state", _tidied, check="K1"),
    Saboteur("capped", "the slope of the root at 0 is 1",
             "special values", "state", vjp("sqrt", _one_at_zero), check="K2"),
    Saboteur("leaking", "where hands its cotangent to the first branch wherever it came from",
             "special values", "state", vjp("where", _all_of_it, 1), check="K3"),
    Saboteur("unsummed", "log_softmax hands its cotangent down as it is",
             "special values", "state", vjp("log_softmax", _unsummed), check="K5"),
)  # fmt: skip
