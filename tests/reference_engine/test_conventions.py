"""Choices at ties and kinks, and reading and writing of entries: derived by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gradassay.reference_engine as torch
import numpy as np
import pytest

NAN = math.nan

GRADIENTS: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "maximum with itself": (lambda x: torch.maximum(x, x), [1.0], [1.0]),
    "maximum at a tie": (lambda x: torch.maximum(x, torch.zeros(1)), [0.0], [0.5]),
    "minimum at a tie": (lambda x: torch.minimum(torch.zeros(1), x), [0.0], [0.5]),
    "amax among ties": (lambda x: torch.amax(x, 0), [2.0, 1.0, 2.0], [0.5, 0.0, 0.5]),
    "amin among ties": (torch.amin, [1.0, 1.0, 1.0, 4.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
    "max of all among ties": (torch.max, [2.0, 2.0], [0.5, 0.5]),
    "max along an axis picks one": (lambda x: torch.max(x, 0).values, [2.0, 2.0], [1.0, 0.0]),
    "abs at 0": (torch.abs, [0.0, -2.0], [0.0, -1.0]),
    "relu at 0": (torch.relu, [0.0, -1.0, 2.0], [0.0, 0.0, 1.0]),
    "0 ** 0": (lambda x: x**0, [0.0, 2.0], [0.0, 0.0]),
    "0 ** 1": (lambda x: x**1, [0.0], [1.0]),
    "0 ** 2": (lambda x: x**2, [0.0, -3.0], [0.0, -6.0]),
    "0 ** 0, a tensor": (lambda x: x ** torch.zeros(1), [0.0], [0.0]),
    "exponent of 0": (lambda y: torch.zeros(3) ** y, [0.0, 1.0, 2.0], [0.0, 0.0, 0.0]),
    "exponent of 1": (lambda y: torch.ones(1) ** y, [5.0], [0.0]),
    "sqrt at 0, times 0": (lambda x: torch.sqrt(x) * 0, [0.0], [NAN]),
    "unguarded where": (lambda x: torch.where(x > 0, torch.log(x), 0), [0.0], [NAN]),
    "doubly guarded where": (
        lambda x: torch.where(x > 0, torch.log(torch.where(x > 0, x, 1)), 0),
        [0.0, 2.0],
        [0.0, 0.5],
    ),
    "NaN through maximum": (lambda x: torch.maximum(x, torch.zeros(1)) * NAN, [1.0], [NAN]),
    "relu of infinity": (torch.relu, [-math.inf, math.inf], [0.0, 1.0]),
    "repeated index": (lambda x: x[[1, 1, 0]], [5.0, 6.0], [1.0, 2.0]),
    "prod with one zero": (torch.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    "prod with two zeros": (torch.prod, [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    "prod of nothing": (torch.prod, [], []),
    "sum of nothing": (torch.sum, [], []),
    "clamp at its bounds": (
        lambda x: torch.clamp(x, 0, 1), [-1.0, 0.0, 0.5, 1.0, 2.0], [0.0, 1.0, 1.0, 1.0, 0.0],
    ),
    "clamp of NaN": (lambda x: torch.clamp(x, 0, 1), [NAN], [0.0]),
    "a bound of clamp": (
        lambda y: torch.clamp(torch.tensor([-1.0, 0.0, 2.0]), min=y), [0.0] * 3, [1.0, 0.0, 0.0],
    ),
    "std of equal entries": (torch.std, [2.0, 2.0], [0.0, 0.0]),
    "std of one entry": (torch.std, [2.0], [NAN]),
    "var of one entry": (torch.var, [2.0], [NAN]),
    "hypot at the origin": (lambda x: torch.hypot(x, torch.zeros(1)), [0.0], [0.0]),
    "atan2 at the origin": (lambda x: torch.atan2(x, torch.zeros(1)), [0.0], [0.0]),
    "atan2 far away": (lambda y: torch.atan2(y, torch.ones(1) * 1e30), [1e200], [0.0]),
    "sigmoid far away": (torch.sigmoid, [-1000.0, 1000.0], [0.0, 0.0]),
    "sigmoid to all digits": (torch.sigmoid, [40.0], [math.exp(-40)]),
    "softplus far away": (torch.nn.functional.softplus, [-1000.0, 1000.0], [0.0, 1.0]),
    "logaddexp of minus infinity": (
        lambda x: torch.logaddexp(x, torch.zeros(2)), [-math.inf, math.inf], [0.0, 1.0],
    ),
    "logsumexp with minus infinity": (
        lambda x: torch.logsumexp(x, 0), [-math.inf, 3.0], [0.0, 1.0],
    ),
    "expm1 to all digits": (torch.expm1, [-40.0], [math.exp(-40)]),
    "atanh to all digits": (torch.atanh, [1 - 2**-50], [2.0**49 / (1 - 2**-51)]),
    "cumprod with one zero": (lambda x: torch.cumprod(x, 0), [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
    "cumprod with two zeros": (lambda x: torch.cumprod(x, 0), [0.0, 2.0, 0.0], [3.0, 0.0, 0.0]),
    "sort among ties": (
        lambda x: torch.sort(x).values * torch.arange(3), [1.0, 0.0, 1.0], [1.0, 0.0, 2.0],
    ),
    "sort among ties, descending": (
        lambda x: torch.sort(x, descending=True)[0] * torch.arange(3),
        [1.0, 0.0, 1.0],
        [0.0, 2.0, 1.0],
    ),
    "sort of NaN": (
        lambda x: torch.sort(x, descending=True)[0][1:], [1.0, NAN, 2.0], [1.0, 0.0, 1.0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient(name: str) -> None:
    f, at, expected = GRADIENTS[name]
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    f(x).sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-15)


def test_product_with_a_zero_has_its_second_derivative() -> None:
    x = torch.tensor([0.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    (g,) = torch.autograd.grad(x.prod(), x, create_graph=True)
    rows = [torch.autograd.grad(g[i], x, retain_graph=True)[0] for i in range(3)]
    assert [row.tolist() for row in rows if row is not None] == [
        [0.0, 3.0, 2.0],
        [3.0, 0.0, 0.0],
        [2.0, 0.0, 0.0],
    ]


def test_running_product_with_zeros_has_its_second_derivative() -> None:
    x = torch.tensor([0.0, 2.0, 0.0], dtype=torch.float64, requires_grad=True)
    (g,) = torch.autograd.grad(torch.cumprod(x, 0)[2], x, create_graph=True)
    rows = [torch.autograd.grad(g[i], x, retain_graph=True)[0] for i in range(3)]
    assert [row.tolist() for row in rows if row is not None] == [
        [0.0, 0.0, 2.0],
        [0.0, 0.0, 0.0],
        [2.0, 0.0, 0.0],
    ]


def test_mixed_second_derivative_of_a_power_at_exponent_0() -> None:
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    y = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    (by_x,) = torch.autograd.grad(x**y, x, create_graph=True)
    assert by_x is not None
    (mixed,) = torch.autograd.grad(by_x, y)
    assert mixed is not None and mixed.item() == 0.5


@pytest.mark.parametrize("f", [torch.relu, torch.abs])
def test_second_derivative_of_a_kinked_line_is_0(f: Callable[[Any], Any]) -> None:
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    assert g is not None
    (second,) = torch.autograd.grad(g.sum(), x)
    assert second is not None and second.tolist() == [0.0, 0.0]


def test_fourth_derivative() -> None:
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    y = x**4
    found = []
    for _ in range(4):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        found.append(y.item())
    assert found == [32.0, 48.0, 48.0, 24.0]


@pytest.mark.parametrize("make", [torch.gt, torch.lt, torch.ge, torch.le, torch.eq, torch.ne])
def test_comparisons_are_bool_and_have_no_derivative(make: Callable[..., Any]) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    result = make(x, 1.5)
    assert result.dtype == torch.bool
    assert not result.requires_grad
    assert not torch.argmax(x).requires_grad


def test_a_lone_number_in_float16_differentiates_twice() -> None:
    x = torch.tensor(0.0, dtype=torch.float16, requires_grad=True)
    (first,) = torch.autograd.grad(torch.exp(torch.exp(x)) * 1, x, create_graph=True)
    assert first is not None
    (second,) = torch.autograd.grad(first, x)
    assert second is not None and abs(second.item() - 2 * math.e) < 0.01


def test_a_lone_number_shares_its_memory() -> None:
    y = torch.tensor([1.0, 2.0]).sum()
    y.detach().add_(1)
    y.numpy()[...] += 1
    assert y.item() == 5.0


LAYOUTS = {
    "C order": lambda a: a,
    "Fortran order": np.asfortranarray,
    "reversed": lambda a: a[::-1, ::-1],
    "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "read-only": lambda a: np.broadcast_to(a[0], a.shape),
    "no axes": lambda a: a[0, 0],
    "empty": lambda a: a[:0],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("device", ["cpu", "torch:cpu"])
def test_arrays_of_any_layout(layout: str, device: str) -> None:
    array = LAYOUTS[layout](np.arange(6.0).reshape(2, 3))
    x = torch.tensor(array, requires_grad=True, device=device)
    (x * x).sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.detach().numpy(), array)
    np.testing.assert_array_equal(x.grad.numpy(), 2 * array)


def test_tensor_copies_and_from_numpy_shares() -> None:
    array = np.zeros(2)
    copied, shared = torch.tensor(array), torch.from_numpy(array)
    array[0] = 1.0
    assert (copied[0].item(), shared[0].item()) == (0.0, 1.0)
    assert torch.as_tensor(shared) is shared


def test_python_numbers_take_the_usual_dtypes() -> None:
    made = [torch.tensor(v).dtype for v in (1.0, 1, True, np.float64(1), np.ones(1))]
    assert made == [torch.float32, torch.int64, torch.bool, torch.float64, torch.float64]


@pytest.mark.parametrize("device", ["cpu", "torch:cpu"])
def test_writing(device: str) -> None:
    x = torch.zeros(2, 2, device=device)
    x[0, 1] = 5.0
    x[:, 0] = torch.tensor([1.0, 2.0], device=device)
    x[0].add_(1)  # a view: the write is seen in x
    x[1, 1].fill_(7)
    x *= 2
    x /= torch.tensor(4.0, device=device)
    x.sub_(1, alpha=0.5)
    assert x.tolist() == [[0.5, 2.5], [0.5, 3.0]]
    assert x.zero_().tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_gradient_crosses_devices() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).to("torch:cpu")
    assert y.device == "torch:cpu"
    (y * y).sum().backward()
    assert x.grad is not None and x.grad.device == "cpu"
    assert x.grad.tolist() == [4.0, 32.0]


def test_second_names_of_attributes_and_numbers() -> None:
    x = torch.arange(6).reshape(2, 3)
    assert (x.size(), x.size(0), x.numel(), x.ndim, len(x)) == ((2, 3), 2, 6, 2, 2)
    assert [row.tolist() for row in x] == [[0, 1, 2], [3, 4, 5]]
    assert x.float().dtype == torch.float32
    assert [10, 20, 30][torch.tensor(1)] == 20
    assert (~(x > 2) & (x > 0)).sum().item() == 2
    assert np.asarray(x).shape == (2, 3)
    assert (np.float64(2) * x).tolist() == [[0, 2, 4], [6, 8, 10]]
