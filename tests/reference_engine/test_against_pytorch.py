"""Every operation beside PyTorch in float64: values, gradients, and gradients of gradients.

Each case runs twice: with numpy underneath, and with PyTorch's arrays in the place of numpy's.
"""

from __future__ import annotations

from typing import Any

import gradassay.reference_engine as engine
import numpy as np
import pytest
import torch

from .cases import Case, all_cases

CASES = all_cases()


@pytest.fixture(params=["cpu", "torch:cpu"])
def device(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def weights(shape: Any) -> np.ndarray[Any, Any]:
    """No two alike, so that a lost or exchanged contribution shows."""
    return np.asarray(np.cos(np.arange(np.prod(shape, dtype=int)) + 1.0).reshape(shape))


def leaves_of(m: Any, case: Case, device: str | None) -> list[Any]:
    where = {"device": device} if device else {}
    return [m.tensor(a, requires_grad=True, **where) for a in case.arrays]


def constant(m: Any, array: np.ndarray[Any, Any], device: str | None) -> Any:
    return m.tensor(array, **({"device": device} if device else {}))


def first_order(m: Any, case: Case, device: str | None = None) -> list[np.ndarray[Any, Any]]:
    """The value and the gradients of its weighted sum."""
    leaves = leaves_of(m, case, device)
    y = case.f(m, *leaves)
    (y * constant(m, weights(tuple(y.shape)), device)).sum().backward()
    return [numbers(v) for v in (y, *(x.grad for x in leaves))]


def second_order(m: Any, case: Case, device: str | None = None) -> list[np.ndarray[Any, Any]]:
    """The gradients of a weighted sum of squared gradients, zeros for an unused leaf."""
    leaves = leaves_of(m, case, device)
    y = case.f(m, *leaves)
    seed = constant(m, weights(tuple(y.shape)), device).requires_grad_()
    first = m.autograd.grad(y, leaves, seed, create_graph=True)
    total = (seed * 0).sum()
    for g in first:
        total = total + (g * g * constant(m, weights(tuple(g.shape)), device)).sum()
    second = m.autograd.grad(total, [*leaves, seed], allow_unused=True)
    primals = [*leaves, seed]
    return [
        np.zeros(tuple(x.shape)) if g is None else numbers(g)
        for x, g in zip(primals, second, strict=True)
    ]


def numbers(x: Any) -> np.ndarray[Any, Any]:
    return np.array(x.detach().clone().tolist(), dtype=str(x.dtype).removeprefix("torch.")).reshape(
        tuple(x.shape)
    )


def assert_close(ours: list[np.ndarray[Any, Any]], theirs: list[np.ndarray[Any, Any]]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_value_and_gradient(case: Case, device: str) -> None:
    assert_close(first_order(engine, case, device), first_order(torch, case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradient_of_gradient(case: Case, device: str) -> None:
    assert_close(second_order(engine, case, device), second_order(torch, case))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_all_cases_on_cuda() -> None:
    for case in CASES:
        assert_close(first_order(engine, case, "torch:cuda"), first_order(torch, case))
        assert_close(second_order(engine, case, "torch:cuda"), second_order(torch, case))
