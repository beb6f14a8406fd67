"""`x[key]` and `x[key] = value`: keys as PyTorch reads them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .apply import apply
from .devices import common_dtype, device_of, to_device
from .rules.shapes import is_array
from .tensors import Tensor
from .views import view

Key = tuple[Any, ...]


def index(x: Tensor, key: Any) -> Tensor:
    """The entries at `key`: numbers, slices, None, ..., and integer or bool tensors or lists.

    An entry that is named twice appears twice, and gets both cotangents.

    >>> from gradassay import reference_engine as torch
    >>> torch.arange(6).reshape(2, 3)[:, [0, 0, 2]]
    tensor([[0, 0, 2],
            [3, 3, 5]])
    """
    parts = plain_key(x, key)
    if any(map(is_array, parts)) and any(isinstance(k, int) for k in parts):
        first, then = numbers_first(parts)
        return apply("index", view("index", x, key=first), key=then)
    return view("index", x, key=parts)


def plain_key(x: Tensor, key: Any) -> Key:
    """The key as a tuple with exactly one `...`, its tensors and lists as arrays beside x."""
    parts = tuple(plain_part(x, k) for k in (key if isinstance(key, tuple) else (key,)))
    return parts if any(k is Ellipsis for k in parts) else (*parts, ...)


def plain_part(x: Tensor, k: Any) -> Any:
    """One part of a key. Raises ValueError for a slice that runs backwards, as PyTorch does."""
    if isinstance(k, slice):
        if k.step is not None and int(k.step) <= 0:
            raise ValueError("the step of a slice must be positive; use flip for reverse order")
        return k
    if k is None or k is Ellipsis or (isinstance(k, int) and not isinstance(k, bool)):
        return k
    array = k.memory() if isinstance(k, Tensor) else np.array(k)
    if 0 in array.shape and not isinstance(k, np.ndarray | Tensor):
        array = np.zeros(array.shape, np.int64)  # an empty list picks nothing
    kind = common_dtype(array.dtype).kind
    if array.shape == () and kind in "iu":
        return int(array)
    if kind not in "iub":
        raise IndexError(f"an index is an integer or a bool, not {array.dtype}")
    return to_device(array, device_of(x.array))


def numbers_first(parts: Key) -> tuple[Key, Key]:
    """Two keys: one for numbers and slices, and one for arrays on what that leaves.

    PyTorch picks in this order. numpy takes numbers for arrays, and may move their axis.
    """
    whole = slice(None)
    first: list[Any] = []
    then: list[Any] = []
    for k in parts:
        if is_array(k):
            first += [whole] * (k.ndim if common_dtype(k.dtype) == np.bool_ else 1)
            then.append(k)
        else:
            first.append(k)
            then += [] if isinstance(k, int) else [k if k is Ellipsis else whole]
    return tuple(first), tuple(then)
