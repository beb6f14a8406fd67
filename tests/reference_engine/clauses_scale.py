"""The standard, levels 7 and 8: higher order, depth, threads, and errors in the middle."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from .clauses_extension import function
from .clauses_graph import leaf, rejected
from .clauses_mutation import numbers


def h1_derivatives_of_a_fourth_power(m: Any) -> None:
    x = leaf(m, 2.0)
    y, found = x**4, []
    for _ in range(4):
        (y,) = m.autograd.grad(y, x, create_graph=True)
        found.append(y.item())
    assert found == [32.0, 48.0, 48.0, 24.0]


def h2_hessians_are_symmetric(m: Any) -> None:
    def f(x: Any) -> Any:
        return x[0] ** 3 * x[1] + m.exp(x[0] * x[1])

    H = m.autograd.functional.hessian(f, numbers(m, 0.5, 2.0))
    e = 2.718281828459045
    expected = [[6 * 0.5 * 2 + 4 * e, 0.75 + e + e], [0.75 + 2 * e, 0.25 * e]]
    assert H[0].tolist() == pytest.approx(expected[0], rel=1e-14)
    assert H[1].tolist() == pytest.approx(expected[1], rel=1e-14)


def h2_jacobians(m: Any) -> None:
    J = m.autograd.functional.jacobian(
        lambda x: m.stack([x[0] * x[1], x[1] ** 2]), numbers(m, 2, 3)
    )
    assert J.tolist() == [[3.0, 2.0], [0.0, 6.0]]
    by_x, by_y = m.autograd.functional.jacobian(
        lambda x, y: x * y, (numbers(m, 2.0, 3.0), m.tensor(5.0, dtype=m.float64))
    )
    assert (by_x.tolist(), by_y.tolist()) == ([[5.0, 0.0], [0.0, 5.0]], [2.0, 3.0])


def h3_forward_over_reverse(m: Any) -> None:
    def f(x: Any) -> Any:
        return (x**3).sum() + x[0] * x[1]

    x, v = numbers(m, 2.0, 3.0), numbers(m, 1.0, 10.0)
    _, Hv = m.autograd.functional.hvp(f, x, v)
    _, vH = m.autograd.functional.vhp(f, x, v)
    assert Hv.tolist() == vH.tolist() == [12.0 + 10.0, 1.0 + 180.0]


def h4_gradient_penalty(m: Any) -> None:
    w, x = leaf(m, [2.0, 3.0]), leaf(m, [1.0, 1.0])
    (g,) = m.autograd.grad((w * x * x).sum(), x, create_graph=True)
    (g * g).sum().backward()
    assert w.grad.tolist() == [16.0, 24.0]  # g = 2wx, so ∂(4w²x²)/∂w = 8wx²


def h5_the_derivative_of_a_linear_function(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    (g,) = m.autograd.grad((x * 3).sum(), x, create_graph=True)
    assert g.tolist() == [3.0, 3.0]
    if g.requires_grad:
        assert m.autograd.grad(g.sum(), x, allow_unused=True)[0] in (None, 0)


def h6_products_with_the_jacobian_agree(m: Any) -> None:
    def f(x: Any) -> Any:
        return m.stack([x[0] * x[1], x[1] ** 2, x[0] * 3])

    x, u, v = numbers(m, 2.0, 3.0), numbers(m, 1.0, -2.0, 5.0), numbers(m, 7.0, 11.0)
    y, Jv = m.autograd.functional.jvp(f, x, v)
    _, uJ = m.autograd.functional.vjp(f, x, u)
    assert y.tolist() == [6.0, 9.0, 6.0]
    assert (u * Jv).sum().item() == (uJ * v).sum().item() == 43.0 - 132.0 + 105.0


def h7_a_kept_graph_makes_grad_differentiable(m: Any) -> None:
    x = leaf(m, 2.0)
    (x**3).backward(create_graph=True)
    (second,) = m.autograd.grad(x.grad, x)
    assert second.item() == 12.0
    x.grad = None


def h8_linear_in_the_seed(m: Any) -> None:
    x, seed = leaf(m, [1.0, 2.0]), leaf(m, [3.0, 5.0])
    (g,) = m.autograd.grad(x**3, x, seed, create_graph=True)
    (by_seed,) = m.autograd.grad(g.sum(), seed)
    assert (g.tolist(), by_seed.tolist()) == ([9.0, 60.0], [3.0, 12.0])


def h9_second_derivative_of_relu(m: Any) -> None:
    x = leaf(m, [-1.0, 2.0])
    (g,) = m.autograd.grad((m.relu(x) * x).sum(), x, create_graph=True)
    (second,) = m.autograd.grad(g.sum(), x)
    assert second.tolist() == [0.0, 2.0]


def h10_fourth_order_of_a_product(m: Any) -> None:
    x = leaf(m, 0.5)
    y = m.exp(2 * x)
    for _ in range(4):
        (y,) = m.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(16 * 2.718281828459045, rel=1e-14)


def r1_a_chain_of_100000(m: Any) -> None:
    x = leaf(m, 1.0)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1.0


def r2_20000_uses_of_one_value(m: Any) -> None:
    x = leaf(m, 1.0)
    y = x * 0
    for _ in range(20_000):
        y = y + x
    y.backward()
    assert x.grad.item() == 20_000.0


def r5_four_threads_sweep_into_one_leaf(m: Any) -> None:
    x = leaf(m, [0.0, 0.0])

    def work() -> None:
        for _ in range(200):
            (x * 2).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.tolist() == [1600.0, 1600.0]


def r6_a_rerun_is_bitwise_equal(m: Any) -> None:
    def run() -> Any:
        x = leaf(m, [0.1 * i for i in range(50)])
        (m.sin(x) * m.exp(x) / (1 + x * x)).sum().backward()
        return x.grad.tolist()

    assert run() == run()


def r7_a_sweep_inside_a_sweep(m: Any) -> None:
    def backward(ctx: Any, g: Any) -> Any:
        with m.enable_grad():
            inner = leaf(m, 3.0)
            (inner**2).backward()
        return g * inner.grad

    x = leaf(m, 3.0)
    y = function(m, lambda ctx, x: x**2, backward).apply(x * 1)
    (y * 2).backward()
    assert x.grad.item() == 12.0


def r8_anomaly_mode_names_the_op(m: Any) -> None:
    x = leaf(m, 0.0)
    y = m.sqrt(x) * 0
    with m.autograd.set_detect_anomaly(True), pytest.raises(RuntimeError, match="SqrtBackward"):
        y.backward()
    with m.autograd.detect_anomaly(check_nan=False):
        (m.sqrt(x) * 0).backward()


def r9_an_error_in_the_middle_of_a_sweep(m: Any) -> None:
    def fail(ctx: Any, g: Any) -> Any:
        raise ZeroDivisionError

    x = leaf(m, 3.0)
    with pytest.raises(ZeroDivisionError):
        function(m, lambda ctx, x: x * 2, fail).apply(x * x).backward()
    assert m.is_grad_enabled()
    (x * x).backward()
    assert x.grad.item() == 6.0


def r9_an_error_in_the_forward(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    with rejected():
        x * m.ones(3, dtype=m.float64)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]
