"""The standard, level 6: hooks, functions of the user's own, saved values and checkpoints."""

from __future__ import annotations

import gc
import importlib
import weakref
from typing import Any

import pytest

from .clauses_graph import leaf, rejected
from .clauses_mutation import numbers


def x1_a_hook_replaces_the_gradient(m: Any) -> None:
    x = leaf(m, 3.0)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    (by_y,) = m.autograd.grad(y * y, y, retain_graph=True)
    (y * y).backward()
    assert (by_y.item(), x.grad.item()) == (120.0, 240.0)


def x1_before_it_is_kept(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    assert (y.grad.tolist(), x.grad.tolist()) == ([10.0, 10.0], [20.0, 20.0])


def x2_hooks_run_in_order_and_none_keeps(m: Any) -> None:
    x, order = leaf(m, 3.0), []
    x.register_hook(lambda g: order.append("first"))
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: order.append(g.item()))
    (x * 2).backward()
    assert (order, x.grad.item()) == (["first", 30.0], 30.0)


def x3_removal(m: Any) -> None:
    x = leaf(m, 3.0)
    handle = x.register_hook(lambda g: g * 10)
    handle.remove()
    handle.remove()
    with x.register_hook(lambda g: g * 100):
        pass
    (x * 2).backward()
    assert x.grad.item() == 2.0


def x4_a_leafs_hook_sees_the_new_contribution(m: Any) -> None:
    x, seen = leaf(m, 3.0), []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * 2 + x).backward()
    (x * 5).backward()
    assert (seen, x.grad.item()) == ([3.0, 5.0], 8.0)


def x5_a_post_accumulation_hook_sees_grad(m: Any) -> None:
    x, seen = leaf(m, 3.0), []

    def look(tensor: Any) -> None:
        assert tensor is x
        seen.append(tensor.grad.item())
        tensor.grad = None

    handle = x.register_post_accumulate_grad_hook(look)
    (x * 2).backward()
    (x * 5).backward()
    assert (seen, x.grad) == ([2.0, 5.0], None)
    handle.remove()
    (x * 7).backward()
    assert (seen, x.grad.item()) == ([2.0, 5.0], 7.0)


def x5_not_on_an_inner_node(m: Any) -> None:
    with rejected():
        (leaf(m, 3.0) * 2).register_post_accumulate_grad_hook(print)


def x6_a_hook_on_something_unrecorded(m: Any) -> None:
    with rejected():
        m.tensor(1.0).register_hook(print)


def x7_a_hooks_result_of_another_shape(m: Any) -> None:
    for wrong in (lambda g: m.ones(3, dtype=m.float64), lambda g: 3.0, lambda g: g.to(m.float32)):
        x = leaf(m, [1.0, 2.0])
        x.register_hook(wrong)
        with rejected():
            (x * 2).sum().backward()


def x8_an_exception_in_a_hook_comes_through(m: Any) -> None:
    def fail(g: Any) -> None:
        raise KeyError("mine")

    x = leaf(m, 2.0)
    handle = x.register_hook(fail)
    with pytest.raises(KeyError, match="mine"):
        (x * x).backward()
    handle.remove()
    (x * x).backward()
    assert x.grad.item() == 4.0


def x8_hooks_of_a_node(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 3
    seen: list[Any] = []
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 2,))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(outputs[0].tolist()))
    y.sum().backward()
    assert (seen, x.grad.tolist()) == ([[2.0, 2.0]], [6.0, 6.0])


def cube(m: Any) -> Any:
    class Cube(m.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    return Cube


def function(m: Any, forward: Any, backward: Any) -> Any:
    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Mine", (m.autograd.Function,), members)


def x9_needs_input_grad(m: Any) -> None:
    seen: list[Any] = []

    def forward(ctx: Any, x: Any, c: Any, n: int) -> Any:
        ctx.n = n
        return x * c * n

    def backward(ctx: Any, g: Any) -> Any:
        seen.append(ctx.needs_input_grad)
        return g * 7 * ctx.n, None, None

    x = leaf(m, 3.0)
    function(m, forward, backward).apply(x, m.tensor(7.0, dtype=m.float64), 2).backward()
    assert (seen, x.grad.item()) == ([(True, False, False)], 14.0)


def x9_setup_context(m: Any) -> None:
    def setup(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(inputs[0], output)

    Mine = function(m, lambda x: m.exp(x), lambda ctx, g: ctx.saved_tensors[1] * g)
    Mine.setup_context = staticmethod(setup)
    x = leaf(m, 0.0)
    Mine.apply(x).backward()
    assert x.grad.item() == 1.0


def x10_second_derivatives(m: Any) -> None:
    x = leaf(m, 2.0)
    (first,) = m.autograd.grad(cube(m).apply(x), x, create_graph=True)
    (second,) = m.autograd.grad(first, x, create_graph=True)
    (third,) = m.autograd.grad(second, x)
    assert [first.item(), second.item(), third.item()] == [12.0, 12.0, 6.0]


def x10_through_a_saved_output(m: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        y, z = m.exp(x), x * 2
        ctx.save_for_backward(y)
        return y, z

    def backward(ctx: Any, g: Any, h: Any) -> Any:
        return g * ctx.saved_tensors[0] + h * 2

    x = leaf(m, 0.0)
    y, z = function(m, forward, backward).apply(x)
    (first,) = m.autograd.grad(y + z, x, create_graph=True)
    (second,) = m.autograd.grad(first, x)
    assert (first.item(), second.item()) == (3.0, 1.0)


def x11_a_wrong_number_of_gradients(m: Any) -> None:
    x = leaf(m, 2.0)
    for wrong in (lambda ctx, g: (g, g), lambda ctx, g: ()):
        with rejected():
            function(m, lambda ctx, x: x * 2, wrong).apply(x).backward()


def x12_a_wrong_shape(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    wrong = function(m, lambda ctx, x: x * 2, lambda ctx, g: m.ones(3, dtype=m.float64))
    with rejected():
        wrong.apply(x).sum().backward()


def x13_none_means_no_contribution(m: Any) -> None:
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    half = function(m, lambda ctx, x, y: x * y, lambda ctx, g: (g, None))
    half.apply(x, y).backward()
    assert (x.grad.item(), y.grad) == (1.0, None)


def x14_outputs_that_are_not_differentiable(m: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        sign = m.sign(x)
        ctx.mark_non_differentiable(sign)
        return x * 2, sign

    x = leaf(m, [1.0, -2.0])
    y, sign = function(m, forward, lambda ctx, g, h: g * 2).apply(x)
    assert y.requires_grad and not sign.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def x15_missing_gradients_arrive_as_zeros_or_none(m: Any) -> None:
    for materialize, expected in ((True, [0.0, 0.0]), (False, None)):
        seen: list[Any] = []

        def forward(ctx: Any, x: Any, materialize: bool = materialize) -> Any:
            ctx.set_materialize_grads(materialize)
            return x * 2, x * 3

        def backward(ctx: Any, g: Any, h: Any, seen: list[Any] = seen) -> Any:
            seen.append(None if h is None else h.tolist())
            return g * 2

        x = leaf(m, [1.0, 2.0])
        function(m, forward, backward).apply(x)[0].sum().backward()
        assert (seen, x.grad.tolist()) == ([expected], [2.0, 2.0])


def x16_once_differentiable(m: Any) -> None:
    once = m.autograd.function.once_differentiable
    Square = function(m, lambda ctx, x: x * x, once(lambda ctx, g: g * 6))
    x = leaf(m, 3.0)
    Square.apply(x).backward()
    assert x.grad.item() == 6.0
    (first,) = m.autograd.grad(Square.apply(x * 1) ** 2, x, create_graph=True)
    with rejected():
        m.autograd.grad(first, x)


def x17_saved_values_are_freed(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = cube(m).apply(x).sum()
    y.backward()
    with rejected():
        y.backward()


def x17_a_dead_function_leaves_nothing(m: Any) -> None:
    class Thing:
        pass

    def forward(ctx: Any, x: Any) -> Any:
        ctx.thing = things.pop()
        y = m.exp(x)
        ctx.save_for_backward(x, y)
        return y, y * 2

    things = [Thing()]
    there = weakref.ref(things[0])
    y, z = function(m, forward, lambda ctx, g, h: g).apply(leaf(m, 1.0))
    gc.collect()
    gc.disable()
    try:
        del y, z
        assert there() is None
    finally:
        gc.enable()


def x18_a_changed_saved_value_is_detected(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    inner = x * 1
    y = cube(m).apply(inner).sum()
    inner.add_(1)
    with rejected():
        y.backward()


def x19_forward_unrecorded_backward_when_asked(m: Any) -> None:
    seen: list[bool] = []

    def forward(ctx: Any, x: Any) -> Any:
        seen.append(m.is_grad_enabled() or (x * 1).requires_grad)
        return x * 2

    def backward(ctx: Any, g: Any) -> Any:
        seen.append(m.is_grad_enabled())
        return g * 2

    Mine = function(m, forward, backward)
    x = leaf(m, 1.0)
    m.autograd.grad(Mine.apply(x), x)
    m.autograd.grad(Mine.apply(x), x, create_graph=True)
    assert seen == [False, False, False, True]


def x20_pack_and_unpack_are_called(m: Any) -> None:
    log: list[str] = []

    def pack(x: Any) -> Any:
        log.append("pack")
        return x.tolist()

    def unpack(data: Any) -> Any:
        log.append("unpack")
        return m.tensor(data, dtype=m.float64)

    x = leaf(m, [1.0, 2.0])
    with m.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = m.sin(x * 1) + cube(m).apply(x)
    z = (y * y).sum()
    assert log == ["pack"] * 2
    z.backward()
    assert log == ["pack"] * 2 + ["unpack"] * 2
    s, c = m.sin(x.detach()), m.cos(x.detach())
    expected = 2 * (s + x.detach() ** 3) * (c + 3 * x.detach() ** 2)
    assert x.grad.tolist() == pytest.approx(expected.tolist(), rel=1e-14)


def x21_checkpointing_equals_the_plain_run(m: Any) -> None:
    importlib.import_module("torch.utils.checkpoint")
    runs: list[int] = []

    def part(x: Any, w: Any) -> Any:
        runs.append(1)
        return m.sin(x * w) * m.exp(x)

    def swept(f: Any) -> Any:
        x, w = leaf(m, [0.3, 0.7]), leaf(m, 2.0)
        (f(x * 1, w) ** 2).sum().backward()
        return x.grad.tolist(), w.grad.item()

    plain = swept(part)
    again = swept(lambda *xs: m.utils.checkpoint.checkpoint(part, *xs, use_reentrant=False))
    assert plain == again
    assert len(runs) == 3


def x21_with_the_same_random_numbers(m: Any) -> None:
    m.manual_seed(3)
    x = leaf(m, [1.0, 2.0, 3.0, 4.0])

    def part(x: Any) -> Any:
        return x * m.rand(4, dtype=m.float64) * x

    y = m.utils.checkpoint.checkpoint(part, x, use_reentrant=False)
    m.rand(3)
    y.sum().backward()
    # y = x²·r, so y' = 2·y/x
    assert x.grad.tolist() == pytest.approx((2 * y / x).tolist(), rel=1e-14)


def x22_marking_a_changed_input_dirty(m: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(5)
        ctx.mark_dirty(x)
        return x

    Times5 = function(m, forward, lambda ctx, g: g * 5)
    x = leaf(m, [1.0, 2.0])
    y = x * 2
    before = y._version
    z = Times5.apply(y)
    assert z is y and y.tolist() == [10.0, 20.0] and y._version > before
    (y * numbers(m, 1.0, 3.0)).sum().backward()
    assert x.grad.tolist() == [10.0, 30.0]
    with rejected():
        Times5.apply(leaf(m, [1.0, 2.0]))


def x22_a_saved_value_that_a_function_changed(m: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(5)
        ctx.mark_dirty(x)
        return x

    x = leaf(m, [1.0, 2.0])
    y = x * 2
    z = (y * y).sum()
    function(m, forward, lambda ctx, g: g * 5).apply(y)
    with rejected():
        z.backward()
