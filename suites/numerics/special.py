"""The special values: where a rule may overflow, saturate, divide by zero or meet a tie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

HUGE = {"float64": 2.0**664, "float32": 2.0**83, "bfloat16": 2.0**83, "float16": 2.0**12}
"""About 1e200 (float32: 1e25): a number whose square leaves the range."""
LARGEST = {
    "float64": 1.7976931348623157e308,
    "float32": 3.4028234663852886e38,
    "bfloat16": 3.3895313892515355e38,
    "float16": 65504.0,
}
"""Beyond this there is only infinity."""
SMALLEST = {"float64": 2.0**-1022, "float32": 2.0**-126, "bfloat16": 2.0**-126, "float16": 2.0**-14}
"""The least normal number."""
EXACT = (0.0, 1.0, -1.0, 2.0)
FAR = (4.0, 8.0, 20.0, 40.0, 100.0, 800.0)
FRACTIONS = (0.5, 0.9375)
PAIRS = (
    (0, 1), (1, 0), (2, -1), (-2, 4), (0.5, 2), (4, 8), (20, -20), (-20, 20), (40, 39.5),
    (800, 0), (0, 800), (-800, 0), (0, -800), (800, -800), (1000, 999), (-1000, -999), (100, 100.5),
)  # fmt: skip
"""For two slots; ties come on top."""
TIES = ((0, 0), (1, 1), (-2, -2), (800, 800))
PATTERNS: dict[str, tuple[float, ...]] = {
    "one zero": (0.0, 2.0, 3.0, -1.0),
    "two zeros": (0.0, 2.0, 0.0, 3.0),
    "zeros": (0.0,),
    "all equal": (2.0,),
    "far apart": (1000.0, 0.0, -1000.0, 999.0),
    "far and near": (800.0, 799.0, 801.5, 800.5),
    "far below": (-800.0, -801.0, -799.5, -802.0),
    "twenties": (20.0, -20.0, 40.0, -40.0),
    "ones": (1.0, -1.0),
}
"""What the entries of a tensor are filled with, over and over."""


def singles(dtype: str) -> Iterator[tuple[float, ...]]:
    """Values for one slot, those of one size and sign together."""
    yield from ((0.0,), (1.0, 2.0), (-1.0, -2.0), (0.5, 0.9375), (-0.5, -0.9375))
    for x in FAR:
        yield from ((x,), (-x,))
    for x in (HUGE[dtype], 1 / HUGE[dtype]):
        yield from ((x,), (-x,))


def pairs(dtype: str) -> Iterator[tuple[float, float]]:
    """Values for two slots."""
    huge = HUGE[dtype]
    yield from PAIRS[:6]
    yield from ((huge, 1.0), (1.0, huge), (huge, huge / 2), (1 / huge, 1.0), (1.0, 1 / huge))
    yield from ((huge, 1 / huge), (1 / huge, huge), (-huge, 2.0), (2.0, -huge))
    yield from PAIRS[6:]


def filled(shape: tuple[int, ...], values: tuple[float, ...]) -> Any:
    """An array of a shape, its entries taken from `values` over and over."""
    return np.resize(np.asarray(values, float), shape)
