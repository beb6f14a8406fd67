"""What a tensor shows of its entries, outside the graph: numbers, lists, arrays, text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .devices import DType, common_dtype, device_of, to_numpy

if TYPE_CHECKING:
    from .graph import Node
    from .tensors import Tensor

Operator: TypeAlias = Callable[[Any, Any], "Tensor"]


class Entries:
    """The base of `Tensor`; operators and further methods are attached to it by `methods`."""

    __slots__ = ()

    if TYPE_CHECKING:
        array: Any
        node: Node | None

        __add__: Operator
        __radd__: Operator
        __sub__: Operator
        __rsub__: Operator
        __mul__: Operator
        __rmul__: Operator
        __truediv__: Operator
        __rtruediv__: Operator
        __floordiv__: Operator
        __rfloordiv__: Operator
        __mod__: Operator
        __pow__: Operator
        __rpow__: Operator
        __matmul__: Operator
        __gt__: Operator
        __lt__: Operator
        __ge__: Operator
        __le__: Operator
        __and__: Operator
        __or__: Operator
        __getitem__: Operator
        __iadd__: Operator
        __isub__: Operator
        __imul__: Operator
        __itruediv__: Operator
        __eq__: Operator  # type: ignore[assignment]
        __ne__: Operator  # type: ignore[assignment]
        __neg__: Callable[[Any], Tensor]
        __invert__: Callable[[Any], Tensor]

        def __getattr__(self, name: str) -> Any:
            """Attached by `methods`."""

        def memory(self) -> Any:
            """Its array, fit to be shared."""

        @property
        def is_leaf(self) -> bool:
            """Whether it has no history."""

    # What it is.

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return tuple(self.array.shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        ndim: int = self.array.ndim
        return ndim

    @property
    def dtype(self) -> DType:
        """The type of the entries, as a numpy dtype on every device."""
        return common_dtype(self.array.dtype)

    @property
    def device(self) -> str:
        """Where the entries live: `"cpu"` (numpy), `"torch:cpu"`, `"torch:cuda:0"` …"""
        return device_of(self.array)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    def is_complex(self) -> bool:
        """Whether the entries are complex numbers."""
        return self.dtype.kind == "c"

    def is_floating_point(self) -> bool:
        """Whether the entries are real numbers of limited precision."""
        return self.dtype.kind == "f"

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """The entries as a numpy array, in shared memory where that can be.

        Raises RuntimeError for a tensor with a history, unless by `force`.
        """
        if self.node is not None and not force:
            raise RuntimeError("the array would lose the history; use x.detach().numpy()")
        return to_numpy(self.memory())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """What `numpy.asarray(x)` sees."""
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def item(self) -> Any:
        """The one entry as a Python number. Raises RuntimeError if there are more, or none."""
        if self.numel() != 1:
            raise RuntimeError(
                f"a tensor of shape {self.shape} is ambiguous as a number or truth value; "
                "reduce it first"
            )
        return self.array.item()

    def tolist(self) -> Any:
        """The entries as nested lists."""
        return self.array.tolist()

    def __float__(self) -> float:
        """The one entry."""
        return float(self.item())

    def __int__(self) -> int:
        """The one entry."""
        return int(self.item())

    def __index__(self) -> int:
        """The one entry of an integer tensor."""
        if self.dtype.kind not in "iu":
            raise TypeError("only an integer tensor can be an index")
        return int(self.item())

    def __bool__(self) -> bool:
        """The truth of the one entry. Raises RuntimeError if there are more, or none."""
        return bool(self.item())

    def __len__(self) -> int:
        """The length of the first axis."""
        if not self.shape:
            raise TypeError("a tensor without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        """The entries along the first axis."""
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        """As PyTorch shows a tensor."""
        entries = to_numpy(self.array)
        whole = entries.dtype.kind != "f" or bool((entries == np.round(entries)).all())
        text = np.array2string(
            entries, separator=", ", prefix="tensor(", precision=4,
            floatmode="maxprec" if whole else "fixed",
        )  # fmt: skip
        if str(self.dtype) not in ("float32", "int64", "bool"):
            text += f", dtype={self.dtype}"
        if self.device != "cpu":
            text += f", device={self.device!r}"
        if self.node is not None:
            text += ", requires_grad=True" if self.is_leaf else f", grad_fn={self.node}"
        return f"tensor({text})"
