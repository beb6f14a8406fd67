"""Graphs, modes and gradients over their lifetime; each error says what to do, and does no harm."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gradassay.reference_engine as torch
import numpy as np
import pytest


def leaf(*values: float, **options: Any) -> torch.Tensor:
    data = values[0] if len(values) == 1 else list(values)
    return torch.tensor(data, requires_grad=True, **options)


def entries(x: torch.Tensor | None) -> Any:
    assert x is not None
    return x.tolist()


def test_chain_rule() -> None:
    x = leaf(2.0)
    ((3 * x + 1) ** 2).backward()
    assert entries(x.grad) == 42.0


def test_contributions_of_several_uses_add_up() -> None:
    x = leaf(3.0)
    (x * x + x).backward()
    assert entries(x.grad) == 7.0


def test_x_times_zero_has_gradient_zero_and_not_none() -> None:
    x = leaf(3.0)
    (x * 0).backward()
    assert entries(x.grad) == 0.0


def test_an_unused_leaf_has_none() -> None:
    x, unused = leaf(1.0), leaf(1.0)
    x.backward()
    assert unused.grad is None


def test_a_root_that_is_a_leaf_gets_the_seed() -> None:
    x = leaf(1.0, 2.0)
    x.backward(torch.tensor([3.0, 4.0]))
    assert entries(x.grad) == [3.0, 4.0]


def test_a_root_that_is_an_ancestor_of_another() -> None:
    x = leaf(2.0)
    y = x * x
    torch.autograd.backward([y, y * 3])
    assert entries(x.grad) == 16.0


def test_the_same_root_twice_counts_twice() -> None:
    x = leaf(2.0)
    y = x * x
    torch.autograd.backward([y, y])
    assert entries(x.grad) == 8.0


def test_gradients_add_up_over_sweeps_and_zero_begins_anew() -> None:
    x = leaf(1.0, 2.0)
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert entries(x.grad) == [5.0, 5.0]
    assert x.grad is first
    first.zero_()
    (x * 3).sum().backward()
    assert entries(x.grad) == [3.0, 3.0]


def test_a_recorded_sweep_accumulates_out_of_place() -> None:
    x = leaf(2.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    (x**3).backward(create_graph=True)
    assert entries(first) == 12.0
    assert entries(x.grad) == 24.0
    assert x.grad is not None
    x.grad.backward()  # and 24 + ∂(6x²)/∂x, the sum being recorded too
    assert entries(x.grad) == 24.0 + 24.0


def test_inner_nodes_keep_no_gradient_unless_asked() -> None:
    x = leaf(2.0)
    y = x * x
    z = y * 3
    y.retain_grad()
    z.backward()
    assert entries(y.grad) == 3.0
    assert z.grad is None


def test_backward_into_chosen_inputs_touches_only_those() -> None:
    x, w = leaf(2.0), leaf(3.0)
    (x * w).backward(inputs=[w])
    assert x.grad is None
    assert entries(w.grad) == 2.0


def test_grad_touches_no_leaf_and_reaches_inner_nodes() -> None:
    x = leaf(2.0)
    y = x * x
    by_y, by_x = torch.autograd.grad(y * y, [y, x])
    assert (by_y.item(), by_x.item()) == (8.0, 32.0)
    assert x.grad is None


def test_grad_leaves_branches_alone_that_lead_to_no_input() -> None:
    x, w = leaf(2.0), leaf(3.0)
    branch = w * w
    y = x * x + branch
    torch.autograd.grad(y, x)
    branch.backward()
    assert entries(w.grad) == 6.0


def test_detach_cuts_its_own_path_only_and_shares_memory() -> None:
    x = leaf(3.0)
    (x * x.detach()).backward()
    assert entries(x.grad) == 3.0
    d = x.detach()
    assert d.is_leaf and not d.requires_grad
    d.mul_(2)
    assert x.item() == 6.0


def test_modes_nest_and_come_back_after_an_exception() -> None:
    x = leaf(1.0)
    with pytest.raises(KeyError), torch.no_grad():
        assert not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
        with torch.set_grad_enabled(True):
            assert torch.is_grad_enabled()
        assert not torch.is_grad_enabled()
        raise KeyError
    assert torch.is_grad_enabled()


def test_a_mode_is_a_decorator_and_a_switch() -> None:
    @torch.no_grad()
    def double(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    assert not double(leaf(1.0)).requires_grad
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    assert torch.is_grad_enabled()


def test_a_sweep_works_under_no_grad_and_is_recorded_exactly_when_asked() -> None:
    x = leaf(2.0)
    y = x**3
    with torch.no_grad():
        (plain,) = torch.autograd.grad(y, x, retain_graph=True)
        (recorded,) = torch.autograd.grad(y, x, create_graph=True)
    assert not plain.requires_grad
    assert recorded.requires_grad


def test_results_under_no_grad_are_leaves() -> None:
    with torch.no_grad():
        y = leaf(1.0) * 2
    assert y.is_leaf and y.grad_fn is None


def test_an_update_under_no_grad_leaves_the_weight_a_leaf() -> None:
    w = leaf(1.0)
    same = w
    (w * 3).backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
    assert w is same and w.is_leaf and w.requires_grad
    assert w.item() == -0.5


def test_gradients_share_no_memory() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    seed = torch.tensor([1.0, 1.0])
    (x + y).backward(seed)
    assert x.grad is not None and y.grad is not None
    x.grad.mul_(10)
    assert entries(y.grad) == [1.0, 1.0]
    assert entries(seed) == [1.0, 1.0]


def test_many_uses_of_one_value_change_no_seed_and_no_shared_cotangent() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    seed = torch.tensor([1.0, 1.0])
    torch.autograd.backward([y + x, y + x, y + x, y], [seed] * 4)
    assert entries(x.grad) == [7.0, 7.0]
    assert entries(seed) == [1.0, 1.0]


def test_a_stride_0_seed_works() -> None:
    x = leaf(1.0, 2.0)
    (x * 2).backward(torch.tensor(1.0).expand(2))
    assert entries(x.grad) == [2.0, 2.0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_gradient_has_its_leafs_dtype(dtype: str) -> None:
    x = leaf(1.0, 2.0, dtype=getattr(torch, dtype))
    w = leaf(3.0, 4.0, dtype=torch.float64)
    (x * w).sum().backward()
    assert x.grad is not None and w.grad is not None
    assert (str(x.grad.dtype), w.grad.dtype) == (dtype, torch.float64)


@pytest.mark.parametrize("f", [lambda x: 2 * x, lambda x: x / 3, lambda x: 2**x, torch.relu])
def test_numbers_change_no_dtype(f: Callable[[Any], Any]) -> None:
    assert f(torch.tensor([1.0], dtype=torch.float16)).dtype == torch.float16


def test_overflow_and_nan_pass_silently() -> None:
    x = leaf(6e4, dtype=torch.float16)
    y = x * 10
    (y - y).backward()
    assert y.item() == float("inf")
    assert entries(x.grad) == 0.0


def test_a_copied_leaf_has_a_gradient_of_its_own() -> None:
    x = leaf(1.0, 2.0)
    x.sum().backward()
    y = copy.deepcopy(x)
    (y * 2).sum().backward()
    assert entries(x.grad) == [1.0, 1.0]
    assert entries(y.grad) == [3.0, 3.0]


# Errors.


def swept_twice() -> None:
    y = leaf(2.0) ** 2
    y.backward()
    y.backward()


def two_losses_over_a_swept_part() -> None:
    shared = leaf(2.0) ** 2
    (shared * 2).backward()
    (shared * 3).backward()


def write(x: torch.Tensor) -> None:
    x += 1


def bad_gradient() -> None:
    leaf(1.0).grad = torch.zeros(2)


ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "swept twice": (swept_twice, RuntimeError, "retain_graph=True"),
    "two losses": (two_losses_over_a_swept_part, RuntimeError, "retain_graph=True"),
    "no graph": (lambda: torch.tensor(1.0).backward(), RuntimeError, "requires_grad=True"),
    "not one element": (lambda: (leaf(1.0, 2.0) * 2).backward(), RuntimeError, "pass a seed"),
    "seed of another shape": (
        lambda: (leaf(1.0, 2.0) * 2).backward(torch.ones(3)), RuntimeError, "should have (2,)",
    ),
    "too many seeds": (
        lambda: torch.autograd.grad(leaf(1.0) * 2, leaf(1.0), [torch.ones(()), torch.ones(())]),
        RuntimeError, "1 outputs, but 2 seeds",
    ),
    "integer leaf": (lambda: torch.tensor(1, requires_grad=True), RuntimeError, "floating point"),
    "unused input": (
        lambda: torch.autograd.grad(leaf(1.0) * 2, leaf(1.0)), RuntimeError, "allow_unused=True",
    ),
    "leaf written": (lambda: write(leaf(1.0)), RuntimeError, "no_grad()"),
    "numpy of a recorded tensor": (lambda: leaf(1.0).numpy(), RuntimeError, "detach().numpy()"),
    "inner node cleared": (
        lambda: (leaf(1.0) * 2).requires_grad_(False), RuntimeError, "detach()",
    ),
    "gradient of another shape": (bad_gradient, RuntimeError, "shape ()"),
    "no such axis": (lambda: leaf(1.0, 2.0).sum(dim=1), IndexError, "no axis 1"),
    "backward slice": (lambda: leaf(1.0, 2.0)[::-1], ValueError, "flip"),
    "two devices": (
        lambda: torch.ones(2) + torch.ones(2, device="torch:cpu"), RuntimeError, "x.to(device)",
    ),
    "unknown device": (lambda: torch.ones(2, device="abacus"), ValueError, "torch:cuda"),
    "vector in mm": (lambda: torch.mm(torch.ones(2), torch.ones(2, 2)), RuntimeError, "(2,)"),
    "clamp without bounds": (lambda: torch.clamp(leaf(1.0)), ValueError, "min, max or both"),
    "shifts without axes": (lambda: leaf(1.0, 2.0).roll((1, 1)), ValueError, "pass dims"),
    "shifts and axes": (lambda: leaf(1.0, 2.0).roll((1, 1), 0), ValueError, "one for each"),
    "repeats as a list": (lambda: leaf(1.0).repeat_interleave([2]), TypeError, "index with"),
    "pieces too many": (lambda: leaf(1.0, 2.0).split([1, 2]), ValueError, "should make 2"),
    "pieces of nothing": (lambda: leaf(1.0, 2.0).split(0), ValueError, "positive length"),
    "no pieces": (lambda: leaf(1.0, 2.0).chunk(0), ValueError, "positive number"),
    "pieces of a number": (lambda: leaf(1.0).sum().split(1), IndexError, "reshape it to (1,)"),
    "padding of too many axes": (
        lambda: torch.nn.functional.pad(leaf(1.0, 2.0), (1, 1, 1, 1)), ValueError, "1 axes",
    ),
    "triangle of a vector": (lambda: leaf(1.0, 2.0).tril(), RuntimeError, "two axes"),
    "diagonal of one axis": (
        lambda: torch.diagonal(torch.ones(2, 2), 0, 1, -1), ValueError, "two axes",
    ),
    "outer of matrices": (
        lambda: torch.outer(torch.ones(2, 2), torch.ones(2)), RuntimeError, "vectors",
    ),
    "axes of other lengths": (
        lambda: torch.tensordot(torch.ones(2, 3), torch.ones(2, 3), 1),
        RuntimeError, "lengths [3] and [2]",
    ),
    "pairs of axes": (
        lambda: torch.tensordot(torch.ones(2, 3), torch.ones(2, 3), ([0, 1], [0])),
        RuntimeError, "cannot pair",
    ),
    "more axes than there are": (
        lambda: torch.tensordot(torch.ones(2), torch.ones(2), 2), RuntimeError, "no 2 axes",
    ),
    "axes to too few places": (
        lambda: torch.movedim(torch.ones(2, 2), (0, 1), 0), ValueError, "1 places",
    ),
    "indices of other axes": (
        lambda: torch.take_along_dim(torch.ones(2, 2), torch.tensor([0]), 0),
        RuntimeError, "should have 2",
    ),
    "matrix as an index": (
        lambda: torch.index_select(torch.ones(2), 0, torch.tensor([[0]])), RuntimeError, "vector",
    ),
    "truth of several": (lambda: bool(leaf(1.0, 2.0) > 1), RuntimeError, "ambiguous"),
    "an array in place of a tensor": (lambda: leaf(1.0) * np.ones(2), TypeError, "tensor()"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_error_says_what_to_do_and_leaves_the_engine_usable(name: str) -> None:
    fail, kind, remedy = ERRORS[name]
    with pytest.raises(kind) as caught:
        fail()
    assert remedy in str(caught.value)
    test_chain_rule()
    assert torch.is_grad_enabled()


def test_retaining_the_graph_allows_a_second_sweep() -> None:
    x = leaf(2.0)
    y = x**2
    y.backward(retain_graph=True)
    y.backward()
    assert entries(x.grad) == 8.0


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: leaf(1.0, 2.0), "tensor([1., 2.], requires_grad=True)"),
        (lambda: torch.tensor([0.1, 2.0]), "tensor([0.1000, 2.0000])"),
        (lambda: leaf(2.0) * 2, "tensor(4., grad_fn=<MulBackward>)"),
        (lambda: torch.tensor(1.5, dtype=torch.float64), "tensor(1.5000, dtype=float64)"),
        (lambda: torch.tensor([1, 2]) > 1, "tensor([False,  True])"),
        (lambda: torch.ones(2, device="torch:cpu"), "tensor([1., 1.], device='torch:cpu')"),
        (lambda: torch.zeros(0), "tensor([])"),
    ],
)  # fmt: skip
def test_printing(make: Callable[[], torch.Tensor], shown: str) -> None:
    assert repr(make()) == shown
