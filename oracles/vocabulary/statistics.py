"""Variance and standard deviation, and sums and products from one end of an axis on."""

import math
from typing import Any

import numpy as np

from .op import Op, least
from .reductions import axes_of, fold, total

AREA = "reductions"


def var(k: Any, x: Any, axis: Any = None, correction: float = 0, keepdims: bool = False) -> Any:
    """Σ (x − mean)² / (n − correction)."""

    def of_last(f: Any) -> Any:
        n = f.shape[-1]
        away = f - np.asarray(total(k, f))[..., None] / n
        return total(k, away * away) / (n - correction)

    return fold(of_last, x, axis, keepdims)


def _var_domain(x: Any, axis: Any = None, correction: float = 0, keepdims: bool = False) -> float:
    n = math.prod(x.shape[a] for a in axes_of(x, axis))
    return np.inf if n and n > correction else 0.0


def _std_domain(x: Any, axis: Any = None, correction: float = 0, keepdims: bool = False) -> float:
    """The deviation itself: the root has no derivative where all entries are equal."""
    inside = _var_domain(x, axis, correction)
    return least(np.std(x, axis)) if inside else 0.0


def _cumulative_sum(k: Any, x: Any, axis: int, include_initial: bool = False) -> Any:
    x = x.swapaxes(axis, -1)
    if include_initial:
        x = np.concatenate([np.asarray(k.zeros((*x.shape[:-1], 1))), x], axis=-1)
    return np.add.accumulate(x, axis=-1).swapaxes(axis, -1)


def _torch_cumulative_sum(t: Any, x: Any, axis: int, include_initial: bool = False) -> Any:
    if include_initial:
        x = t.concat([t.zeros_like(x.select(axis, 0) if x.shape[axis] else x.sum(axis))
                      .unsqueeze(axis), x], dim=axis)  # fmt: skip
    return t.cumsum(x, dim=axis)


SPREAD: Any = {"axis": "axes", "correction": "correction", "keepdims": "flag"}

ROWS = [
    Op(name="var", args=1, area=AREA, shapes="one", params=SPREAD, domain=_var_domain,
       meaning=var,
       torch=lambda t, x, axis=None, correction=0, keepdims=False:
           t.var(x, dim=axis, correction=correction, keepdim=keepdims)),
    Op(name="std", args=1, area=AREA, shapes="one", params=SPREAD, domain=_std_domain,
       meaning=lambda k, x, axis=None, correction=0, keepdims=False:
           np.sqrt(var(k, x, axis, correction, keepdims)),
       torch=lambda t, x, axis=None, correction=0, keepdims=False:
           t.std(x, dim=axis, correction=correction, keepdim=keepdims)),
    Op(name="cumulative_sum", args=1, area=AREA, shapes="one", exact=True,
       params={"axis": "one axis", "include_initial": "flag"},
       meaning=_cumulative_sum, torch=_torch_cumulative_sum),
    Op(name="cumulative_prod", args=1, area=AREA, shapes="one", params={"axis": "one axis"},
       exact=True,
       meaning=lambda k, x, axis: np.multiply.accumulate(x, axis=axis),
       torch=lambda t, x, axis: t.cumprod(x, dim=axis)),
]  # fmt: skip
