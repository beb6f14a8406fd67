"""A median and how sure of it one may be: no more than rounds and their order is asked for.

>>> median([4.0, 1.0, 2.0, 9.0, 3.0])
Spread(middle=3.0, low=1.0, high=9.0)
>>> median([1.0, 2.0, 3.0]).low is None
True
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

DOUBT = 0.1
"""The chance, at most, that the true median lies outside the interval."""
FEWEST = 5
"""With fewer rounds than this no interval is that sure: both ends are unknown."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median, and the ends of the interval that holds the true one; none if not known."""

    middle: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """Three figures that count, the ends in brackets.

        >>> print(Spread(1.234, 1.2, 1.3), Spread(0.5))
        1.23 (1.20 to 1.30) 0.500
        """
        ends = (
            "" if self.low is None or self.high is None else f" ({_(self.low)} to {_(self.high)})"
        )
        return f"{_(self.middle)}{ends}"


def _(x: float) -> str:
    """A number with three figures that count, and none of an exponent where it can be helped."""
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:#.3g}".rstrip(".")


def median(values: Sequence[float]) -> Spread:
    """The median, between two of the values in their order.

    The true median is below the k-th of n values with the chance of fewer than k heads in n throws
    of a coin, whatever the distribution (the sign test turned over: David and Nagaraja, Order
    Statistics, 2003, 7.1). The interval is the narrowest that misses it in at most one of ten
    cases: of five rounds the least and the greatest, of nine the second from either end.
    """
    ordered, n = sorted(values), len(values)
    outside = [math.comb(n, k) * 2.0 ** (1 - n) for k in range(n)]
    k = next((k for k in range(n) if sum(outside[: k + 1]) > DOUBT), n)
    middle = statistics.median(ordered)
    return Spread(middle, ordered[k - 1], ordered[n - k]) if k else Spread(middle)


def exponent(near: Spread, far: Spread, times: float) -> Spread:
    """The power of the size with which a time grows from `near` to `far`, at `times` the size.

    The ends take the ends of both times, the least favourable ones: no line is fitted, and nothing
    is assumed of how the two err.
    """
    unit = math.log(times)
    middle = math.log(far.middle / near.middle) / unit
    if near.low is None or near.high is None or far.low is None or far.high is None:
        return Spread(middle)
    return Spread(
        middle, math.log(far.low / near.high) / unit, math.log(far.high / near.low) / unit
    )
