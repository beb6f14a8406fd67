"""NumPy without its wrappers gives what NumPy gives, and what is fast is still right."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import gradassay.reference_engine as torch
import numpy as np
import pytest
from gradassay.reference_engine.plain_numpy import PLAIN_NUMPY

ARRAYS = {
    "floats": np.arange(6.0).reshape(2, 3) - 2,
    "float16": np.full((2, 3), 0.1, np.float16),
    "small integers": np.full((2, 3), 100, np.int8),
    "bools": np.array([[True, False, True], [False, False, True]]),
    "complex": np.arange(6).reshape(2, 3) * (1 + 2j),
    "special": np.array([[np.nan, -0.0, np.inf], [1.0, -np.inf, 0.0]]),
    "transposed": np.arange(6.0).reshape(3, 2).T,
    "fractions": np.array([[Fraction(1, 3)] * 3, [Fraction(-2, 5)] * 3]),
}
CALLS: dict[str, Any] = {
    "sum": lambda xp, x: xp.sum(x),
    "sum of rows": lambda xp, x: xp.sum(x, axis=(1,), keepdims=True),
    "sum of nothing": lambda xp, x: xp.sum(x[:0], axis=0),
    "prod": lambda xp, x: xp.prod(x, axis=-1),
    "max": lambda xp, x: xp.max(x, axis=0),
    "min": lambda xp, x: xp.min(x, axis=(0, 1), keepdims=True),
    "any": lambda xp, x: bool(xp.any(x == 0)),
    "reshape": lambda xp, x: xp.reshape(x, (3, -1)),
    "reshape of a lone entry": lambda xp, x: xp.reshape(x[0, 0], (1, 1)),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (1, 0)),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x, (4, 2, 3)),
    "broadcast_to of nothing": lambda xp, x: xp.broadcast_to(x[:, :1], (2, 0)),
    "zeros_like": lambda xp, x: xp.zeros_like(x),
    "ones_like": lambda xp, x: xp.ones_like(x),
    "astype": lambda xp, x: xp.astype(x, x.dtype),
    "negative": lambda xp, x: xp.multiply(x, 1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("x", ARRAYS.values(), ids=ARRAYS)
def test_it_gives_what_numpy_gives(call: Any, x: Any) -> None:
    with np.errstate(all="ignore"):
        ours, numpys = np.asarray(call(PLAIN_NUMPY, x)), np.asarray(call(np, x))
    assert (ours.dtype, ours.shape) == (numpys.dtype, numpys.shape)
    assert ours.dtype == object or ours.tobytes() == numpys.tobytes()
    assert ours.dtype != object or ours.tolist() == numpys.tolist()


@pytest.mark.parametrize("shape", [(), (2,), (3,), (2, -1), (-2, 3), (2, 2, 4)])
def test_what_numpy_refuses_to_broadcast_is_refused(shape: tuple[int, ...]) -> None:
    for xp in (np, PLAIN_NUMPY):
        with pytest.raises(ValueError, match=r"broadcast|dimensions|negative"):
            xp.broadcast_to(np.ones((2, 3)), shape)


def test_what_is_broadcast_cannot_be_written_to() -> None:
    assert not PLAIN_NUMPY.broadcast_to(np.ones(3), (2, 3)).flags.writeable


@pytest.mark.parametrize("device", ["cpu", "torch:cpu"])
def test_a_closed_relu_stops_what_is_infinite(device: str) -> None:
    x = torch.tensor([-1.0, -1.0, 0.0, 1.0, 1.0], device=device, requires_grad=True)
    torch.relu(x).backward(torch.tensor([np.inf, -np.inf, np.nan, 2.0, np.inf], device=device))
    assert x.grad is not None and x.grad.tolist() == [0, 0, 0, 2, np.inf]


def test_a_lone_number_becomes_memory_when_it_is_shared() -> None:
    x = torch.tensor(2.0)
    assert isinstance(x.array, np.float32)
    x.detach().add_(1)
    assert x.item() == 3.0
    x.numpy()[...] = 4.0
    assert x.item() == 4.0
