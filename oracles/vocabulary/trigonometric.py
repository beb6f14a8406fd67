"""Trigonometric and hyperbolic functions, entry by entry.

An engine may take a derivative from the result (1 − t² for tanh): `range` ends where that would
lose two digits.
"""

from typing import Any

import numpy as np

from .op import Op, inside, least

AREA = "elementwise"


def _tan_domain(x: Any) -> float:
    """The distance to the nearest odd multiple of π/2."""
    return np.pi * least(np.abs((x / np.pi) % 1.0 - 0.5))


def _angle(k: Any, y: Any, x: Any) -> Any:
    """Twice the half angle: tan(α/2) = y/(r + x) = (r − x)/y, whichever cancels nothing."""
    right, r = k.larger(x, 0.0), k.hypot(x, y)
    return 2.0 * np.arctan(np.where(right, y, r - x) / np.where(right, r + x, y))


ROWS = [
    Op(name="sin", args=1, area=AREA, range=(-50, 50),
       meaning=lambda k, x: np.sin(x),
       torch=lambda t, x: t.sin(x)),
    Op(name="cos", args=1, area=AREA, range=(-50, 50),
       meaning=lambda k, x: np.cos(x),
       torch=lambda t, x: t.cos(x)),
    Op(name="tan", args=1, area=AREA, range=(-8, 8), domain=_tan_domain,
       meaning=lambda k, x: np.tan(x),
       torch=lambda t, x: t.tan(x)),
    Op(name="asin", args=1, area=AREA, range=(-0.95, 0.95), domain=inside(-1, 1),
       aliases=("arcsin",),
       meaning=lambda k, x: np.arcsin(x),
       torch=lambda t, x: t.asin(x)),
    Op(name="acos", args=1, area=AREA, range=(-0.95, 0.95), domain=inside(-1, 1),
       aliases=("arccos",),
       meaning=lambda k, x: np.arccos(x),
       torch=lambda t, x: t.acos(x)),
    Op(name="atan", args=1, area=AREA, range=(-50, 50), aliases=("arctan",),
       meaning=lambda k, x: np.arctan(x),
       torch=lambda t, x: t.atan(x)),
    Op(name="atan2", args=2, area=AREA, aliases=("arctan2",),
       domain=lambda y, x: least(np.where(x > 0, np.hypot(x, y), np.abs(y))),
       meaning=_angle,
       torch=lambda t, y, x: t.atan2(y, x)),
    Op(name="sinh", args=1, area=AREA, range=(-8, 8),
       meaning=lambda k, x: np.sinh(x),
       torch=lambda t, x: t.sinh(x)),
    Op(name="cosh", args=1, area=AREA, range=(-8, 8),
       meaning=lambda k, x: np.cosh(x),
       torch=lambda t, x: t.cosh(x)),
    Op(name="tanh", args=1, area=AREA, range=(-3, 3),
       meaning=lambda k, x: np.tanh(x),
       torch=lambda t, x: t.tanh(x)),
    Op(name="asinh", args=1, area=AREA, range=(-50, 50), aliases=("arcsinh",),
       meaning=lambda k, x: np.arcsinh(x),
       torch=lambda t, x: t.asinh(x)),
    Op(name="acosh", args=1, area=AREA, range=(1.0625, 50), domain=lambda x: least(x - 1),
       aliases=("arccosh",),
       meaning=lambda k, x: np.arccosh(x),
       torch=lambda t, x: t.acosh(x)),
    Op(name="atanh", args=1, area=AREA, range=(-0.95, 0.95), domain=inside(-1, 1),
       aliases=("arctanh",),
       meaning=lambda k, x: np.arctanh(x),
       torch=lambda t, x: t.atanh(x)),
]  # fmt: skip
