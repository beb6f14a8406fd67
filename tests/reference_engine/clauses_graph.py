"""The standard, levels 1 and 2, and kinks: a function a clause; `m` is PyTorch or the engine.

Expected values come from mathematics. Each function is run on both, so PyTorch vouches for it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest


def leaf(m: Any, data: Any, **options: Any) -> Any:
    return m.tensor(data, requires_grad=True, **{"dtype": m.float64, **options})


def rejected(*words: str) -> Any:
    """Any clear exception: the engine's say more, and that is tested elsewhere."""
    return pytest.raises((RuntimeError, ValueError, TypeError, NotImplementedError))


def s1_chain_rule(m: Any) -> None:
    x = leaf(m, 2.0)
    ((3 * x + 1) ** 2).backward()
    assert x.grad.item() == 42.0


def s2_contributions_add_up(m: Any) -> None:
    x = leaf(m, 3.0)
    (x * x + x).backward()
    assert x.grad.item() == 7.0


def s3_a_node_runs_once(m: Any) -> None:
    x = leaf(m, 3.0)
    y = x * 1
    runs: list[Any] = []
    y.register_hook(runs.append)
    (y * y + y).backward()
    assert [g.item() for g in runs] == [7.0]


def s4_sixty_doublings(m: Any) -> None:
    x = leaf(m, 1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


def s5_an_unused_leaf_has_none(m: Any) -> None:
    x, unused = leaf(m, 1.0), leaf(m, 1.0)
    x.backward()
    assert unused.grad is None


def s6_x_times_0_has_gradient_0(m: Any) -> None:
    x = leaf(m, 3.0)
    (x * 0).backward()
    assert x.grad.item() == 0.0


def s7_a_root_that_is_a_leaf_gets_the_seed(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    x.backward(m.tensor([3.0, 4.0], dtype=m.float64))
    assert x.grad.tolist() == [3.0, 4.0]


def s8_numbers_on_either_side(m: Any) -> None:
    for f, expected in [
        (lambda x: 1 - x, -1.0),
        (lambda x: 1 / x, -0.25),
        (lambda x: 2**x, 4 * math.log(2)),
        (lambda x: x / 2, 0.5),
    ]:
        x = leaf(m, 2.0)
        f(x).backward()
        assert math.isclose(x.grad.item(), expected, rel_tol=1e-15)


def s9_the_same_value_in_both_slots(m: Any) -> None:
    for f, expected in [
        (lambda x: x + x, 2.0),
        (lambda x: x * x, 6.0),
        (lambda x: x - x, 0.0),
        (lambda x: x / x, 0.0),
    ]:
        x = leaf(m, 3.0)
        f(x).backward()
        assert x.grad.item() == expected


def t1_broadcast_operands_get_their_shape_back(m: Any) -> None:
    x, y = leaf(m, [[1.0], [2.0]]), leaf(m, [1.0, 2.0, 3.0])
    (x * y).sum().backward()
    assert x.grad.tolist() == [[6.0], [6.0]]
    assert y.grad.tolist() == [3.0, 3.0, 3.0]


def t2_broadcasting_with_an_axis_of_length_0(m: Any) -> None:
    x = leaf(m, [[1.0, 2.0, 3.0]])
    (x * m.zeros(0, 3, dtype=m.float64)).sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0, 0.0]]


def t3_a_root_of_several_needs_a_seed(m: Any) -> None:
    with rejected():
        (leaf(m, [1.0, 2.0]) * 2).backward()


def t4_shape_1_counts_as_scalar(m: Any) -> None:
    x = leaf(m, [3.0])
    (x * x).backward()
    assert x.grad.tolist() == [6.0]


def t5_a_seed_of_another_shape(m: Any) -> None:
    with rejected():
        (leaf(m, [1.0, 2.0]) * 2).backward(m.ones(3, dtype=m.float64))


def t6_a_gradient_has_its_leafs_shape_and_dtype(m: Any) -> None:
    for dtype in (m.float16, m.float32, m.float64):
        x = leaf(m, [[1.0], [2.0]], dtype=dtype)
        (x * 2).sum().backward()
        assert (tuple(x.grad.shape), x.grad.dtype) == ((2, 1), dtype)


def t7_mixed_dtypes_each_leaf_its_own(m: Any) -> None:
    x, y, z = (leaf(m, [2.0, 3.0], dtype=d) for d in (m.float16, m.float32, m.complex64))
    out = x * y * z.real
    assert out.dtype == m.float32
    out.sum().backward()
    assert [v.grad.dtype for v in (x, y, z)] == [m.float16, m.float32, m.complex64]
    assert x.grad.tolist() == [4.0, 9.0]


def t8_an_integer_leaf_cannot_require_a_gradient(m: Any) -> None:
    for data in (1, True):
        with rejected():
            m.tensor(data, requires_grad=True)


def t9_repeated_indices_accumulate(m: Any) -> None:
    x = leaf(m, [5.0, 6.0])
    x[[1, 1, 0]].sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]


def t10_comparisons_are_constants(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    assert not (x > 1).requires_grad
    assert not m.argmax(x).requires_grad


def t11_a_seed_of_stride_0(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    (x * 2).backward(m.ones((), dtype=m.float64).expand(2))
    assert x.grad.tolist() == [2.0, 2.0]


def t12_the_sum_of_nothing(m: Any) -> None:
    x = leaf(m, [])
    x.sum().backward()
    assert x.grad.tolist() == []


def t13_concat_and_split_route_slices(m: Any) -> None:
    x, y = leaf(m, [1.0]), leaf(m, [2.0, 3.0])
    first, second = m.cat([x, y]).split([2, 1])
    (first * 10).sum().backward(retain_graph=True)
    second.sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([10.0], [10.0, 1.0])


def t14_the_same_tensor_twice_in_a_concat(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    (m.cat([x, x]) * m.tensor([1.0, 2.0, 3.0, 4.0], dtype=m.float64)).sum().backward()
    assert x.grad.tolist() == [4.0, 6.0]


def t15_where_sends_each_entry_to_its_branch(m: Any) -> None:
    x, y = leaf(m, [1.0, 2.0]), leaf(m, 5.0)
    m.where(m.tensor([True, False]), x, y).sum().backward()
    assert (x.grad.tolist(), y.grad.item()) == ([1.0, 0.0], 1.0)


def t16_the_gradient_of_the_squared_modulus(m: Any) -> None:
    for f in (
        lambda z: (z * z.conj()).real,
        lambda z: z.abs() ** 2,
        lambda z: (z * z.conj()).abs(),
    ):
        z = leaf(m, 1 + 2j, dtype=m.complex128)
        f(z).backward()
        assert abs(z.grad.item() - (2 + 4j)) < 1e-14  # ∂L/∂x + i·∂L/∂y


def t16_holomorphic_functions(m: Any) -> None:
    z = leaf(m, 1 + 2j, dtype=m.complex128)
    (z * z * z).backward(m.tensor(1 + 0j, dtype=m.complex128))
    assert z.grad.item() == (3 * (1 + 2j) ** 2).conjugate()
    z = leaf(m, 0.3 + 0.2j, dtype=m.complex128)
    (m.exp(z).imag + (z * 2).real).backward()
    expected = 2 + (-1j * np.exp(0.3 + 0.2j)).conjugate()
    assert abs(z.grad.item() - expected) < 1e-14


def t16_second_derivatives(m: Any) -> None:
    z = leaf(m, 1 + 2j, dtype=m.complex128)
    (first,) = m.autograd.grad((z * z.conj()).real, z, create_graph=True)
    first.real.backward()
    assert z.grad.item() == 2 + 0j


def t17_a_complex_root_needs_a_seed(m: Any) -> None:
    with rejected():
        (leaf(m, 1 + 2j, dtype=m.complex128) * 2).backward()


def t18_inputs_of_any_layout(m: Any) -> None:
    array = np.arange(12.0).reshape(3, 4)
    for part in (array.T, array[:, ::2], array[1, 1], array[:1, :1]):
        x = m.tensor(part.copy("K"), requires_grad=True)
        (x * x).sum().backward()
        assert x.grad.tolist() == (2 * part).tolist()


def d2_a_cast_is_a_node(m: Any) -> None:
    x = leaf(m, [1.0, 2.0], dtype=m.float32)
    (x.to(m.float64) * m.tensor([2.0, 3.0], dtype=m.float64)).sum().backward()
    assert (x.grad.dtype, x.grad.tolist()) == (m.float32, [2.0, 3.0])


def k1_nan_propagates(m: Any) -> None:
    x = leaf(m, [math.nan, 1.0])
    (x * x).sum().backward()
    assert math.isnan(x.grad[0].item()) and x.grad[1].item() == 2.0


def k2_root_of_0_times_0(m: Any) -> None:
    x = leaf(m, 0.0)
    (m.sqrt(x) * 0).backward()
    assert math.isnan(x.grad.item())


def k3_guards_of_where(m: Any) -> None:
    x = leaf(m, 0.0)
    m.where(x > 0, m.log(x), m.zeros_like(x)).backward()
    assert math.isnan(x.grad.item())
    x = leaf(m, 0.0)
    safe = m.where(x > 0, x, m.ones_like(x))
    m.where(x > 0, m.log(safe), m.zeros_like(x)).backward()
    assert x.grad.item() == 0.0


def k4_logsumexp_of_1000(m: Any) -> None:
    x = leaf(m, [1000.0, 1000.0])
    y = m.logsumexp(x, 0)
    y.backward()
    assert math.isfinite(y.item()) and x.grad.tolist() == pytest.approx([0.5, 0.5], rel=1e-12)


def k5_gradients_of_log_softmax_sum_to_0(m: Any) -> None:
    x = leaf(m, [1.0, 2.0, 4.0])
    m.log_softmax(x, 0)[1].backward()
    assert abs(x.grad.sum().item()) < 1e-15


def k6_overflow_gives_infinity(m: Any) -> None:
    x = leaf(m, 6e4, dtype=m.float16)
    y = x * 2
    y.backward()
    assert math.isinf(y.item()) and x.grad.item() == 2.0
