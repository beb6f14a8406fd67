"""The entries of random leaves: on a grid, within limits, now and then special; what is tame.

>>> from gradassay.suites.choices import RandomChoices
>>> entries(RandomChoices(1), (3,), (0.5, 1.0))
array([0.5, 0.5, 1. ])
"""

from __future__ import annotations

import functools
import math
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

    From an odd sixteenth on they are odd sixteenths, which no other leaf has. Raises `RefusedError`
    if no number of the grid lies within the limits.
    """
    size = math.prod(shape)
    low, high, shift, special = _grid(limits, 1 if whole else GRAIN)
    style = c.integer(0, 19)
    if style == 0 and special:
        flat = np.full(size, c.one_of(special))
    elif style < 3 and special:
        flat = np.array([c.one_of(special) for _ in range(size)], dtype=float)
    else:
        numbers = c.integers(low, high, size)
        if style < 12 and low < 1 and -low <= high and not whole:
            numbers = [abs(n) or 1 for n in numbers]
        flat = np.array(numbers, dtype=float)
        if not whole:
            flat += shift
            flat /= GRAIN
    return flat.reshape(shape)


@functools.lru_cache
def _grid(limits: Limits, grain: int) -> tuple[int, int, float, tuple[float, ...]]:
    """The least and the largest number of steps of 1/grain within limits, what each is shifted by,
    and the special numbers among them."""
    first, last = (grain * max(-LARGEST, min(LARGEST, limit)) for limit in limits)
    shift = 0.5 if first % 1 == 0.5 else 0.0
    low, high = math.ceil(first - shift), math.floor(last - shift)
    if low > high:
        raise RefusedError
    if shift:
        return low, high, shift, ()
    return (
        low,
        high,
        shift,
        tuple(x for x in SPECIAL if first <= x * grain <= last and not x * grain % 1),
    )


def mask(c: Choices, shape: Shape) -> Array:
    """True or false, with equal chances."""
    return np.array(c.integers(0, 1, math.prod(shape)), dtype=bool).reshape(shape)


def within(x: Any, limits: Limits) -> bool:
    """Whether all entries of a real array are between two numbers; of anything else, yes."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f" or not x.size:
        return True
    low, high = limits
    radius = min(-low, high)
    if radius > 0 and _short(x, radius):
        return True
    return bool(np.minimum.reduce(x, axis=None) >= low and np.maximum.reduce(x, axis=None) <= high)


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
