"""Ops that fold axes away: `axis` is none (all), one axis or a tuple; `keepdims` keeps size 1."""

import math
from typing import Any

import numpy as np

from .op import Op

AREA = "reductions"


def _axes(x: Any, axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    axes = (axis,) if isinstance(axis, int) else axis
    return tuple(a % x.ndim for a in axes)


def _fold(fold: Any, x: Any, axis: int | tuple[int, ...] | None, keepdims: bool) -> Any:
    """Apply `fold` to the reduced axes, moved to the end and made one."""
    if axis is None and not keepdims:
        return fold(x.reshape(-1))
    axes = _axes(x, axis)
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    shape = tuple(x.shape[a] for a in kept)
    flat = x.transpose(kept + axes).reshape((*shape, math.prod(x.shape[a] for a in axes)))
    result = np.asarray(fold(flat))
    if keepdims:
        return result.reshape([1 if a in axes else n for a, n in enumerate(x.shape)])
    return result


def _sum(k: Any, x: Any) -> Any:
    return np.add.reduce(x, axis=-1) if x.shape[-1] else k.zeros(x.shape[:-1])


def _prod(k: Any, x: Any) -> Any:
    return np.multiply.reduce(x, axis=-1) if x.shape[-1] else k.zeros(x.shape[:-1]) + 1.0


def _pick(x: Any, index: Any) -> Any:
    return np.take_along_axis(x, index[..., None], axis=-1)[..., 0]


def _torch_fold(t: Any, fold: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """PyTorch's prod takes one axis: fold them one after the other, from the last."""
    for a in sorted(_axes(x, axis), reverse=True):
        x = fold(x, dim=a, keepdim=keepdims)
    return x


PARAMS: Any = {"axis": "axes", "keepdims": "flag"}

ROWS = [
    Op(name="sum", args=1, area=AREA, shapes="one", params=PARAMS, exact=True,
       meaning=lambda k, x, axis=None, keepdims=False:
           _fold(lambda f: _sum(k, f), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False: t.sum(x, dim=axis, keepdim=keepdims)),
    Op(name="mean", args=1, area=AREA, shapes="one", params=PARAMS,
       domain=lambda x, axis=None, keepdims=False:
           np.inf if all(x.shape[a] for a in _axes(x, axis)) else 0.0,
       meaning=lambda k, x, axis=None, keepdims=False:
           _fold(lambda f: _sum(k, f) / f.shape[-1], x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False: t.mean(x, dim=axis, keepdim=keepdims)),
    Op(name="prod", args=1, area=AREA, shapes="one", params=PARAMS, exact=True,
       meaning=lambda k, x, axis=None, keepdims=False:
           _fold(lambda f: _prod(k, f), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False: _torch_fold(t, t.prod, x, axis, keepdims)),
    Op(name="max", args=1, area=AREA, shapes="one", params=PARAMS, exact=True, aliases=("amax",),
       domain=lambda x, axis=None, keepdims=False:
           np.inf if all(x.shape[a] for a in _axes(x, axis)) else 0.0,
       meaning=lambda k, x, axis=None, keepdims=False:
           _fold(lambda f: _pick(f, k.argmax(f)), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False:
           t.amax(x, dim=() if axis is None else axis, keepdim=keepdims)),
    Op(name="min", args=1, area=AREA, shapes="one", params=PARAMS, exact=True, aliases=("amin",),
       domain=lambda x, axis=None, keepdims=False:
           np.inf if all(x.shape[a] for a in _axes(x, axis)) else 0.0,
       meaning=lambda k, x, axis=None, keepdims=False:
           _fold(lambda f: _pick(f, k.argmax(-f)), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False:
           t.amin(x, dim=() if axis is None else axis, keepdim=keepdims)),
]  # fmt: skip
