"""Layers: modules with parameters, and the modules of functions without."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..creation import tensor, zeros
from ..tensors import Tensor
from . import functional as F  # noqa: N812 - as everyone writes it
from . import init
from .module import Module, Parameter


class Linear(Module):
    """x·weightᵀ + bias, of weight (out_features, in_features)."""

    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, **options: Any
    ) -> None:
        """Uniform weights and biases, up to 1/√in_features; options dtype and device."""
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(zeros(out_features, in_features, **options))
        self.bias = Parameter(zeros(out_features, **options)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin anew."""
        begin(self.weight, self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in_features) to (…, out_features)."""
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """As PyTorch shows it."""
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


def begin(weight: Tensor, bias: Tensor | None) -> None:
    """Uniform up to the root of how many inputs an output has, as PyTorch's layers begin."""
    init.kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        bound = 1 / math.sqrt(max(init.fans(weight)[0], 1))
        init.uniform_(bias, -bound, bound)


class Embedding(Module):
    """A table of vectors, looked up by number; the row `padding_idx` is 0 and is not learned."""

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        """Normal vectors; options dtype and device."""
        super().__init__()
        self.padding_idx = padding_idx
        self.weight = Parameter(zeros(num_embeddings, embedding_dim, **options))
        init.normal_(self.weight)
        if padding_idx is not None:
            init.zeros_(self.weight.detach()[padding_idx])

    def forward(self, input: Tensor) -> Tensor:
        """Numbers of any shape to vectors along a new last axis."""
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """As PyTorch shows it."""
        rows = ", ".join(map(str, self.weight.shape))
        return rows if self.padding_idx is None else f"{rows}, padding_idx={self.padding_idx}"


class EmbeddingBag(Embedding):
    """The mean, sum or max of the vectors of each bag of numbers."""

    def __init__(
        self, num_embeddings: int, embedding_dim: int, *, mode: str = "mean",
        padding_idx: int | None = None, **options: Any,
    ) -> None:  # fmt: skip
        """Normal vectors; options dtype and device."""
        super().__init__(num_embeddings, embedding_dim, padding_idx, **options)
        self.mode = mode

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Any = None
    ) -> Tensor:
        """Bags are the rows of `input`, or the parts of a vector from each of `offsets` on."""
        return F.embedding_bag(
            input, self.weight, offsets, mode=self.mode, per_sample_weights=per_sample_weights,
            padding_idx=self.padding_idx,
        )  # fmt: skip


class _Convolution(Module):
    """Kernels of shape (out_channels, in_channels / groups, …), slid over images."""

    axes: int
    run: Callable[..., Tensor]
    bias: Parameter | None

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True, **options: Any,
    ) -> None:  # fmt: skip
        """Uniform kernels; options dtype and device."""
        super().__init__()
        size = (kernel_size,) * self.axes if isinstance(kernel_size, int) else tuple(kernel_size)
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        self.weight = Parameter(zeros(out_channels, in_channels // groups, *size, **options))
        self.bias = Parameter(zeros(out_channels, **options)) if bias else None
        begin(self.weight, self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(n, in_channels, …) to (n, out_channels, …)."""
        return type(self).run(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        """The sizes."""
        out, channels, *size = self.weight.shape
        return f"{channels * self.groups}, {out}, kernel_size={tuple(size)}, stride={self.stride}"


class Conv1d(_Convolution):
    """A convolution along one axis."""

    axes, run = 1, staticmethod(F.conv1d)


class Conv2d(_Convolution):
    """A convolution along two axes."""

    axes, run = 2, staticmethod(F.conv2d)


class LayerNorm(Module):
    """Mean 0 and variance 1 over the last axes, then a scale and a shift for each entry."""

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float = 1e-5,
        elementwise_affine: bool = True, bias: bool = True, **options: Any,
    ) -> None:  # fmt: skip
        """Scales 1 and shifts 0; options dtype and device."""
        super().__init__()
        one = isinstance(normalized_shape, int)
        self.normalized_shape = (normalized_shape,) if one else tuple(normalized_shape)  # type: ignore[arg-type]
        self.eps = eps
        shape = self.normalized_shape
        self.weight = Parameter(zeros(shape, **options) + 1) if elementwise_affine else None
        self.bias = Parameter(zeros(shape, **options)) if elementwise_affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)  # type: ignore[arg-type]

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.normalized_shape}, eps={self.eps}"


class BatchNorm1d(Module):
    """Mean 0 and variance 1 of each channel over a batch; in use, by what was seen in training."""

    shapes: tuple[int, ...] = (2, 3)
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Any

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
        affine: bool = True, track_running_stats: bool = True, **options: Any,
    ) -> None:  # fmt: skip
        """Scales 1 and shifts 0; options dtype and device."""
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(zeros(num_features, **options) + 1) if affine else None
        self.bias = Parameter(zeros(num_features, **options)) if affine else None
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **options) if tracked else None)
        self.register_buffer("running_var", zeros(num_features, **options) + 1 if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0) if tracked else None)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        if x.ndim not in self.shapes:
            raise ValueError(f"{type(self).__name__} takes {self.shapes} axes, not shape {x.shape}")
        tracked = self.running_mean is not None
        momentum = self.momentum
        if self.training and tracked:
            self.num_batches_tracked += 1
            if momentum is None:  # the mean over all batches
                momentum = 1 / self.num_batches_tracked.item()
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not tracked, momentum or 0.0, self.eps,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm2d(BatchNorm1d):
    """As `BatchNorm1d`, of images (n, channels, height, width)."""

    shapes = (4,)


class Dropout(Module):
    """In training, each entry is made 0 with probability p, the others scaled by 1/(1 - p)."""

    def __init__(self, p: float = 0.5) -> None:
        """Raises ValueError if p is no probability."""
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout: a probability lies in [0, 1], and {p} does not")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return F.dropout(x, self.p, self.training)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"
