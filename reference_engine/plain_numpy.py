"""NumPy under the names of the array API standard, with less in between.

NumPy's own functions dispatch and check in Python. On a few entries that takes longer than the
work, so what the rules use most is reached here as the method or ufunc beneath.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
Axis = int | tuple[int, ...] | None


class PlainNumPy:
    """`numpy` itself, but for the functions below."""

    def __getattr__(self, name: str) -> Any:
        """NumPy's own."""
        found = getattr(np, name)
        setattr(self, name, found)  # found directly from now on
        return found

    @staticmethod
    def sum(x: Array, axis: Axis = None, keepdims: Any = False) -> Array:
        """The sum over the axes; over all, if None."""
        return np.add.reduce(x, axis, keepdims=keepdims)

    @staticmethod
    def prod(x: Array, axis: Axis = None, keepdims: Any = False) -> Array:
        """The product over the axes; over all, if None."""
        return np.multiply.reduce(x, axis, keepdims=keepdims)

    @staticmethod
    def max(x: Array, axis: Axis = None, keepdims: Any = False) -> Array:
        """The greatest entries over the axes; over all, if None."""
        return np.maximum.reduce(x, axis, keepdims=keepdims)

    @staticmethod
    def min(x: Array, axis: Axis = None, keepdims: Any = False) -> Array:
        """The smallest entries over the axes; over all, if None."""
        return np.minimum.reduce(x, axis, keepdims=keepdims)

    @staticmethod
    def any(x: Array) -> Any:
        """Whether some entry is not 0."""
        return np.logical_or.reduce(x, None)

    @staticmethod
    def reshape(x: Array, shape: tuple[int, ...]) -> Array:
        """The same entries in order, in another shape."""
        try:
            return x.reshape(shape)
        except AttributeError:  # of an array of objects without axes numpy gives the bare object
            return np.reshape(x, shape)

    @staticmethod
    def permute_dims(x: Array, axes: tuple[int, ...]) -> Array:
        """The axes in another order."""
        return x.transpose(axes)

    @staticmethod
    def broadcast_to(x: Array, shape: tuple[int, ...]) -> Array:
        """Repeated to a shape, without copying; read only."""
        if min(shape, default=0) < 0:
            raise ValueError(f"no axis can have a negative length, as in broadcast shape {shape}")
        it = np.nditer(
            (x,),
            ["multi_index", "refs_ok", "zerosize_ok"],
            [["readonly"]],
            itershape=shape,
            order="C",
        )
        return it.itviews[0]

    @staticmethod
    def zeros_like(x: Array) -> Array:
        """Zeros in the shape and dtype of x."""
        return np.zeros(x.shape, x.dtype)

    @staticmethod
    def ones_like(x: Array) -> Array:
        """Ones in the shape and dtype of x."""
        return np.ones(x.shape, x.dtype)

    @staticmethod
    def astype(x: Array, dtype: Any, copy: bool = True) -> Array:
        """The entries in another dtype."""
        return x.astype(dtype, copy=copy)


PLAIN_NUMPY = PlainNumPy()
