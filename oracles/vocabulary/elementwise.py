"""Ops that act entry by entry, with broadcasting."""

import numpy as np

from .op import Op, least

AREA = "elementwise"


def _pow_domain(x: object, n: object) -> float:
    """Distance to the points where x**n has no derivative (or no value)."""
    if not isinstance(n, int | float):
        return least(x)
    if n >= 0 and float(n).is_integer():
        return np.inf
    return least(np.abs(x)) if float(n).is_integer() else least(x)  # type: ignore[call-overload]


ROWS = [
    Op(name="add", args=2, area=AREA, operator="+", exact=True,
       meaning=lambda k, x, y: x + y,
       torch=lambda t, x, y: t.add(x, y)),
    Op(name="subtract", args=2, area=AREA, operator="-", exact=True,
       meaning=lambda k, x, y: x - y,
       torch=lambda t, x, y: t.subtract(x, y)),
    Op(name="multiply", args=2, area=AREA, operator="*", exact=True,
       meaning=lambda k, x, y: x * y,
       torch=lambda t, x, y: t.multiply(x, y)),
    Op(name="divide", args=2, area=AREA, operator="/", aliases=("true_divide",),
       domain=lambda x, y: least(np.abs(y)),
       meaning=lambda k, x, y: x / y,
       torch=lambda t, x, y: t.divide(x, y)),
    Op(name="negative", args=1, area=AREA, operator="neg", exact=True, aliases=("neg",),
       meaning=lambda k, x: -x,
       torch=lambda t, x: t.negative(x)),
    Op(name="pow", args=2, area=AREA, operator="**", aliases=("power",),
       static={1: (2, 3, 1, 0, 4, -1, -2, 0.5, 1.5, -0.5)}, domain=_pow_domain, range=(-8, 8),
       meaning=lambda k, x, y: x**y,
       torch=lambda t, x, y: t.pow(x, y)),
    Op(name="exp", args=1, area=AREA, range=(-8, 8),
       meaning=lambda k, x: np.exp(x),
       torch=lambda t, x: t.exp(x)),
    Op(name="log", args=1, area=AREA, domain=least,
       meaning=lambda k, x: np.log(x),
       torch=lambda t, x: t.log(x)),
    Op(name="sqrt", args=1, area=AREA, domain=least,
       meaning=lambda k, x: np.sqrt(x),
       torch=lambda t, x: t.sqrt(x)),
    Op(name="sin", args=1, area=AREA, range=(-50, 50),
       meaning=lambda k, x: np.sin(x),
       torch=lambda t, x: t.sin(x)),
    Op(name="cos", args=1, area=AREA, range=(-50, 50),
       meaning=lambda k, x: np.cos(x),
       torch=lambda t, x: t.cos(x)),
    Op(name="tanh", args=1, area=AREA, range=(-3, 3),
       meaning=lambda k, x: np.tanh(x),
       torch=lambda t, x: t.tanh(x)),
    Op(name="abs", args=1, area=AREA, operator="abs", exact=True, aliases=("absolute",),
       meaning=lambda k, x: np.where(k.greater(x, 0.0), x, -x),
       torch=lambda t, x: t.abs(x)),
    Op(name="maximum", args=2, area=AREA, exact=True,
       meaning=lambda k, x, y: np.where(k.greater(x, y), x, y),
       torch=lambda t, x, y: t.maximum(x, y)),
    Op(name="minimum", args=2, area=AREA, exact=True,
       meaning=lambda k, x, y: np.where(k.greater(x, y), y, x),
       torch=lambda t, x, y: t.minimum(x, y)),
    Op(name="greater", args=2, area=AREA, operator=">", exact=True, differentiable=False,
       aliases=("gt",),
       meaning=lambda k, x, y: k.greater(x, y),
       torch=lambda t, x, y: t.greater(x, y)),
    Op(name="where", args=3, area=AREA, kinds=("bool", "real", "real"), exact=True,
       meaning=lambda k, c, x, y: np.where(c, x, y),
       torch=lambda t, c, x, y: t.where(c, x, y)),
    Op(name="nn.functional.relu", args=1, area=AREA, exact=True, aliases=("relu",),
       meaning=lambda k, x: np.where(k.greater(x, 0.0), x, k.zeros(x.shape)),
       torch=lambda t, x: t.nn.functional.relu(x)),
]  # fmt: skip
