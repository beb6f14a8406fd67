"""Ops that act entry by entry, with broadcasting: arithmetic, order, choice."""

# ruff: noqa: A002, A006 (the standard calls the limits min and max)

from typing import Any

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


def _clip(k: Any, x: Any, min: Any = None, max: Any = None) -> Any:
    if min is not None:
        x = np.where(k.greater(x, min), x, min + k.zeros(()))
    return x if max is None else np.where(k.greater(max, x), x, max + k.zeros(()))


def _clip_domain(x: Any, min: Any = None, max: Any = None) -> float:
    """No limit at all is refused by PyTorch; limits the wrong way round mean what one likes."""
    if min is None or max is None:
        return 0.0 if min is max else np.inf
    return least(np.asarray(max, float) - min)


def _tensors(t: Any, x: Any, min: Any, max: Any) -> list[Any]:
    """PyTorch wants limits of one kind, and misjudges empty ones: spread them first."""
    if not any(isinstance(v, t.Tensor) for v in (min, max)):
        return [x, min, max]
    given = [t.as_tensor(v, dtype=x.dtype) for v in (x, min, max) if v is not None]
    given = list(t.broadcast_tensors(*given))
    return [given[0], None if min is None else given[1], None if max is None else given[-1]]


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
    Op(name="square", args=1, area=AREA, exact=True,
       meaning=lambda k, x: x * x,
       torch=lambda t, x: t.square(x)),
    Op(name="reciprocal", args=1, area=AREA, domain=lambda x: least(np.abs(x)),
       meaning=lambda k, x: 1.0 / x,
       torch=lambda t, x: t.reciprocal(x)),
    Op(name="sqrt", args=1, area=AREA, domain=least,
       meaning=lambda k, x: np.sqrt(x),
       torch=lambda t, x: t.sqrt(x)),
    Op(name="hypot", args=2, area=AREA, domain=lambda x, y: least(np.hypot(x, y)),
       meaning=lambda k, x, y: k.hypot(x, y),
       torch=lambda t, x, y: t.hypot(x, y)),
    Op(name="abs", args=1, area=AREA, operator="abs", exact=True, aliases=("absolute",),
       meaning=lambda k, x: np.where(k.greater(x, 0.0), x, -x),
       torch=lambda t, x: t.abs(x)),
    Op(name="maximum", args=2, area=AREA, exact=True,
       meaning=lambda k, x, y: np.where(k.greater(x, y), x, y),
       torch=lambda t, x, y: t.maximum(x, y)),
    Op(name="minimum", args=2, area=AREA, exact=True,
       meaning=lambda k, x, y: np.where(k.greater(x, y), y, x),
       torch=lambda t, x, y: t.minimum(x, y)),
    Op(name="clip", args=3, optional=2, area=AREA, params={"min": "low", "max": "high"}, exact=True,
       aliases=("clamp",), domain=_clip_domain, meaning=_clip,
       leaves={1: (-15 / 16, 15 / 16), 2: (17 / 16, 2)},
       torch=lambda t, x, min=None, max=None: t.clip(*_tensors(t, x, min, max))),
    Op(name="greater", args=2, area=AREA, operator=">", exact=True, differentiable=False,
       aliases=("gt",),
       meaning=lambda k, x, y: k.greater(x, y),
       torch=lambda t, x, y: t.greater(x, y)),
    Op(name="greater_equal", args=2, area=AREA, operator=">=", exact=True, differentiable=False,
       aliases=("ge",),
       meaning=lambda k, x, y: ~k.greater(y, x),
       torch=lambda t, x, y: t.greater_equal(x, y)),
    Op(name="less", args=2, area=AREA, operator="<", exact=True, differentiable=False,
       aliases=("lt",),
       meaning=lambda k, x, y: k.greater(y, x),
       torch=lambda t, x, y: t.less(x, y)),
    Op(name="less_equal", args=2, area=AREA, operator="<=", exact=True, differentiable=False,
       aliases=("le",),
       meaning=lambda k, x, y: ~k.greater(x, y),
       torch=lambda t, x, y: t.less_equal(x, y)),
    Op(name="where", args=3, area=AREA, kinds=("bool", "real", "real"), exact=True,
       meaning=lambda k, c, x, y: np.where(c, x, y),
       torch=lambda t, c, x, y: t.where(c, x, y)),
]  # fmt: skip
