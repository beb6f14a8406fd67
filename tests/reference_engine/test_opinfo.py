"""Every op that the engine has under PyTorch's name, on PyTorch's own samples of it.

Each sample is right, in values and in derivatives of first and second order, or it is refused by
an error that names the op. Nothing differs in silence.
"""

from __future__ import annotations

from typing import Any

import gradassay.reference_engine as engine
import numpy as np
import pytest
import torch

from .opinfo import Run, ops, run, samples

OPS = ops()
COARSE = {"nn.functional.hardsigmoid": 1e-7}  # PyTorch's own derivative has 1/6 in float32
REFUSALS = (NotImplementedError, TypeError, ValueError, RuntimeError)


def test_there_are_many() -> None:
    assert len(OPS) >= 330


@pytest.mark.parametrize("name", OPS)
@pytest.mark.filterwarnings("ignore")  # PyTorch's, of its own samples
def test_samples(name: str) -> None:
    right = 0
    for op, mine in OPS[name]:
        for sample in samples(op, 12):
            expected = run(torch, op.op, sample)
            try:
                found = run(engine, mine, sample)
            except REFUSALS as error:
                assert_clear(error, name)
            else:
                assert_same(found, expected, COARSE.get(name, 1e-9))
                right += 1
    assert right


@pytest.mark.parametrize("name", OPS)
@pytest.mark.filterwarnings("ignore")
def test_samples_on_arrays_of_pytorch(name: str) -> None:
    for op, mine in OPS[name]:
        for sample in samples(op, 2):
            expected = run(torch, op.op, sample)
            try:
                found = run(engine, mine, sample, "torch:cpu")
            except REFUSALS as error:
                assert_clear(error, name)
            else:
                assert_same(found, expected, COARSE.get(name, 1e-9))


@pytest.mark.parametrize("name", OPS)
@pytest.mark.filterwarnings("ignore")
def test_float32_stays_float32(name: str) -> None:
    for op, mine in OPS[name]:
        for sample in samples(op, 2, torch.float32) if torch.float32 in op.dtypes else ():
            expected = run(torch, op.op, sample)
            try:
                found = run(engine, mine, sample)
            except REFUSALS as error:
                assert_clear(error, name)
            else:
                assert [a.dtype for a in found.values] == [b.dtype for b in expected.values]
                for a, b in zip(found.values, expected.values, strict=True):
                    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)


def assert_clear(error: Exception, name: str) -> None:
    """It names the op, or an argument that the op does not take."""
    assert name.split(".")[-1] in str(error) or "unexpected keyword argument" in str(error)


def assert_same(found: Run, expected: Run, tolerance: float) -> None:
    assert found.recorded == expected.recorded
    assert_close(found.values, expected.values, tolerance)
    assert_close(found.gradients, expected.gradients, tolerance)
    if expected.second:  # PyTorch has not every second derivative, nor everywhere
        there = [np.isfinite(b) for b in expected.second]
        assert_close(
            [a[n] for a, n in zip(found.second, there, strict=True)],
            [b[n] for b, n in zip(expected.second, there, strict=True)],
            tolerance,
        )


def assert_close(found: list[Any], expected: list[Any], tolerance: float) -> None:
    assert [(a.shape, a.dtype) for a in found] == [(b.shape, b.dtype) for b in expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


WRONG = {
    "value": lambda x: x.exp() + 1e-6,
    "gradient": lambda x: x.exp() + x * 1e-6 - x.detach() * 1e-6,
    "no gradient": lambda x: x.detach().exp(),
    "second derivative": lambda x: x.exp().detach() * (1 + x - x.detach()),
    "refusal without a name": lambda x: engine.tensor(None),
}


@pytest.mark.parametrize("f", WRONG.values(), ids=WRONG)
def test_a_wrong_op_is_seen(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    [(op, _)] = OPS["exp"]
    monkeypatch.setitem(OPS, "exp", [(op, f)])
    with pytest.raises(AssertionError):
        test_samples("exp")
