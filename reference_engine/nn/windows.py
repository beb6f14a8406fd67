"""Convolutions, which look through windows that slide along the last axes, as pooling does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..apply import apply
from ..functional import matmul, reshape, squeeze, unsqueeze
from ..rearranging import constant_pad_nd
from ..tensors import Tensor

Sizes = int | Sequence[int]


def for_each(axes: int, sizes: Any) -> tuple[int, ...]:
    """One number for all of the axes, or one for each, as a tuple."""
    many = (int(sizes),) if isinstance(sizes, int) else tuple(int(n) for n in sizes)
    return many * axes if len(many) == 1 else many


def windows(
    x: Tensor, counts: Sequence[int], sizes: Sequence[int], stride: Sequence[int],
    dilation: Sequence[int],
) -> Tensor:  # fmt: skip
    """The windows over the last axes, (…, n₁, n₂) to (…, size₁·size₂, counts₁, counts₂)."""
    how = {"counts": counts, "sizes": sizes, "stride": stride, "dilation": dilation}
    return apply("windows", x, **{name: tuple(value) for name, value in how.items()})


def count(n: int, size: int, stride: int, dilation: int) -> int:
    """How many windows there are in an axis of n entries."""
    return (n - dilation * (size - 1) - 1) // stride + 1


# Convolutions.


def convolution(
    axes: int, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Any,
    dilation: Sizes, groups: int,
) -> Tensor:  # fmt: skip
    """Each window of x, (n, channels, …), times each kernel of weight, (out, channels, …)."""
    if x.ndim == axes + 1:  # one image alone
        return squeeze(
            convolution(axes, unsqueeze(x, 0), weight, bias, stride, padding, dilation, groups), 0
        )
    if x.ndim != axes + 2 or x.shape[1] != weight.shape[1] * groups:
        raise RuntimeError(
            f"conv{axes}d: kernels of shape {weight.shape} in {groups} groups do not fit images "
            f"of shape {x.shape}"
        )
    sizes, stride, dilation = weight.shape[2:], for_each(axes, stride), for_each(axes, dilation)
    x = padded(x, sizes, padding, dilation)
    shape = [count(*how) for how in zip(x.shape[2:], sizes, stride, dilation, strict=True)]
    if min(shape) <= 0:
        raise RuntimeError(f"conv{axes}d: kernels of shape {weight.shape} are greater than images")
    seen = windows(x, shape, sizes, stride, dilation)  # (n, channels, size, …)
    n, out = x.shape[0], weight.shape[0]
    seen = reshape(seen, (n, groups, -1, math.prod(shape)))
    kernels = reshape(weight, (groups, out // groups, -1))
    found = reshape(matmul(kernels, seen), (n, out, *shape))
    return found if bias is None else found + reshape(bias, (-1, *[1] * axes))


def padded(x: Tensor, sizes: Sequence[int], padding: Any, dilation: Sequence[int]) -> Tensor:
    """x with zeros around it: so many, or as many as leave its size as it is ("same")."""
    axes = len(sizes)
    if padding == "same":
        whole = [d * (n - 1) for n, d in zip(sizes, dilation, strict=True)]
        ends = [(w // 2, w - w // 2) for w in whole]
    else:
        ends = [(p, p) for p in for_each(axes, 0 if padding == "valid" else padding)]
    return constant_pad_nd(x, [n for end in reversed(ends) for n in end])


def conv1d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Sizes = 1, padding: Any = 0,
    dilation: Sizes = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """(n, channels, length) by (out, channels / groups, size) to (n, out, …)."""
    return convolution(1, x, weight, bias, stride, padding, dilation, groups)


def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Sizes = 1, padding: Any = 0,
    dilation: Sizes = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """(n, channels, height, width) by (out, channels / groups, rows, columns) to (n, out, …).

    >>> from gradassay import reference_engine as torch
    >>> torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """
    return convolution(2, x, weight, bias, stride, padding, dilation, groups)


def conv3d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Sizes = 1, padding: Any = 0,
    dilation: Sizes = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """As `conv2d`, of three axes."""
    return convolution(3, x, weight, bias, stride, padding, dilation, groups)
