"""The entries of random leaves: on a grid, within limits, now and then special; what is tame.

>>> from gradassay.suites.choices import RandomChoices
>>> entries(RandomChoices(1), (3,), (0.5, 1.0))
array([0.5, 0.5, 1. ])
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..oracles.program import Array
from .choices import Choices
from .draws import RefusedError, Shape

LARGEST = 2.0
GRAIN = 8
SPECIAL = (0.0, 1.0, -1.0, 2.0, 0.5)
LARGEST_VALUE = 1e3
LARGEST_SIZE = 64
"""No value of a program is larger or longer than this."""
Limits = tuple[float, float]
"""The least and the largest entry."""
ANY: Limits = (-LARGEST, LARGEST)


def entries(c: Choices, shape: Shape, limits: Limits = ANY, whole: bool = False) -> Array:
    """Multiples of 1/8 up to 2 (integers if `whole`); sometimes special, all equal or positive.

    Raises `RefusedError` if no number of the grid lies within the limits.
    """
    size = math.prod(shape)
    low, high, special = _grid(limits, 1 if whole else GRAIN)
    style = c.integer(0, 19)
    if style == 0 and special:
        flat = np.full(size, c.one_of(special))
    elif style < 3 and special:
        flat = np.array([c.one_of(special) for _ in range(size)], dtype=float)
    else:
        numbers = c.integers(low, high, size)
        if style < 12 and low < 1 and not whole:
            numbers = [abs(n) or 1 for n in numbers]
        flat = np.array(numbers, dtype=float)
        flat /= 1 if whole else GRAIN
    return flat.reshape(shape)


@functools.lru_cache
def _grid(limits: Limits, grain: int) -> tuple[int, int, tuple[float, ...]]:
    """The least and the largest multiple of 1/grain within limits, and the special ones."""
    low = math.ceil(max(limits[0], -LARGEST) * grain)
    high = math.floor(min(limits[1], LARGEST) * grain)
    if low > high:
        raise RefusedError
    return low, high, tuple(x for x in SPECIAL if low <= x * grain <= high and not x * grain % 1)


def mask(c: Choices, shape: Shape) -> Array:
    """True or false, with equal chances."""
    return np.array(c.integers(0, 1, math.prod(shape)), dtype=bool).reshape(shape)


def within(inputs: Sequence[Any], limits: Limits) -> bool:
    """Whether every real argument stays between two numbers."""
    low, high = limits
    radius = min(-low, high)
    return all(
        (radius > 0 and _short(x, radius))
        or (np.minimum.reduce(x, axis=None) >= low and np.maximum.reduce(x, axis=None) <= high)
        for x in inputs
        if isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size
    )


def moderate(x: Array) -> bool:
    """Whether a value has few entries, and no number among them is large, infinite or NaN."""
    if x.dtype.kind not in "fc":
        return True
    if x.size > LARGEST_SIZE:
        return False
    if not x.ndim:
        return bool(abs(x.item().real) <= LARGEST_VALUE)
    return _short(x, LARGEST_VALUE) or _largest(x) <= LARGEST_VALUE


def _short(x: Array, length: float) -> bool:
    """Whether a vector's length, and so every entry, is below a number; what costs least to ask."""
    return bool(np.vdot(x, x).real < 0.999 * length * length)


def _largest(x: Array) -> float:
    return float(np.maximum.reduce(np.abs(x.real), axis=None))
