"""Functions named as in SciPy's `special` and PyTorch's `nn.functional`."""

from typing import Any

import numpy as np

from .op import Op
from .reductions import axes_of, filled, fold, total

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


def _logsumexp(k: Any, f: Any) -> Any:
    """Along the last axis, the largest taken away: nothing overflows."""
    peak = k.peak(f)
    return peak[..., 0] + np.log(total(k, np.exp(f - peak)))


def _log_softmax(k: Any, x: Any, axis: int) -> Any:
    f = x.swapaxes(axis, -1)
    return (f - np.asarray(_logsumexp(k, f))[..., None]).swapaxes(axis, -1)


def _softmax(k: Any, x: Any, axis: int) -> Any:
    f = x.swapaxes(axis, -1)
    e = np.exp(f - k.peak(f))
    return (e / np.asarray(total(k, e))[..., None]).swapaxes(axis, -1)


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
    Op(name="special.logsumexp", args=1, area="reductions", shapes="one", range=(-8, 8),
       params={"axis": "axes", "keepdims": "flag"}, domain=filled, aliases=("logsumexp",),
       meaning=lambda k, x, axis=None, keepdims=False:
           fold(lambda f: _logsumexp(k, f), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False:
           t.special.logsumexp(x, dim=axes_of(x, axis), keepdim=keepdims)),
    Op(name="special.softmax", args=1, area="reductions", shapes="one", range=(-2, 2),
       params={"axis": "one axis"}, domain=filled, aliases=("softmax",),
       meaning=_softmax,
       torch=lambda t, x, axis: t.special.softmax(x, dim=axis)),
    Op(name="special.log_softmax", args=1, area="reductions", shapes="one", range=(-2, 2),
       params={"axis": "one axis"}, domain=filled, aliases=("log_softmax",),
       meaning=_log_softmax,
       torch=lambda t, x, axis: t.special.log_softmax(x, dim=axis)),
]  # fmt: skip
