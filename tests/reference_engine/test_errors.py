"""Each error names the operation, the shapes or dtypes, and the remedy, and does no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import gradassay.reference_engine as torch
import numpy as np
import pytest


class Wrong(NamedTuple):
    """A program that must fail, and the words that its error must hold."""

    run: Callable[[], Any]
    op: str
    facts: tuple[str, ...]
    remedy: str


def leaf(*shape: int, **options: Any) -> Any:
    return torch.ones(shape, requires_grad=True, **options)


def inner(*shape: int) -> Any:
    return leaf(*shape) * 2


def in_no_grad(make: Callable[[], Any]) -> Any:
    with torch.no_grad():
        return make()


def written_after_it_was_saved() -> None:
    y = inner(2, 3)
    z = (y * y).sum()
    y.zero_()
    z.backward()


def swept_twice() -> None:
    y = (inner(2) ** 2).sum()
    y.backward()
    y.backward()


def hook_of_another_shape() -> None:
    x = leaf(2, 3)
    x.register_hook(lambda g: g.sum())
    x.sum().backward()


class Square(torch.autograd.Function):
    """With a backward that is wrong in a way to be chosen."""

    @staticmethod
    def forward(ctx: Any, x: Any, answer: Any) -> Any:
        ctx.answer = answer
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return ctx.answer


def inference() -> Any:
    with torch.inference_mode():
        return torch.ones(2) * 1


TWO, THREE = "(2,)", "(3,)"
ERRORS: dict[str, Wrong] = {
    "shapes that do not broadcast": Wrong(
        lambda: leaf(2) + leaf(3), "add", (TWO, THREE), "unsqueeze",
    ),
    "and on a device": Wrong(
        lambda: leaf(2, device="torch:cpu") * leaf(3, device="torch:cpu"),
        "mul", (TWO, THREE), "unsqueeze",
    ),
    "matrices that do not fit": Wrong(
        lambda: leaf(2, 3) @ leaf(2, 3), "matmul", ("(2, 3)",), ".mT",
    ),
    "a number of entries that changes": Wrong(
        lambda: leaf(2, 3).reshape(4), "reshape", ("(2, 3)", "(4,)"), "number of entries",
    ),
    "parts that differ": Wrong(
        lambda: torch.cat([leaf(2, 3), leaf(2, 4)]), "cat", ("(2, 3)", "(2, 4)"), "alike",
    ),
    "an expansion that does not fit": Wrong(
        lambda: leaf(2).expand(3), "expand", (TWO, THREE), "unsqueeze",
    ),
    "an index too large": Wrong(
        lambda: leaf(2)[5], "index", (TWO, "5"), "count entries from 0",
    ),
    "an extremum of nothing": Wrong(
        lambda: leaf(0).amax(), "amax", ("(0,)",), "check the shape",
    ),
    "two devices": Wrong(
        lambda: leaf(2) * leaf(2, device="torch:cpu"), "mul", (), "x.to(device)",
    ),
    "no tensor at all": Wrong(lambda: torch.exp(1.0), "exp", (), "tensor()"),
    "an array for a tensor": Wrong(
        lambda: torch.mul(leaf(2), np.ones(2)), "mul", ("ndarray",), "tensor()",
    ),
    "an operation that bools do not have": Wrong(
        lambda: torch.ones(2, dtype=torch.bool) - torch.ones(2, dtype=torch.bool),
        "sub", ("bool (2,)",), "x.to(dtype)",
    ),
    "no such axis": Wrong(lambda: leaf(2, 3).sum(2), "", ("axis 2", "2 axes"), "axis"),
    "a leaf that is written to": Wrong(
        lambda: leaf(2).mul_(2), "mul_", ("leaf",), "no_grad()",
    ),
    "its view": Wrong(lambda: leaf(2)[:1].exp_(), "exp_", ("view of a leaf",), "no_grad()"),
    "its entry": Wrong(lambda: leaf(2).__setitem__(0, 1.0), "x[key]", ("leaf",), "no_grad()"),
    "one of several views": Wrong(
        lambda: inner(2).unbind()[0].add_(1), "add_", ("several views",), "base",
    ),
    "a view made under no_grad": Wrong(
        lambda: (y := inner(2), in_no_grad(lambda: y[:1]).add_(1)), "add_", ("no_grad()",),
        "outside of it",
    ),
    "a view that is detached": Wrong(lambda: inner(2)[:1].detach_(), "detach_", (), "x.detach()"),
    "a result too large to be written": Wrong(
        lambda: torch.ones(2).add_(torch.ones(3, 2)), "add_", ("(3, 2)", TWO), "out of place",
    ),
    "a result of another kind": Wrong(
        lambda: torch.ones(2, dtype=torch.int64).exp_(), "exp_", ("float64", "int64"),
        "x.to(dtype)",
    ),
    "entries that share a place": Wrong(
        lambda: torch.ones(1).expand(2).add_(1), "add_", (), "x.clone()",
    ),
    "a value that does not fit": Wrong(
        lambda: torch.ones(2).__setitem__(slice(None), torch.ones(3)), "x[key]", (THREE, TWO), "1",
    ),
    "a list as a value": Wrong(
        lambda: torch.ones(2).__setitem__(slice(None), [1.0, 2.0]), "x[key]", (), "tensor()",
    ),
    "out= with recording": Wrong(
        lambda: torch.mul(leaf(2), 2, out=torch.zeros(2)), "mul", ("out=",), "no_grad()",
    ),
    "a value written after it was saved": Wrong(
        written_after_it_was_saved, "MulBackward", ("(2, 3)", "float32"), "x.clone()",
    ),
    "a graph swept twice": Wrong(swept_twice, "Backward", (), "retain_graph=True"),
    "a root without history": Wrong(
        lambda: torch.ones(()).backward(), "root", ("()",), "requires_grad=True",
    ),
    "a root of several entries": Wrong(
        lambda: inner(2).backward(), "backward", (TWO,), ".sum()",
    ),
    "a complex root": Wrong(
        lambda: leaf(1, dtype=torch.complex64).backward(), "backward", ("complex64",), ".abs()",
    ),
    "a seed of another shape": Wrong(
        lambda: inner(2).backward(torch.ones(3)), "backward", (TWO, THREE), "reshape",
    ),
    "a seed that is no tensor": Wrong(
        lambda: inner(2).backward([1.0]), "seed", ("float",), "tensor()",
    ),
    "a complex seed of a real root": Wrong(
        lambda: inner(2).backward(torch.ones(2, dtype=torch.complex64)), "backward",
        ("complex64", "float32"), ".real",
    ),
    "an unused input": Wrong(
        lambda: torch.autograd.grad(inner(2).sum(), leaf(2)), "grad", ("input 0",),
        "allow_unused=True",
    ),
    "an input without history": Wrong(
        lambda: torch.autograd.grad(inner(2).sum(), torch.ones(2)), "input", (TWO,),
        "requires_grad=True",
    ),
    "no inputs": Wrong(
        lambda: inner(1).backward(inputs=[]), "inputs", (), "leave it out",
    ),
    "an integer leaf": Wrong(
        lambda: leaf(2, dtype=torch.int64), "require", ("int64",), "dtype=float32",
    ),
    "an inner node that stops": Wrong(
        lambda: inner(2).requires_grad_(False), "inner node", (), "x.detach()",
    ),
    "a gradient of another shape": Wrong(
        lambda: setattr(leaf(2), "grad", torch.ones(3)), "gradient", (TWO, THREE), "cannot",
    ),
    "a gradient that is none": Wrong(
        lambda: setattr(leaf(2), "grad", 1.0), "gradient", ("float",), "tensor or None",
    ),
    "a hook where nothing passes": Wrong(
        lambda: torch.ones(2).register_hook(print), "register_hook", (), "requires_grad_()",
    ),
    "a hook that changes the shape": Wrong(
        hook_of_another_shape, "hook", ("(2, 3)", "()"), "same shape",
    ),
    "too few gradients": Wrong(
        lambda: Square.apply(leaf(2), ()).sum().backward(), "Square.backward",
        ("0 gradients", "2 inputs"), "None",
    ),
    "a gradient of a wrong shape": Wrong(
        lambda: Square.apply(leaf(2), (torch.ones(3), None)).sum().backward(), "Square.backward",
        (TWO, THREE), "input's shape",
    ),
    "a gradient that is a number": Wrong(
        lambda: Square.apply(leaf(2), (1.0, None)).sum().backward(), "Square.backward",
        ("float",), "return a tensor",
    ),
    "numpy of a recorded tensor": Wrong(
        lambda: inner(2).numpy(), "array", ("history",), "x.detach().numpy()",
    ),
    "an inference tensor that is saved": Wrong(
        lambda: leaf(2) * inference(), "inference_mode", (), "x.clone()",
    ),
    "and written to": Wrong(lambda: inference().add_(1), "add_", ("inference_mode",), "x.clone()"),
    "and that requires a gradient": Wrong(
        lambda: inference().requires_grad_(), "requires_grad_", (), "x.clone()",
    ),
    "words for numbers": Wrong(lambda: torch.tensor(["a"]), "tensor", (), "numbers"),
    "truth of several": Wrong(lambda: bool(leaf(2)), "truth", (TWO,), "reduce"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_error(name: str) -> None:
    wrong = ERRORS[name]
    with pytest.raises((RuntimeError, ValueError, TypeError, IndexError)) as caught:
        wrong.run()
    message = str(caught.value)
    assert [w for w in (wrong.op, *wrong.facts, wrong.remedy) if w not in message] == [], message
    assert_usable()


def assert_usable() -> None:
    """A program with a known gradient still gives it."""
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    x = torch.tensor(2.0, requires_grad=True)
    (torch.exp(x * 0) * (3 * x + 1) ** 2).backward()
    assert x.grad is not None and x.grad.item() == 42.0
