"""The standard, level 5: writing in place, and memory that several tensors share."""

from __future__ import annotations

from typing import Any

import pytest

from .clauses_graph import leaf, rejected


def numbers(m: Any, *data: float) -> Any:
    return m.tensor(list(data), dtype=m.float64)


def m1_in_place_on_a_leaf_that_records(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    for write in (lambda: x.add_(1), lambda: x.zero_(), lambda: x.__setitem__(0, 5.0)):
        with rejected():
            write()
    assert x.tolist() == [1.0, 2.0]


def m2_allowed_under_no_grad(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    before = x._version
    with m.no_grad():
        x.mul_(3)
    assert (x._version, x.is_leaf, x.requires_grad) == (before + 1, True, True)
    assert x.tolist() == [3.0, 6.0]


def m3_a_saved_value_changed_before_the_sweep(m: Any) -> None:
    for data in (2.0, [2.0, 3.0]):
        x = leaf(m, data)
        y = x * 1
        z = (y * y).sum()
        y.add_(1)
        with rejected():
            z.backward()


def m3_a_constant_that_was_saved(m: Any) -> None:
    x, c = leaf(m, [1.0, 2.0]), numbers(m, 3.0, 4.0)
    y = (x * c).sum()
    c.fill_(0)
    with rejected():
        y.backward()


def m3_seen_through_a_detached_tensor_and_a_view(m: Any) -> None:
    for change in (lambda y: y.detach().add_(1), lambda y: y[:1].mul_(2)):
        x = leaf(m, [1.0, 2.0])
        y = x * 1
        z = (y * y).sum()
        change(y)
        with rejected():
            z.backward()


def m3_a_value_saved_by_a_view_that_is_gone(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 1
    z = (y[:1] * y[:1]).sum()
    with m.no_grad():
        y.add_(1)
    with rejected():
        z.backward()


def m3_a_recorded_sweep_sees_it_too(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 1
    z = (y * y).sum()
    y.add_(1)
    with rejected():
        m.autograd.grad(z, x, create_graph=True)


def m3_an_index_that_was_saved(m: Any) -> None:
    x, index = leaf(m, [1.0, 2.0]), m.tensor([0, 1])
    y = x[index].sum()
    index.fill_(0)
    with rejected():
        y.backward()


def m3_a_condition_that_was_saved(m: Any) -> None:
    x, condition = leaf(m, [1.0, 2.0]), m.tensor([True, False])
    y = m.where(condition, x, x * 2).sum()
    condition.fill_(True)
    with rejected():
        y.backward()


def m4_a_changed_value_that_nobody_saved(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 1
    z = (y + y).sum()
    y.add_(1)
    z.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def m4_what_a_constant_operand_does_not_need(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 1
    z = y * 3 + y * numbers(m, 1.0, 1.0) + y / 2 + 5 * y
    y.add_(1)
    z.sum().backward()
    assert x.grad.tolist() == [9.5, 9.5]


def m5_exp_saves_its_output(m: Any) -> None:
    x = leaf(m, [0.0, 0.0])
    inner = x * 1
    y = m.exp(inner)
    inner.add_(7)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    x = leaf(m, [0.0, 0.0])
    y = m.exp(x * 1)
    y.add_(1)
    with rejected():
        y.sum().backward()


def m5_and_so_it_does_in_place(m: Any) -> None:
    x = leaf(m, [0.0, 0.0])
    y = (x * 1).exp_()
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    x = leaf(m, [0.0, 0.0])
    y = (x * 1).exp_()
    y.add_(1)
    with rejected():
        y.sum().backward()


IN_PLACE = {
    "add_": (lambda y, c: y.add_(c), [1.0, 1.0]),
    "add_ alpha": (lambda y, c: y.add_(c, alpha=2), [1.0, 1.0]),
    "sub_": (lambda y, c: y.sub_(c), [1.0, 1.0]),
    "mul_": (lambda y, c: y.mul_(c), [3.0, 4.0]),
    "div_": (lambda y, c: y.div_(2), [0.5, 0.5]),
    "pow_": (lambda y, c: y.pow_(2), [4.0, 6.0]),
    "neg_": (lambda y, c: y.neg_(), [-1.0, -1.0]),
    "relu_": (lambda y, c: y.relu_(), [1.0, 1.0]),
    "abs_": (lambda y, c: y.abs_(), [1.0, 1.0]),
    "square_": (lambda y, c: y.square_(), [4.0, 6.0]),
    "reciprocal_": (lambda y, c: y.reciprocal_(), [-0.25, -1 / 9]),
    "clamp_": (lambda y, c: y.clamp_(max=2.5), [1.0, 0.0]),
    "zero_": (lambda y, c: y.zero_(), [0.0, 0.0]),
    "fill_": (lambda y, c: y.fill_(5.0), [0.0, 0.0]),
    "copy_": (lambda y, c: y.copy_(c), [0.0, 0.0]),
    "+=": (lambda y, c: y.__iadd__(c), [1.0, 1.0]),
    "*=": (lambda y, c: y.__imul__(c), [3.0, 4.0]),
}


def m6_gradients_through_writing(m: Any) -> None:
    for name, (change, expected) in IN_PLACE.items():
        x = leaf(m, [2.0, 3.0])
        y = x * 1
        assert change(y, numbers(m, 3.0, 4.0)) is y, name
        y.sum().backward()
        assert x.grad.tolist() == pytest.approx(expected, rel=1e-15), name


def m6_gradients_of_the_other_operand(m: Any) -> None:
    x, w = leaf(m, [2.0, 3.0]), leaf(m, 5.0)
    y = x * 1
    y.mul_(w)
    y.sum().backward()
    assert (x.grad.tolist(), w.grad.item()) == ([5.0, 5.0], 5.0)


def m6_second_derivatives(m: Any) -> None:
    x = leaf(m, [2.0, 3.0])
    y = x * 1
    y.pow_(3)
    (first,) = m.autograd.grad(y.sum(), x, create_graph=True)
    first.sum().backward()
    assert x.grad.tolist() == [12.0, 18.0]


def m7_in_place_on_a_view_reaches_the_base(m: Any) -> None:
    views = {
        "slice": (lambda y: y[:1], [[10.0, 10.0], [1.0, 1.0]]),
        "number": (lambda y: y[1], [[1.0, 1.0], [10.0, 10.0]]),
        "transposed": (lambda y: y.t()[0], [[10.0, 1.0], [10.0, 1.0]]),
        "reshaped": (lambda y: y.view(4)[1:3], [[1.0, 10.0], [10.0, 1.0]]),
        "diagonal": (lambda y: y.diagonal(), [[10.0, 1.0], [1.0, 10.0]]),
        "permuted": (lambda y: y.permute(1, 0)[1:], [[1.0, 10.0], [1.0, 10.0]]),
        "unsqueezed": (lambda y: y.unsqueeze(0)[0, 0, 0], [[10.0, 1.0], [1.0, 1.0]]),
        "expanded not": (lambda y: y.view(2, 2), [[10.0, 10.0], [10.0, 10.0]]),
    }
    for name, (view, expected) in views.items():
        x = leaf(m, [[1.0, 2.0], [3.0, 4.0]])
        y = x * 1
        view(y).mul_(10)
        assert (y / x).tolist() == expected, name
        y.sum().backward()
        assert x.grad.tolist() == expected, name


def m7_view_and_base_both_go_on(m: Any) -> None:
    x = leaf(m, [1.0, 2.0, 3.0])
    y = x * x
    v = y[:2]
    v.mul_(x[1:])
    (v.sum() + y.sum()).backward()
    # v = (x0²·x1, x1²·x2); y = (v, x2²); so L = 2·x0²·x1 + 2·x1²·x2 + x2²
    assert x.grad.tolist() == [8.0, 2.0 + 24.0, 8.0 + 6.0]


def m8_in_place_on_the_base_is_seen_by_an_earlier_view(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 1
    v, row = y[1:], y.expand(2, 2)
    y.mul_(5)
    assert v.tolist() == [10.0]
    (v.sum() + row[0].sum()).backward()
    assert x.grad.tolist() == [5.0, 10.0]


def m8_views_of_views(m: Any) -> None:
    x = leaf(m, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    inner = y[1][:1]
    y[1].mul_(3)
    inner.mul_(7)
    (y.sum() + inner.sum()).backward()
    assert x.grad.tolist() == [[1.0, 1.0], [42.0, 3.0]]


def m9_in_place_on_a_view_of_a_leaf(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    for write in (lambda: x[:1].mul_(2), lambda: x.view(2, 1).zero_()):
        with rejected():
            write()


def m10_item_assignment(m: Any) -> None:
    x, w = leaf(m, [1.0, 2.0, 3.0]), leaf(m, 4.0)
    y = x * 2
    y[1] = w * 3
    (y * numbers(m, 1.0, 10.0, 100.0)).sum().backward()
    assert (x.grad.tolist(), w.grad.item()) == ([2.0, 0.0, 200.0], 30.0)


def m10_by_list_and_by_mask(m: Any) -> None:
    for key in ([0, 2], m.tensor([True, False, True])):
        x, w = leaf(m, [1.0, 2.0, 3.0]), leaf(m, [4.0, 5.0])
        y = x * 2
        y[key] = w
        (y * numbers(m, 1.0, 10.0, 100.0)).sum().backward()
        assert (x.grad.tolist(), w.grad.tolist()) == ([0.0, 20.0, 0.0], [1.0, 100.0])


def m10_by_number_and_list(m: Any) -> None:
    x, w = leaf(m, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), leaf(m, [7.0, 8.0])
    y = x * 1
    y[1, [2, 0]] = w
    (y * m.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=m.float64)).sum().backward()
    assert x.grad.tolist() == [[1.0, 2.0, 3.0], [0.0, 5.0, 0.0]]
    assert w.grad.tolist() == [6.0, 4.0]


def m11_a_constant_becomes_recorded(m: Any) -> None:
    for write in (lambda c, w: c.__setitem__(0, w), lambda c, w: c[:1].add_(w)):
        w, c = leaf(m, 3.0), m.zeros(2, dtype=m.float64)
        write(c, w * 2)
        assert c.requires_grad and c.tolist() == [6.0, 0.0]
        (c * c).sum().backward()
        assert w.grad.item() == 24.0


def m12_in_place_on_one_of_several_views(m: Any) -> None:
    for parts in (lambda y: y.split(1), lambda y: y.unbind(), lambda y: y.chunk(2)):
        y = leaf(m, [1.0, 2.0]) * 1
        with rejected():
            parts(y)[0].mul_(2)


def m13_in_place_on_a_view_made_under_no_grad(m: Any) -> None:
    y = leaf(m, [1.0, 2.0]) * 1
    with m.no_grad():
        v = y[:1]
    with rejected():
        v.mul_(2)


def m14_views_share_a_version(m: Any) -> None:
    y = numbers(m, 1.0, 2.0)
    v, d = y[:1], y.detach()
    before = y._version
    v.add_(1)
    d.add_(1)
    assert y._version == v._version == d._version == before + 2


def m15_out_with_recording(m: Any) -> None:
    x, z = leaf(m, [1.0, 2.0]), m.zeros(2, dtype=m.float64)
    with rejected():
        m.mul(x, x, out=z)
    with m.no_grad():
        m.mul(x, x, out=z)
    m.add(z, 1, out=z)
    assert z.tolist() == [2.0, 5.0]


def m16_inputs_and_seed_stay(m: Any) -> None:
    x, c, seed = leaf(m, [1.0, 2.0]), numbers(m, 3.0, 4.0), numbers(m, 5.0, 6.0)
    y = x * c + x
    (y + y * x).backward(seed)
    assert x.tolist() == [1.0, 2.0]
    assert (c.tolist(), seed.tolist()) == ([3.0, 4.0], [5.0, 6.0])


def m17_gradients_share_no_memory(m: Any) -> None:
    x, y = leaf(m, [1.0, 2.0]), leaf(m, [3.0, 4.0])
    (x + y).backward(numbers(m, 1.0, 1.0))
    x.grad.mul_(10)
    assert y.grad.tolist() == [1.0, 1.0]


def m18_nor_with_the_seed(m: Any) -> None:
    x, seed = leaf(m, [1.0, 2.0]), numbers(m, 1.0, 1.0)
    x.backward(seed)
    x.grad.mul_(10)
    assert seed.tolist() == [1.0, 1.0]


def m19_detaching_a_view_in_place(m: Any) -> None:
    y = leaf(m, [1.0, 2.0]) * 1
    with rejected():
        y[:1].detach_()
    y.detach_()
    assert not y.requires_grad and y.is_leaf
