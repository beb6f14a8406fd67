"""From an input at which a gradient is wrong to a smaller, plainer one at which it still is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...oracles.program import Array
from .results import Failure
from .subjects import differentiable

TRIES = 60
"""Inputs tried, at most."""


def shrink(failure: Failure, again: Callable[[list[Array]], Failure | None]) -> Failure:
    """The smallest failure found; `again` judges an input (a wrong entry, or none).

    An input that the function does not take is judged as none.
    """
    tries = 0
    moved = True
    while moved and tries < TRIES:
        moved = False
        for inputs in _smaller(failure):
            tries += 1
            found = again(inputs)
            if found is not None and found.at is not None:
                failure, moved = found, True
                break
            if tries >= TRIES:
                break
    return failure


def _smaller(failure: Failure) -> Iterator[list[Array]]:
    if failure.at is None:
        return
    yield from _fewer(failure.inputs, *failure.at)
    yield from _plainer(failure.inputs, *failure.at)


def _fewer(inputs: list[Array], slot: int, at: tuple[int, ...]) -> Iterator[list[Array]]:
    """Axes of the same length are cut together, in all inputs, around the failing entry."""
    lengths = sorted({n for x in inputs for n in x.shape if n > 1}, reverse=True)
    for length in lengths:
        for left in sorted({1, 2, length // 2} - {0, length}):
            yield [
                x[tuple(_window(n, i, length, left) for n, i in zip(
                    x.shape, at if k == slot else (0,) * x.ndim, strict=True))]
                for k, x in enumerate(inputs)
            ]  # fmt: skip


def _window(size: int, index: int, length: int, left: int) -> slice:
    if size != length:
        return slice(None)
    start = min(index, size - left)
    return slice(start, start + left)


def _plainer(inputs: list[Array], slot: int, at: tuple[int, ...]) -> Iterator[list[Array]]:
    """Whole arrays of ones, rounded entries; then the failing entry alone."""
    for k, x in enumerate(inputs):
        if not differentiable(x):
            continue
        for plain in (np.ones(x.shape), np.rint(x), np.round(x, 1)):
            keep = plain.copy()
            if k == slot:
                keep[at] = x[at]
            if _cost(keep) < _cost(x):
                yield [keep if j == k else y for j, y in enumerate(inputs)]
    x = inputs[slot]
    for value in (0.0, 1.0, 2.0, -1.0, *(float(f"{x[at]:.{n}g}") for n in (1, 2))):
        plain = x.copy()
        plain[at] = value
        if _cost(plain) < _cost(x):
            yield [plain if j == slot else y for j, y in enumerate(inputs)]


def _cost(x: Array) -> int:
    """How much there is to read: the characters of every entry, ones and zeros least."""
    return sum(len(f"{v:.17g}".lstrip("-")) + (v < 0) + (v not in (0.0, 1.0)) for v in x.ravel())
