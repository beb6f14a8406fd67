"""Arrays and where they live: numpy on the CPU, PyTorch's arrays on any device of its own.

A device is a string: `"cpu"` is numpy; `"torch:cpu"`, `"torch:cuda"`, `"torch:cuda:1"` are arrays
of PyTorch, used as plain arrays (its autograd never sees them). The rules are written in the
names of the Python array API standard, so the same lines run on both namespaces. PyTorch is
imported only when a tensor is asked for there.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

from .cuda import is_available
from .plain_numpy import PLAIN_NUMPY

Array: TypeAlias = Any
DType: TypeAlias = np.dtype[Any]

_NUMPY = (np.ndarray, np.generic)


def available() -> list[str]:
    """The devices that this machine has: `"cpu"`, and with PyTorch installed its own."""
    cuda = ["torch:cuda"] if is_available() else []
    return ["cpu", *(["torch:cpu", *cuda] if find_spec("torch") else [])]


@cache
def _torch_namespace() -> Any:
    import array_api_compat.torch

    return array_api_compat.torch


def namespace(kind: type) -> Any:
    """The functions for arrays of this type, under the names of the array API standard."""
    return PLAIN_NUMPY if issubclass(kind, _NUMPY) else _torch_namespace()


def device_of(array: Array) -> str:
    """Where an array lives: `"cpu"` for numpy, else `"torch:"` and PyTorch's own name."""
    return "cpu" if isinstance(array, _NUMPY) else f"torch:{array.device}"


@cache
def native_dtype(xp: Any, dtype: Any) -> Any:
    """What the namespace calls this dtype; numpy's and PyTorch's dtypes are both accepted."""
    name = str(dtype).removeprefix("torch.")
    return getattr(xp, "object_" if name == "object" else name)


@cache
def common_dtype(dtype: Any) -> DType:
    """The numpy dtype with the name of this one: how the engine names dtypes on every device."""
    return np.dtype(str(dtype).removeprefix("torch."))


def to_numpy(array: Array) -> np.ndarray[Any, Any]:
    """The same entries as a numpy array; memory is shared where it can be."""
    return np.asarray(array if isinstance(array, _NUMPY) else array.cpu().numpy())


def to_device(array: Array, device: str) -> Array:
    """The same entries on `device`; the array itself if it is there already."""
    if device == device_of(array):
        return array
    if device == "cpu":
        return to_numpy(array)
    family, _, place = device.partition(":")
    if family != "torch":
        raise ValueError(f"no device {device!r}; there are 'cpu', 'torch:cpu' and 'torch:cuda'")
    # A copy in C order: PyTorch has no negative strides, and should not share numpy's memory.
    entries = np.array(array, order="C") if isinstance(array, _NUMPY) else array
    return _torch_namespace().asarray(entries, device=place or "cpu")


def masked(x: Array, mask: Array) -> Array:
    """x where the mask holds, else 0."""
    if isinstance(mask, _NUMPY):
        product = x * mask  # on many entries 20 times as fast as numpy's choice
        if not np.logical_or.reduce(product != product, None):  # ∞·0 is no number
            return product
    return namespace(type(mask)).where(mask, x, 0)


def add_at(out: Array, key: Any, values: Array) -> None:
    """out[key] += values, where an entry that `key` names twice is added to twice."""
    if isinstance(out, np.ndarray):
        np.add.at(out, key, values)
        return
    xp = _torch_namespace()
    positions = xp.reshape(xp.arange(out.numel(), device=out.device), tuple(out.shape))[key]
    values = xp.broadcast_to(values, tuple(positions.shape))
    out.view(-1).index_add_(0, positions.reshape(-1), values.reshape(-1))
