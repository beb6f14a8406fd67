"""Ops that fold axes away: `axis` is none (all), one axis or a tuple; `keepdims` keeps size 1."""

import math
from typing import Any

import numpy as np

from .op import Op

AREA = "reductions"


def axes_of(x: Any, axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """The axes meant, counted from the front; raises `IndexError` for one that is not there.

    >>> axes_of(np.zeros((2, 3, 4)), (-1, 0))
    (2, 0)
    """
    if axis is None:
        return tuple(range(x.ndim))
    axes = (axis,) if isinstance(axis, int) else axis
    if not all(-x.ndim <= a < x.ndim for a in axes):
        raise IndexError(f"axis {axis} is out of bounds for an array of dimension {x.ndim}")
    return tuple(a % x.ndim for a in axes)


def fold(of_last: Any, x: Any, axis: int | tuple[int, ...] | None, keepdims: bool) -> Any:
    """Apply `of_last` to the reduced axes, moved to the end and made one."""
    if axis is None and not keepdims:
        return of_last(x.reshape(-1))
    axes = axes_of(x, axis)
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    shape = tuple(x.shape[a] for a in kept)
    flat = x.transpose(kept + axes).reshape((*shape, math.prod(x.shape[a] for a in axes)))
    result = np.asarray(of_last(flat))
    if keepdims:
        return result.reshape([1 if a in axes else n for a, n in enumerate(x.shape)])
    return result


def total(k: Any, x: Any) -> Any:
    """The sum along the last axis."""
    return np.add.reduce(x, axis=-1) if x.shape[-1] else k.zeros(x.shape[:-1])


def filled(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> float:
    """The domain of what means nothing for no entries: infinitely far inside, or not at all."""
    return np.inf if all(x.shape[a] for a in axes_of(x, axis)) else 0.0


def _prod(k: Any, x: Any) -> Any:
    return np.multiply.reduce(x, axis=-1) if x.shape[-1] else k.zeros(x.shape[:-1]) + 1.0


def _pick(x: Any, index: Any) -> Any:
    return np.take_along_axis(x, index[..., None], axis=-1)[..., 0]


def _torch_fold(t: Any, fold_one: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """PyTorch's prod takes one axis: fold them one after the other, from the last."""
    for a in sorted(axes_of(x, axis), reverse=True):
        x = fold_one(x, dim=a, keepdim=keepdims)
    return x


PARAMS: Any = {"axis": "axes", "keepdims": "flag"}

ROWS = [
    Op(name="sum", args=1, area=AREA, shapes="one", params=PARAMS, exact=True,
       meaning=lambda k, x, axis=None, keepdims=False:
           fold(lambda f: total(k, f), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False: t.sum(x, dim=axis, keepdim=keepdims)),
    Op(name="mean", args=1, area=AREA, shapes="one", params=PARAMS,
       domain=filled,
       meaning=lambda k, x, axis=None, keepdims=False:
           fold(lambda f: total(k, f) / f.shape[-1], x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False: t.mean(x, dim=axis, keepdim=keepdims)),
    Op(name="prod", args=1, area=AREA, shapes="one", params=PARAMS, exact=True,
       meaning=lambda k, x, axis=None, keepdims=False:
           fold(lambda f: _prod(k, f), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False: _torch_fold(t, t.prod, x, axis, keepdims)),
    Op(name="max", args=1, area=AREA, shapes="one", params=PARAMS, exact=True, aliases=("amax",),
       domain=filled,
       meaning=lambda k, x, axis=None, keepdims=False:
           fold(lambda f: _pick(f, k.argmax(f)), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False:
           t.amax(x, dim=() if axis is None else axis, keepdim=keepdims)),
    Op(name="min", args=1, area=AREA, shapes="one", params=PARAMS, exact=True, aliases=("amin",),
       domain=filled,
       meaning=lambda k, x, axis=None, keepdims=False:
           fold(lambda f: _pick(f, k.argmax(-f)), x, axis, keepdims),
       torch=lambda t, x, axis=None, keepdims=False:
           t.amin(x, dim=() if axis is None else axis, keepdim=keepdims)),
]  # fmt: skip
