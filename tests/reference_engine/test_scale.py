"""Deep, wide and many: linear time, no recursion, no cycles, nothing kept too long."""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradassay.reference_engine as torch
import pytest
from gradassay.reference_engine import graph, memory, sweep


@pytest.fixture
def no_collector() -> Iterator[None]:
    """The collector of cycles is off, so only reference counts free anything."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def live_nodes() -> int:
    return sum(type(o) is graph.Node for o in gc.get_objects())


def chain(x: torch.Tensor, length: int) -> torch.Tensor:
    for _ in range(length):
        x = x + 1
    return x


def test_a_chain_of_100000_records_sweeps_and_frees_at_the_default_recursion_limit() -> None:
    assert sys.getrecursionlimit() <= 1000
    x = torch.tensor(1.0, requires_grad=True)
    y = chain(x, 100_000)
    y.backward()
    assert x.grad is not None and x.grad.item() == 1.0
    del y  # each node holds the next; CPython's trashcan frees them in a loop


def test_a_deep_graph_is_freed_in_a_thread_with_a_small_stack() -> None:
    def run() -> None:
        x = torch.tensor(1.0, requires_grad=True)
        y = chain(x, 100_000)
        del y
        freed.append(True)

    freed: list[bool] = []
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert freed == [True]


def test_sixty_doublings_give_exactly_two_to_the_sixty() -> None:
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad is not None and x.grad.item() == 2.0**60


def test_doublings_recorded_in_the_sweep_stay_linear() -> None:
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    y = x * x
    for _ in range(60):
        y = y + y
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    assert second is not None and second.item() == 2.0**61


@pytest.mark.parametrize("shape", [(), (2,)])
def test_20000_uses_of_one_value(shape: tuple[int, ...]) -> None:
    x = torch.ones(shape, requires_grad=True)
    y = torch.zeros(shape)
    for _ in range(20_000):
        y = y + x
    y.sum().backward()
    assert x.grad is not None
    assert torch.allclose(x.grad, torch.full(shape, 20_000.0))


def test_each_node_is_swept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[graph.Node] = []
    pull_back = sweep.pull_back

    def counted(node: graph.Node, *rest: Any) -> None:
        swept.append(node)
        pull_back(node, *rest)

    monkeypatch.setattr(sweep, "pull_back", counted)
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    for _ in range(10):
        y = (y * y) / (y + 1)
    y.backward()
    assert len(swept) == len(set(swept)) == 31


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("swept", [False, True])
def test_a_dead_graph_goes_by_reference_count(swept: bool) -> None:
    before = live_nodes()
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (torch.exp(x) * torch.sqrt(x)).prod() + torch.max(x, 0).values + x[[0, 0]].sum()
    if swept:
        y.backward()
    assert live_nodes() > before
    del x, y
    assert live_nodes() == before


@pytest.mark.usefixtures("no_collector")
def test_second_order_leaves_no_cycle() -> None:
    before = live_nodes()
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (g,) = torch.autograd.grad(torch.tanh(torch.exp(x)).sum(), x, create_graph=True)
    assert g is not None
    torch.autograd.grad(g.sum(), x)
    del x, g
    assert live_nodes() == before


def in_place(x: torch.Tensor) -> torch.Tensor:
    y = x * 2
    rows = y[:1], y.reshape(2, 1)
    rows[0].mul_(3)
    y[1] = x[0] * 5
    y.exp_()
    return (y * rows[1].sum()).sum()


def with_hooks(x: torch.Tensor) -> torch.Tensor:
    x.register_hook(lambda g: g * 2)
    x.register_post_accumulate_grad_hook(lambda x: None)
    y = x * x
    y.retain_grad()
    y.grad_fn.register_hook(lambda inputs, outputs: None)
    return y.sum()


class Exp(torch.autograd.Function):
    """Saves its output."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = torch.exp(x)
        ctx.save_for_backward(x, y)
        return y, y * 2

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        return (g + 2 * h) * ctx.saved_tensors[1]


def by_a_function(x: torch.Tensor) -> torch.Tensor:
    y, z = Exp.apply(x)
    return (y * z).sum()


def checkpointed(x: torch.Tensor) -> torch.Tensor:
    return torch.utils.checkpoint.checkpoint(lambda x: torch.exp(x) * x, x).sum()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("make", [in_place, with_hooks, by_a_function, checkpointed])
def test_nothing_that_is_built_on_the_core_leaves_a_cycle(make: Any, swept: bool) -> None:
    before = live_nodes()
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = make(x)
    if swept:
        y.backward()
    assert live_nodes() > before
    del x, y
    assert live_nodes() == before


def test_a_node_takes_less_than_500_bytes() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    chain(x, 10)
    tracemalloc.start()
    y = x
    for _ in range(10_000):
        y = y * 1.5
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / 10_000 < 500
    assert y.requires_grad


@pytest.mark.usefixtures("no_collector")
def test_the_books_of_memory_close_with_it() -> None:
    before = len(memory._books)
    x = torch.zeros(3)
    x.add_(1)
    number = x.sum()
    number.mul_(2)
    assert len(memory._books) > before
    del x, number
    assert len(memory._books) == before


def test_the_sweep_releases_saved_values() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    inner = torch.exp(x)
    saved = weakref.ref(inner.array)
    y = torch.exp(inner).sum()
    del inner
    assert saved() is not None
    y.backward()
    assert saved() is None


def test_what_no_vjp_needs_is_not_kept() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    inner = x + 1
    array = weakref.ref(inner.array)
    y = inner + 1
    del inner
    assert array() is None
    assert y.requires_grad


def test_the_mode_belongs_to_its_thread() -> None:
    seen: list[bool] = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_file_of_rules_is_read_in_one_sitting() -> None:
    files = (Path(graph.__file__).parent / "rules").glob("*.py")
    assert {p.name: n for p in files if (n := len(p.read_text().splitlines())) >= 200} == {}
