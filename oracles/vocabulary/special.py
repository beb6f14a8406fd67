"""Functions named as in SciPy's `special` and PyTorch's `nn.functional`."""

from typing import Any

import numpy as np

from .op import Op

AREA = "elementwise"


def _expit(k: Any, x: Any) -> Any:
    """1/(1 + e^−x), or e^x/(1 + e^x) left of 0: nothing overflows."""
    right = k.larger(x, 0.0)
    e = np.exp(np.where(right, -x, x))
    return np.where(right, 1.0, e) / (1.0 + e)


def _softplus(k: Any, x: Any) -> Any:
    """log(1 + e^x), or x + log(1 + e^−x) right of 0."""
    right = k.larger(x, 0.0)
    return np.where(right, x, 0.0) + k.log1p(np.exp(np.where(right, -x, x)))


ROWS = [
    Op(name="nn.functional.relu", args=1, area=AREA, exact=True, aliases=("relu",),
       meaning=lambda k, x: np.where(k.greater(x, 0.0), x, k.zeros(x.shape)),
       torch=lambda t, x: t.nn.functional.relu(x)),
    Op(name="special.expit", args=1, area=AREA, range=(-4, 4), aliases=("sigmoid", "expit"),
       meaning=_expit,
       torch=lambda t, x: t.special.expit(x)),
    Op(name="nn.functional.softplus", args=1, area=AREA, range=(-4, 4), aliases=("softplus",),
       meaning=_softplus,
       torch=lambda t, x: t.nn.functional.softplus(x)),
]  # fmt: skip
