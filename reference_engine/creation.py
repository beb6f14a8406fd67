"""Tensors made from data, from a value, or from chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .devices import DType, to_device, to_numpy
from .tensors import Tensor

float16 = np.dtype("float16")
float32 = np.dtype("float32")
float64 = np.dtype("float64")
complex64 = np.dtype("complex64")
complex128 = np.dtype("complex128")
int32 = np.dtype("int32")
int64 = np.dtype("int64")
bool = np.dtype("bool")  # the builtin is not used in this file

__all__ = [
    "arange", "as_tensor", "bool", "complex64", "complex128", "eye", "float16", "float32",
    "float64", "from_numpy", "full", "full_like", "get_rng_state", "int32", "int64",
    "manual_seed", "ones", "ones_like", "rand", "randn", "set_rng_state", "tensor", "zeros",
    "zeros_like",
]  # fmt: skip

_generator = np.random.default_rng()


def tensor(
    data: Any, dtype: DType | None = None, device: str = "cpu", requires_grad: Any = False
) -> Tensor:
    """A new leaf with a copy of `data`: a number, nested lists, a numpy array or a tensor.

    Python's floats become float32; arrays and tensors keep their dtype.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    tensor([[1., 2.],
            [3., 4.]], requires_grad=True)
    """
    array = np.array(to_numpy(data.array) if isinstance(data, Tensor) else data)
    if dtype is None and not isinstance(data, np.ndarray | np.generic | Tensor):
        array = _usual(array)
    array = _numeric(np.asarray(array, dtype))
    # A lone number is held as numpy's scalar: arithmetic is ten times as fast as on an array.
    array = array if array.ndim or array.dtype.kind == "O" else array[()]
    return Tensor(to_device(array, device)).requires_grad_(requires_grad)


def as_tensor(data: Any, dtype: DType | None = None, device: str | None = None) -> Tensor:
    """A tensor of `data`, in its own memory where that can be; a tensor is given back as it is."""
    if isinstance(data, Tensor):
        return data.to(device or data.device).to(dtype or data.dtype)  # type: ignore[no-any-return]
    if isinstance(data, np.ndarray):
        return Tensor(to_device(_numeric(np.asarray(data, dtype)), device or "cpu"))
    return tensor(data, dtype, device or "cpu")


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor in the memory of a numpy array: to write to one is to write to both."""
    return Tensor(array)


def zeros(*size: Any, **options: Any) -> Tensor:
    """Zeros of a shape, `zeros(2, 3)` or `zeros((2, 3))`; options dtype, device, requires_grad."""
    return full(_shape(size), 0.0, **options)


def ones(*size: Any, **options: Any) -> Tensor:
    """Ones of a shape, `ones(2, 3)` or `ones((2, 3))`; options dtype, device, requires_grad.

    >>> ones(2, 3)
    tensor([[1., 1., 1.],
            [1., 1., 1.]])
    """
    return full(_shape(size), 1.0, **options)


def full(size: Sequence[int], fill_value: Any, **options: Any) -> Tensor:
    """One value in every place of the shape `size`."""
    return _new(np.full(size, fill_value), options)


def zeros_like(x: Tensor, **options: Any) -> Tensor:
    """Zeros in the shape, dtype and device of `x`."""
    return full_like(x, 0, **options)


def ones_like(x: Tensor, **options: Any) -> Tensor:
    """Ones in the shape, dtype and device of `x`."""
    return full_like(x, 1, **options)


def full_like(x: Tensor, fill_value: Any, **options: Any) -> Tensor:
    """One value, in the shape, dtype and device of `x`."""
    return full(x.shape, fill_value, **{"dtype": x.dtype, "device": x.device, **options})


def arange(*bounds: Any, **options: Any) -> Tensor:
    """`arange(end)`, `arange(start, end)` or `arange(start, end, step)`; the end is left out.

    >>> arange(4)
    tensor([0, 1, 2, 3])
    """
    return _new(np.arange(*bounds), options)


def eye(n: int, **options: Any) -> Tensor:
    """The identity matrix of n rows."""
    return _new(np.eye(n), options)


def randn(*size: Any, **options: Any) -> Tensor:
    """Samples of the standard normal distribution; `manual_seed` makes them repeatable."""
    return _new(_generator.standard_normal(_shape(size)), options)


def rand(*size: Any, **options: Any) -> Tensor:
    """Samples of the uniform distribution on [0, 1)."""
    return _new(_generator.random(_shape(size)), options)


def manual_seed(seed: int) -> None:
    """Begin the random numbers anew. They are numpy's, not PyTorch's.

    >>> manual_seed(0); first = randn(3)
    >>> manual_seed(0); (randn(3) == first).tolist()
    [True, True, True]
    """
    global _generator
    _generator = np.random.default_rng(seed)


def get_rng_state() -> Any:
    """Where the random numbers stand."""
    return _generator.bit_generator.state


def set_rng_state(state: Any) -> None:
    """Go on from where they stood."""
    _generator.bit_generator.state = state


def _numeric(array: Any) -> Any:
    """An array of numbers, or of objects that are like them. Raises TypeError."""
    numbers = array.dtype.kind in "fiubc" or all(hasattr(e, "__mul__") for e in array.flat)
    if not numbers or array.dtype.kind in "US":
        raise TypeError(
            f"no tensor can be made of {array.dtype} entries; they must be numbers, or objects "
            "that can be multiplied, such as fractions"
        )
    return array


def _new(array: Any, options: dict[str, Any]) -> Tensor:
    """A leaf of the dtype that is asked for, without a detour through float32, or of the usual."""
    return tensor(array if options.get("dtype") else _usual(array), **options)


def _usual(array: Any) -> Any:
    """Python's float64 as float32, the default of the field, and complex numbers alike."""
    array = np.asarray(array)
    return np.asarray(array, {float64: float32, complex128: complex64}.get(array.dtype))


def _shape(size: tuple[Any, ...]) -> tuple[int, ...]:
    """One tuple or several numbers, as a tuple."""
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], tuple | list) else size
