"""The error function and the gamma function against ball arithmetic, to all digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gradassay.reference_engine as engine
import numpy as np
import pytest
from flint import acb, arb

POINTS = [-7.3, -3.7, -1.2, -0.5, 1e-9, 0.1, 0.5, 1.0, 1.4616, 2.5, 6.0, 30.0, 1e5]
INSIDE = [-1 + 1e-12, -0.999, -0.5, -0.1, 1e-9, 0.3, 0.49999, 0.50001, 0.9, 1 - 1e-15]

FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[[float], Any], list[float]]] = {
    "erf": (engine.erf, lambda x: arb(x).erf(), POINTS),
    "erfc": (engine.erfc, lambda x: arb(x).erfc(), POINTS[:-2]),
    "erfinv": (engine.erfinv, lambda x: arb(x).erfinv(), INSIDE),
    "lgamma": (engine.lgamma, lambda x: acb(x).lgamma().real, POINTS),
    "sinc": (engine.sinc, lambda x: arb(x).sinc_pi(), POINTS[:-1]),
    **{
        f"polygamma of order {n}": (
            lambda x, n=n: engine.polygamma(n, x), lambda x, n=n: acb(x).polygamma(n).real, POINTS,
        )
        for n in range(5)
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_value(name: str) -> None:
    ours, exact, points = FUNCTIONS[name]
    found = ours(engine.tensor(points, dtype=engine.float64)).tolist()
    for x, value in zip(points, found, strict=True):
        assert math.isclose(value, float(exact(x)), rel_tol=2e-13, abs_tol=1e-15), x


POLES = {
    "digamma at 0": (engine.digamma, 0.0, -math.inf),
    "digamma at -1": (engine.digamma, -1.0, math.nan),
    "lgamma at -1": (engine.lgamma, -1.0, math.inf),
    "erfinv at 1": (engine.erfinv, 1.0, math.inf),
    "erfinv beyond": (engine.erfinv, 1.5, math.nan),
    "xlogy at 0": (lambda x: engine.xlogy(x, 0.0 * x), 0.0, 0.0),
    "entropy below 0": (engine.special.entr, -1.0, -math.inf),
}


@pytest.mark.parametrize("name", POLES)
def test_where_there_is_no_value(name: str) -> None:
    f, x, expected = POLES[name]
    found = f(engine.tensor(x, dtype=engine.float64)).item()
    np.testing.assert_equal(found, expected)


def test_sinc_has_its_second_derivative_at_0() -> None:
    x = engine.tensor(0.0, dtype=engine.float64, requires_grad=True)
    (first,) = engine.autograd.grad(engine.sinc(x), x, create_graph=True)
    (second,) = engine.autograd.grad(first, x)
    assert (first.item(), second.item()) == (0.0, -(math.pi**2) / 3)


def test_hardsigmoid_has_a_sixth_to_all_digits() -> None:
    x = engine.tensor(0.5, dtype=engine.float64, requires_grad=True)
    engine.nn.functional.hardsigmoid(x).backward()
    assert x.grad is not None and x.grad.item() == 1 / 6


@pytest.mark.parametrize("largest", [1.0, 0.0])
def test_a_singular_matrix_has_the_cofactors_for_its_gradient(largest: float) -> None:
    a = np.array([[1.0, 2.0], [2.0, 4.0]]) * largest
    x = engine.tensor(a, requires_grad=True)
    (g,) = engine.autograd.grad(engine.linalg.det(x), x, create_graph=True)
    np.testing.assert_allclose(g.detach().numpy(), [[a[1, 1], -a[1, 0]], [-a[0, 1], a[0, 0]]])
    (second,) = engine.autograd.grad(g[0, 0], x)
    np.testing.assert_allclose(second.numpy(), [[0.0, 0.0], [0.0, 1.0]], atol=1e-15)
