"""Exponentials and logarithms, entry by entry."""

from typing import Any

import numpy as np

from .op import Op, least

AREA = "elementwise"


def _logaddexp(k: Any, x: Any, y: Any) -> Any:
    """The larger plus log(1 + e^−|x−y|): nothing overflows."""
    first = k.larger(x, y)
    high, low = np.where(first, x, y), np.where(first, y, x)
    return high + k.log1p(np.exp(low - high))


ROWS = [
    Op(name="exp", args=1, area=AREA, range=(-8, 8),
       meaning=lambda k, x: np.exp(x),
       torch=lambda t, x: t.exp(x)),
    Op(name="expm1", args=1, area=AREA, range=(-4, 8),
       meaning=lambda k, x: np.expm1(x),
       torch=lambda t, x: t.expm1(x)),
    Op(name="exp2", args=1, area=AREA, range=(-8, 8),
       meaning=lambda k, x: np.exp2(x),
       torch=lambda t, x: t.exp2(x)),
    Op(name="log", args=1, area=AREA, domain=least,
       meaning=lambda k, x: np.log(x),
       torch=lambda t, x: t.log(x)),
    Op(name="log1p", args=1, area=AREA, range=(-0.95, 50), domain=lambda x: least(x + 1),
       meaning=lambda k, x: k.log1p(x),
       torch=lambda t, x: t.log1p(x)),
    Op(name="log2", args=1, area=AREA, domain=least,
       meaning=lambda k, x: np.log2(x),
       torch=lambda t, x: t.log2(x)),
    Op(name="log10", args=1, area=AREA, domain=least,
       meaning=lambda k, x: np.log10(x),
       torch=lambda t, x: t.log10(x)),
    Op(name="logaddexp", args=2, area=AREA, range=(-8, 8),
       meaning=_logaddexp,
       torch=lambda t, x, y: t.logaddexp(x, y)),
]  # fmt: skip
