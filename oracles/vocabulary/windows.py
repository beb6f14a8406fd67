"""Ops that look at an array through windows that slide over it, named as in PyTorch."""

import functools
import operator
from typing import Any

import numpy as np

from .op import Op
from .shapes import pad

AREA = "windows"


def _both(n: Any) -> tuple[int, int]:
    """One number for both axes of an image, or one for each."""
    return (n, n) if isinstance(n, int) else tuple(n)


def _conv2d(
    k: Any, x: Any, w: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """At each place of a kernel, its entries times all that they meet; then the sum over places."""
    (n, channels), (out, _, *sizes) = x.shape[:2], w.shape
    x = pad(k, x, ((0, 0), (0, 0), *((p, p) for p in _both(padding))))
    apart, step = _both(dilation), _both(stride)
    rows, columns = (
        (whole - d * (size - 1) - 1) // s + 1
        for whole, size, d, s in zip(x.shape[2:], sizes, apart, step, strict=True)
    )
    if min(rows, columns, *sizes) < 1:
        raise ValueError(f"kernels of {sizes} do not fit images of {x.shape[2:]}")
    kernels = w.reshape((groups, out // groups, w.shape[1], *sizes))

    def met(i: int, j: int) -> Any:
        down = slice(i * apart[0], i * apart[0] + (rows - 1) * step[0] + 1, step[0])
        along = slice(j * apart[1], j * apart[1] + (columns - 1) * step[1] + 1, step[1])
        seen = x[:, :, down, along]
        seen = seen.reshape((n, groups, channels // groups, rows * columns))
        return k.matmul(kernels[..., i, j], seen)

    total = functools.reduce(operator.add, [met(*place) for place in np.ndindex(*sizes)])
    return total.reshape((n, out, rows, columns))


ROWS = [
    Op(name="nn.functional.conv2d", args=2, area=AREA, shapes="window", exact=True,
       params={"stride": "window", "padding": "window", "dilation": "window", "groups": "window"},
       meaning=_conv2d,
       torch=lambda t, x, w, stride=1, padding=0, dilation=1, groups=1: t.nn.functional.conv2d(
           x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)),
]  # fmt: skip
