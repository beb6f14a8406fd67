"""The standard, level 4: gradients, graphs, modes and copies over their lifetime."""

from __future__ import annotations

import copy
import io
import pickle
import threading
from typing import Any

import pytest

from .clauses_graph import leaf, rejected
from .clauses_mutation import numbers


def g1_gradients_add_over_sweeps_in_one_object(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert x.grad is first and first.tolist() == [5.0, 5.0]


def g3_out_of_place_when_the_graph_is_kept(m: Any) -> None:
    x = leaf(m, 2.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    (x**3).backward(create_graph=True)
    assert (first.item(), x.grad.item()) == (12.0, 24.0)
    x.grad = None


def g4_setting_it_to_none_resets(m: Any) -> None:
    x = leaf(m, 2.0)
    (x * 3).backward()
    x.grad = None
    (x * 5).backward()
    assert x.grad.item() == 5.0


def g5_zeroing_it(m: Any) -> None:
    x = leaf(m, 2.0)
    (x * 3).backward()
    x.grad.zero_()
    (x * 5).backward()
    assert x.grad.item() == 5.0


def g7_inner_nodes_keep_a_gradient_only_when_asked(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x * x
    z = y * 3
    y.retain_grad()
    w = z * 1
    w.backward()
    assert (y.grad.item(), y.retains_grad, z.retains_grad) == (3.0, True, False)


def g7_retaining_goes_with_the_tensor_when_it_is_written_to(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x * 1
    y.retain_grad()
    y.mul_(3)
    y.backward()
    assert (y.grad.item(), x.grad.item()) == (1.0, 3.0)


def g8_a_second_sweep_over_a_freed_graph(m: Any) -> None:
    y = leaf(m, 2.0) ** 2
    y.backward()
    with rejected():
        y.backward()


def g10_retaining_allows_it_and_adds(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x**2
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 8.0


def g11_a_sweep_from_something_without_a_graph(m: Any) -> None:
    for root in (m.tensor(1.0), leaf(m, 1.0).detach()):
        with rejected():
            root.backward()


def g12_detach_shares_memory(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    d = x.detach()
    assert d.is_leaf and not d.requires_grad
    d.mul_(3)
    assert x.tolist() == [3.0, 6.0]


def g13_detach_cuts_only_its_own_path(m: Any) -> None:
    x = leaf(m, 3.0)
    (x * x.detach()).backward()
    assert x.grad.item() == 3.0


def g14_results_under_no_grad_are_leaves(m: Any) -> None:
    with m.no_grad():
        y = leaf(m, 1.0) * 2
    assert y.is_leaf and y.grad_fn is None and not y.requires_grad


def g15_modes_nest(m: Any) -> None:
    with m.no_grad():
        with m.enable_grad():
            assert m.is_grad_enabled()
        assert not m.is_grad_enabled()


def g16_the_mode_comes_back_after_an_exception(m: Any) -> None:
    with pytest.raises(KeyError), m.no_grad():
        raise KeyError
    assert m.is_grad_enabled()


def g16_a_mode_decorates(m: Any) -> None:
    @m.no_grad()
    def silent() -> bool:
        return bool(m.is_grad_enabled())

    assert not silent()
    assert m.is_grad_enabled()


def g16_a_generator_keeps_its_mode_to_itself(m: Any) -> None:
    @m.no_grad()
    def steps() -> Any:
        got = yield m.is_grad_enabled()
        try:
            yield got, m.is_grad_enabled()
        except KeyError:
            yield m.is_grad_enabled()
        return 7

    running = steps()
    assert next(running) is False
    assert m.is_grad_enabled()
    assert running.send(3) == (3, False)
    assert running.throw(KeyError()) is False
    with pytest.raises(StopIteration) as end:
        next(running)
    assert end.value.value == 7


def g17_the_mode_belongs_to_its_thread(m: Any) -> None:
    seen: list[bool] = []
    with m.no_grad():
        thread = threading.Thread(target=lambda: seen.append(m.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def g18_an_inference_tensor_cannot_be_saved(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    with m.inference_mode():
        frozen = x * 2
    assert frozen.is_inference() and not frozen.requires_grad
    assert (x + frozen).tolist() == [3.0, 6.0]
    with rejected():
        x * frozen
    with rejected():
        frozen.requires_grad_()
    with rejected():
        frozen.add_(1)


def g19_a_result_requires_a_gradient_if_an_input_does(m: Any) -> None:
    x, c = leaf(m, 1.0), m.tensor(1.0)
    assert (x * c).requires_grad and (c * x).requires_grad and not (c * c).requires_grad


def g20_what_is_a_leaf(m: Any) -> None:
    x = leaf(m, 1.0)
    assert x.is_leaf and m.tensor(1.0).is_leaf and not (x * 1).is_leaf
    assert x.grad_fn is None and (x * 1).grad_fn is not None


def g21_turning_it_off_on_an_inner_node(m: Any) -> None:
    y = leaf(m, 1.0) * 2
    for turn_off in (lambda: y.requires_grad_(False), lambda: setattr(y, "requires_grad", False)):
        with rejected():
            turn_off()


def g22_grad_leaves_the_leaf_alone(m: Any) -> None:
    x = leaf(m, 2.0)
    assert m.autograd.grad(x**3, x)[0].item() == 12.0
    assert x.grad is None


def g23_an_unused_input(m: Any) -> None:
    x, unused = leaf(m, 2.0), leaf(m, [1.0, 2.0])
    with rejected():
        m.autograd.grad(x * 1, [x, unused])
    assert m.autograd.grad(x * 1, [x, unused], allow_unused=True)[1] is None
    assert m.autograd.grad(x * 1, [x, unused], materialize_grads=True)[1].tolist() == [0.0, 0.0]


def g24_with_respect_to_an_inner_node(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x * x
    by_y, by_x = m.autograd.grad(y * y, [y, x])
    assert (by_y.item(), by_x.item()) == (8.0, 32.0)


def g25_with_respect_to_an_unrelated_one(m: Any) -> None:
    x = leaf(m, 2.0)
    z, recomputed = (x * x) * 3, x * x
    with rejected():
        m.autograd.grad(z, recomputed)


def g26_sweeping_into_chosen_inputs(m: Any) -> None:
    x, w = leaf(m, 2.0), leaf(m, 3.0)
    (x * w).backward(inputs=[w])
    assert (x.grad, w.grad.item()) == (None, 2.0)


def g26_an_inner_node_can_be_chosen(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x * 3
    y.retain_grad()
    (y * y).backward(inputs=[y])
    assert (x.grad, y.grad.item()) == (None, 12.0)


def g27_several_roots_add(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    m.autograd.backward([x * 2, (x * 3).sum()], [numbers(m, 1.0, 10.0), None])
    assert x.grad.tolist() == [5.0, 23.0]


def g28_a_root_that_is_an_ancestor(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x * x
    m.autograd.backward([y, y * 3])
    assert x.grad.item() == 16.0


def g29_the_same_root_twice(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x * x
    m.autograd.backward([y, y])
    assert x.grad.item() == 8.0


def g30_assigning_a_gradient_that_does_not_fit(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    for wrong in (numbers(m, 1.0), m.ones(2, dtype=m.float32), 1.0):
        with rejected():
            x.grad = wrong


def g31_clone_is_differentiable(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x.clone()
    y.mul_(3)
    y.sum().backward()
    assert (x.tolist(), x.grad.tolist()) == ([1.0, 2.0], [3.0, 3.0])


def g32_two_losses_over_a_swept_part(m: Any) -> None:
    shared = leaf(m, 2.0) ** 2
    (shared * 2).backward()
    with rejected():
        (shared * 3).backward()


def g33_independent_graphs_from_one_leaf(m: Any) -> None:
    x = leaf(m, 2.0)
    first, second = x**2, x**3
    first.backward()
    second.backward()
    assert x.grad.item() == 16.0


def g34_a_sweep_inside_no_grad(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x**2
    with m.no_grad():
        y.backward()
    assert x.grad.item() == 4.0


def g35_a_result_has_a_graph_exactly_when_asked(m: Any) -> None:
    x = leaf(m, 2.0)
    y = x**3
    with m.no_grad():
        (plain,) = m.autograd.grad(y, x, retain_graph=True)
        (recorded,) = m.autograd.grad(y, x, create_graph=True)
    assert (plain.requires_grad, recorded.requires_grad) == (False, True)


def g36_a_recorded_tensor_is_not_exported(m: Any) -> None:
    for x in (leaf(m, [1.0]), leaf(m, [1.0]) * 2):
        with rejected():
            x.numpy()
    assert leaf(m, [1.0]).detach().numpy().tolist() == [1.0]


def g37_a_copied_leaf_has_its_own_gradient(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    x.sum().backward()
    y = copy.deepcopy(x)
    (y * 2).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([1.0, 1.0], [3.0, 3.0])
    assert y.is_leaf and y.requires_grad


def g37_an_inner_node_is_not_copied(m: Any) -> None:
    with rejected():
        copy.deepcopy(leaf(m, 1.0) * 2)


def g37_a_shallow_copy_shares_memory(m: Any) -> None:
    x = m.tensor([1.0, 2.0])
    copy.copy(x).add_(1)
    assert x.tolist() == [2.0, 3.0]


def g37_the_same_tensor_twice_stays_the_same(m: Any) -> None:
    x = leaf(m, 1.0)
    first, second = copy.deepcopy([x, x])
    assert first is second and first is not x


def g38_pickling_keeps_the_flag(m: Any) -> None:
    for x in (leaf(m, [1.0, 2.0]), m.tensor([1.0, 2.0])):
        stored = io.BytesIO()
        pickle.dump(x, stored)
        back = pickle.loads(stored.getvalue())
        assert back.tolist() == [1.0, 2.0] and back.dtype == x.dtype
        assert (back.requires_grad, back.is_leaf) == (x.requires_grad, True)


def g39_writing_through_data_is_unseen(m: Any) -> None:
    x = leaf(m, [1.0, 2.0])
    y = x * 1
    z = (y * y).sum()
    y.data.zero_()
    assert y.tolist() == [0.0, 0.0]
    z.backward()
    assert x.grad.tolist() == [0.0, 0.0]


def g40_set_grad_enabled(m: Any) -> None:
    with m.set_grad_enabled(False):
        assert not m.is_grad_enabled()
        with m.set_grad_enabled(True):
            assert m.is_grad_enabled()
    assert m.is_grad_enabled()
    m.set_grad_enabled(False)
    assert not m.is_grad_enabled()
    m.set_grad_enabled(True)
