"""Pooling, under PyTorch's names: the greatest or the mean entry of each window."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..creation import tensor
from ..functional import gather, mean, squeeze, stack, sum, unsqueeze
from ..functional import max as greatest
from ..rearranging import constant_pad_nd
from ..tensors import Tensor
from .windows import Sizes, count, for_each, windows

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "avg_pool1d",
    "avg_pool2d", "avg_pool3d", "max_pool1d", "max_pool2d", "max_pool3d",
]  # fmt: skip


class Layout:
    """Where the windows of a pooling lie along the last axes of x."""

    def __init__(
        self, name: str, axes: int, x: Tensor, kernel_size: Sizes, stride: Any, padding: Sizes,
        dilation: Sizes, ceil_mode: bool,
    ) -> None:  # fmt: skip
        """Raises RuntimeError if there are none."""
        if x.ndim not in (axes + 1, axes + 2):
            raise RuntimeError(f"{name} slides along {axes} axes, behind those of shape {x.shape}")
        self.sizes = for_each(axes, kernel_size)
        self.stride = self.sizes if stride in (None, [], ()) else for_each(axes, stride)
        self.padding, self.dilation = for_each(axes, padding), for_each(axes, dilation)
        self.counts: list[int] = []
        self.ends: list[tuple[int, int]] = []  # what is put before and behind each axis
        for n, p, *how in zip(
            x.shape[-axes:], self.padding, self.sizes, self.stride, self.dilation, strict=True
        ):
            size, step, apart = how
            if p > size // 2:
                raise RuntimeError(f"{name}: padding {p} is more than half of a window of {size}")
            whole = n + 2 * p
            found = count(whole + (step - 1 if ceil_mode else 0), size, step, apart)
            if ceil_mode and (found - 1) * step >= n + p:
                found -= 1  # a window begins in x or before it
            if found <= 0:
                raise RuntimeError(f"{name}: windows of {size} are greater than an axis of {n}")
            self.counts.append(found)
            last = (found - 1) * step + apart * (size - 1) + 1
            self.ends.append((p, p + max(last - whole, 0)))

    def of(self, x: Tensor, value: float) -> Tensor:
        """The windows of x, with `value` around it."""
        x = constant_pad_nd(x, [n for end in reversed(self.ends) for n in end], value)
        return windows(x, self.counts, self.sizes, self.stride, self.dilation)

    def plane(self, like: Tensor, inside: float) -> Tensor:
        """For each window how many entries of x it holds, those of the padding times `inside`."""
        shape = like.shape[like.ndim - len(self.sizes) :]
        ones = np.pad(np.ones(shape), [(p, p) for p in self.padding], constant_values=inside)
        more = [(0, after - p) for (_, after), p in zip(self.ends, self.padding, strict=True)]
        grid = tensor(np.pad(ones, more), dtype=like.dtype, device=like.device)
        return sum(windows(grid, self.counts, self.sizes, self.stride, self.dilation), 0)


def max_pool(
    axes: int, x: Tensor, kernel_size: Sizes, stride: Any, padding: Sizes, dilation: Sizes,
    ceil_mode: bool, return_indices: bool,
) -> Any:  # fmt: skip
    """The greatest entry of each window; of equal ones, the first."""
    name = f"max_pool{axes}d"
    layout = Layout(name, axes, x, kernel_size, stride, padding, dilation, ceil_mode)
    at = -axes - 1
    values, which = greatest(layout.of(x, -math.inf), at)
    if not return_indices:
        return values
    shape = x.shape[-axes:]
    numbers = tensor(np.arange(float(math.prod(shape))).reshape(shape), device=x.device)
    flat = layout.of(numbers, -1.0)
    flat = flat.expand((*which.shape[:-axes], *flat.shape))
    return values, squeeze(gather(flat, at, unsqueeze(which, at)), at).long()


def avg_pool(
    axes: int, x: Tensor, kernel_size: Sizes, stride: Any, padding: Sizes, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Tensor:  # fmt: skip
    """The sum over each window, by the number of its entries or by `divisor_override`."""
    name = f"avg_pool{axes}d"
    layout = Layout(name, axes, x, kernel_size, stride, padding, 1, ceil_mode)
    total = sum(layout.of(x, 0.0), -axes - 1)
    if divisor_override is not None:
        return total / divisor_override
    return total / layout.plane(x, 1.0 if count_include_pad else 0.0)


def max_pool1d(
    x: Tensor, kernel_size: Sizes, stride: Any = None, padding: Sizes = 0, dilation: Sizes = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The greatest entry of each window along the last axis, and on demand where it stands."""
    return max_pool(1, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    x: Tensor, kernel_size: Sizes, stride: Any = None, padding: Sizes = 0, dilation: Sizes = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """As `max_pool1d`, of two axes.

    >>> from gradassay import reference_engine as torch
    >>> torch.nn.functional.max_pool2d(torch.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """
    return max_pool(2, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    x: Tensor, kernel_size: Sizes, stride: Any = None, padding: Sizes = 0, dilation: Sizes = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """As `max_pool1d`, of three axes."""
    return max_pool(3, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(
    x: Tensor, kernel_size: Sizes, stride: Any = None, padding: Sizes = 0,
    ceil_mode: bool = False, count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of each window along the last axis."""
    return avg_pool(1, x, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    x: Tensor, kernel_size: Sizes, stride: Any = None, padding: Sizes = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """As `avg_pool1d`, of two axes."""
    return avg_pool(
        2, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    x: Tensor, kernel_size: Sizes, stride: Any = None, padding: Sizes = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """As `avg_pool1d`, of three axes."""
    return avg_pool(
        3, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def adaptive(axes: int, x: Tensor, output_size: Any) -> Tensor:
    """The means of so many parts of each axis, of nearly one length, which may overlap."""
    sizes = (output_size,) * axes if isinstance(output_size, int) else tuple(output_size)
    for dim, wanted in enumerate(sizes * axes if len(sizes) < axes else sizes, start=-axes):
        n = x.shape[dim]
        m = n if wanted is None else wanted
        parts = [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
        rest = (slice(None),) * (-dim - 1)
        if not parts:
            x = x[(..., slice(0), *rest)]
            continue
        x = stack([mean(x[(..., slice(a, b), *rest)], dim) for a, b in parts], dim)
    return x


def adaptive_avg_pool1d(x: Tensor, output_size: Any) -> Tensor:
    """The means of `output_size` parts of the last axis."""
    return adaptive(1, x, output_size)


def adaptive_avg_pool2d(x: Tensor, output_size: Any) -> Tensor:
    """As `adaptive_avg_pool1d`, of two axes; None leaves an axis as it is."""
    return adaptive(2, x, output_size)


def adaptive_avg_pool3d(x: Tensor, output_size: Any) -> Tensor:
    """As `adaptive_avg_pool1d`, of three axes."""
    return adaptive(3, x, output_size)
