"""Optimizers beside PyTorch's, in float64: the same path over fifty steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradassay.reference_engine as engine
import numpy as np
import pytest
import torch

OPTIMIZERS: dict[str, Callable[[Any, Any], Any]] = {
    "SGD": lambda m, p: m.optim.SGD(p, lr=0.05),
    "momentum": lambda m, p: m.optim.SGD(p, 0.05, 0.9),
    "dampening": lambda m, p: m.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.3),
    "nesterov": lambda m, p: m.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "weight decay": lambda m, p: m.optim.SGD(p, lr=0.05, momentum=0.5, weight_decay=0.1),
    "maximize": lambda m, p: m.optim.SGD(p, lr=0.001, maximize=True),
    "Adam": lambda m, p: m.optim.Adam(p, lr=0.1),
    "Adam betas": lambda m, p: m.optim.Adam(p, lr=0.1, betas=(0.5, 0.7), eps=0.1),
    "Adam decay": lambda m, p: m.optim.Adam(p, lr=0.1, weight_decay=0.2),
    "amsgrad": lambda m, p: m.optim.Adam(p, lr=0.1, betas=(0.5, 0.5), amsgrad=True),
    "AdamW": lambda m, p: m.optim.AdamW(p, lr=0.1),
    "AdamW decay": lambda m, p: m.optim.AdamW(p, lr=0.1, weight_decay=0.3, amsgrad=True),
    "groups": lambda m, p: m.optim.SGD(
        [{"params": p[:1], "lr": 0.1}, {"params": p[1:], "momentum": 0.9}], lr=0.02
    ),
}


def leaves(m: Any) -> list[Any]:
    rng = np.random.default_rng(0)
    return [m.tensor(rng.normal(size=s), requires_grad=True) for s in ((3, 2), (2,), ())]


def loss(m: Any, ps: list[Any], step: int) -> Any:
    """Curved, with directions of different steepness, and another at each step."""
    x = m.tensor(np.random.default_rng(step).normal(size=(5, 3)))
    w, b, s = ps
    y = m.tanh(x @ w + b) * m.exp(s) - m.sin(x[:, :2])
    return (y * y).mean()


def path(m: Any, optimizer: Any, ps: list[Any], steps: range) -> list[np.ndarray[Any, Any]]:
    seen = []
    for step in steps:
        optimizer.zero_grad()
        loss(m, ps, step).backward()
        optimizer.step()
        seen += [np.array(p.detach().clone().tolist()) for p in ps]
    return seen


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_path(name: str) -> None:
    found, expected = (
        path(m, OPTIMIZERS[name](m, ps), ps, range(50))
        for m in (engine, torch)
        for ps in [leaves(m)]
    )
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_state_goes_on_where_it_was(name: str) -> None:
    ps = leaves(engine)
    whole = path(engine, OPTIMIZERS[name](engine, ps), ps, range(20))
    ps = leaves(engine)
    first = OPTIMIZERS[name](engine, ps)
    path(engine, first, ps, range(10))
    second = OPTIMIZERS[name](engine, ps)
    second.load_state_dict(first.state_dict())
    rest = path(engine, second, ps, range(10, 20))
    for a, b in zip(rest, whole[-len(rest) :], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_step_is_not_recorded() -> None:
    w = engine.tensor([1.0], requires_grad=True)
    optimizer = engine.optim.SGD([w], lr=0.5)
    w.sum().backward()
    optimizer.step()
    assert w.is_leaf and w.requires_grad and w.tolist() == [0.5]


def test_what_has_no_gradient_stays() -> None:
    w = engine.tensor([1.0], requires_grad=True)
    engine.optim.Adam([w]).step()
    assert w.tolist() == [1.0]


def test_forgetting_zero_grad_adds_up() -> None:
    w = engine.tensor(0.0, requires_grad=True)
    optimizer = engine.optim.SGD([w], lr=1.0)
    places = []
    for _ in range(3):
        (w * 1.0).backward()
        optimizer.step()
        places.append(w.item())
    assert places == [-1.0, -3.0, -6.0]


def test_micro_batches_make_the_step_of_the_full_batch() -> None:
    x = engine.tensor(np.random.default_rng(1).normal(size=(6, 3)))
    whole, parts = (engine.tensor(np.zeros((3, 1)), requires_grad=True) for _ in range(2))
    ((x @ whole - 1) ** 2).sum().backward()
    for i in range(3):
        ((x[2 * i : 2 * i + 2] @ parts - 1) ** 2).sum().backward()
    np.testing.assert_allclose(parts.grad.numpy(), whole.grad.numpy(), rtol=1e-14)


def test_a_closure_computes_the_loss_anew() -> None:
    w = engine.tensor(2.0, requires_grad=True)
    optimizer = engine.optim.SGD([w], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        found = w * w
        found.backward()
        return found

    assert optimizer.step(closure).item() == 4.0
    assert w.item() == 1.0


def leaf() -> Any:
    return engine.tensor([1.0], requires_grad=True)


ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "no parameters": (lambda: engine.optim.SGD([]), "needs parameters"),
    "a negative rate": (lambda: engine.optim.SGD([leaf()], lr=-1), "lr is -1"),
    "nesterov alone": (lambda: engine.optim.SGD([leaf()], nesterov=True), "needs a momentum"),
    "beta": (lambda: engine.optim.Adam([leaf()], betas=(1.0, 0.9)), "betas are"),
    "no leaf": (lambda: engine.optim.SGD([leaf() * 2]), "only leaves"),
    "twice": (lambda: engine.optim.SGD([x := leaf(), x]), "twice"),
    "another state": (
        lambda: engine.optim.SGD([leaf()]).load_state_dict(
            engine.optim.SGD([leaf(), leaf()]).state_dict()
        ),
        "groups of sizes",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_error(name: str) -> None:
    run, words = ERRORS[name]
    with pytest.raises(ValueError, match=words):
        run()
