"""Linear algebra."""

import math
from typing import Any

import numpy as np

from .op import Op, axis_of
from .reductions import total

AREA = "linalg"


def _tensordot(k: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    """A matrix product, once the axes that meet are moved to the inner side and made one."""
    if isinstance(axes, int):
        inner_x, inner_y = tuple(range(x.ndim - axes, x.ndim)), tuple(range(axes))
    else:
        inner_x, inner_y = (tuple(a % z.ndim for a in part)
                            for z, part in zip((x, y), axes, strict=True))  # fmt: skip
    outer_x = tuple(a for a in range(x.ndim) if a not in inner_x)
    outer_y = tuple(a for a in range(y.ndim) if a not in inner_y)
    shape = [x.shape[a] for a in outer_x] + [y.shape[a] for a in outer_y]
    middle = math.prod(x.shape[a] for a in inner_x)
    left = np.transpose(x, outer_x + inner_x)
    right = np.transpose(y, inner_y + outer_y)
    left = left.reshape((math.prod(x.shape[a] for a in outer_x), middle))
    right = right.reshape((middle, math.prod(y.shape[a] for a in outer_y)))
    return np.reshape(k.matmul(left, right), shape)


def _vecdot(k: Any, x: Any, y: Any, axis: int = -1) -> Any:
    """Both have the axis, of equal size: what is summed over is not broadcast."""
    if x.shape[axis_of(x, axis)] != y.shape[axis_of(y, axis)]:
        raise ValueError(f"vecdot sums over axis {axis} of shapes {x.shape} and {y.shape}")
    return total(k, np.moveaxis(x * y, axis, -1))


def _lower(x: Any, k: int) -> Any:
    """Whether an entry stands on or below a diagonal."""
    return np.tri(x.shape[-2], x.shape[-1], k, dtype=bool)


ROWS = [
    Op(name="matmul", args=2, area=AREA, shapes="matmul", operator="@", exact=True,
       meaning=lambda k, x, y: k.matmul(x, y),
       torch=lambda t, x, y: t.matmul(x, y)),
    Op(name="linalg.outer", args=2, area=AREA, shapes="outer", exact=True, aliases=("outer",),
       meaning=lambda k, x, y: x[:, None] * y[None, :],
       torch=lambda t, x, y: t.outer(x, y)),
    Op(name="tensordot", args=2, area=AREA, shapes="contraction", params={"axes": "contraction"},
       exact=True, aliases=("linalg.tensordot",),
       meaning=_tensordot,
       torch=lambda t, x, y, axes=2: t.tensordot(x, y, dims=axes)),
    Op(name="vecdot", args=2, area=AREA, shapes="vecdot", params={"axis": "shared axis"},
       exact=True, aliases=("linalg.vecdot",),
       meaning=_vecdot,
       torch=lambda t, x, y, axis=-1: t.linalg.vecdot(x, y, dim=axis)),
    Op(name="linalg.diagonal", args=1, area=AREA, shapes="one", params={"offset": "diagonal"},
       exact=True,
       meaning=lambda k, x, offset=0: np.diagonal(x, offset, -2, -1),
       torch=lambda t, x, offset=0: t.linalg.diagonal(x, offset=offset)),
    Op(name="tril", args=1, area=AREA, shapes="one", params={"k": "diagonal"}, exact=True,
       meaning=lambda kit, x, k=0: np.where(_lower(x, k), x, kit.zeros(x.shape)),
       torch=lambda t, x, k=0: t.tril(x, diagonal=k)),
    Op(name="triu", args=1, area=AREA, shapes="one", params={"k": "diagonal"}, exact=True,
       meaning=lambda kit, x, k=0: np.where(_lower(x, k - 1), kit.zeros(x.shape), x),
       torch=lambda t, x, k=0: t.triu(x, diagonal=k)),
]  # fmt: skip
