"""PyTorch's own samples of its operations (OpInfo), run on the engine and beside PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import islice
from types import FunctionType
from typing import Any, NamedTuple

import gradassay.reference_engine as engine
import numpy as np
import torch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of PyTorch's test helpers, at import
    from torch.testing._internal.common_methods_invocations import op_db

LEFT_OUT = {
    "random": {"randn", "rand", "nn.functional.dropout", "nn.functional.rrelu"},
    "made of numbers alone": {"arange", "eye", "full", "ones", "zeros", "item"},
    "of memory formats": {"to"},
    "in place": {"zero_"},
}


class Run(NamedTuple):
    """The outputs of one call, and its gradients, of first and of second order."""

    values: list[np.ndarray[Any, Any]]
    recorded: list[bool]
    gradients: list[np.ndarray[Any, Any]]
    second: list[np.ndarray[Any, Any]]


def ops() -> dict[str, list[tuple[Any, Callable[..., Any]]]]:
    """By name, the variants of every op that the engine has, each with the engine's function."""
    found: dict[str, list[tuple[Any, Callable[..., Any]]]] = {}
    for op in op_db:
        mine = function(op)
        if mine and torch.float64 in op.dtypes and op.name not in set().union(*LEFT_OUT.values()):
            found.setdefault(op.name, []).append((op, mine))
    return found


def function(op: Any) -> Callable[..., Any] | None:
    """The engine's function or method of this name, in the wrapper that PyTorch has around it."""
    found: Any = engine
    for part in op.name.split("."):
        found = getattr(found, part, None)
    found = found if callable(found) else engine.Tensor.__dict__.get(op.name)
    if found is None or isinstance(found, type):
        return None
    return on_engine(op.op) or (found.__get__ if isinstance(found, property) else found)


def on_engine(f: Any) -> Callable[..., Any] | None:
    """A wrapper of PyTorch's test helpers with the engine in the place of `torch`, else None."""
    if getattr(f, "__module__", "").startswith("torch.testing") and isinstance(f, FunctionType):
        names = {**f.__globals__, "torch": engine}
        return FunctionType(f.__code__, names, f.__name__, f.__defaults__, f.__closure__)
    return None


def samples(op: Any, count: int, dtype: torch.dtype = torch.float64) -> list[Any]:
    """The first samples of an op without dropout, seeded; leaves where it has derivatives."""
    torch.manual_seed(0)
    made = op.sample_inputs("cpu", dtype, requires_grad=op.supports_autograd)
    return list(islice((s for s in made if not s.kwargs.get("dropout_p")), count))


class Leaves:
    """A sample's tensors made anew for one engine; those with a gradient are kept in order."""

    def __init__(self, m: Any, device: str) -> None:
        self.m, self.device = m, device
        self.made: dict[int, Any] = {}
        self.leaves: list[Any] = []

    def __call__(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, torch.dtype):
            return getattr(self.m, str(value).removeprefix("torch."))
        if isinstance(value, torch.Size):
            return tuple(value)
        if isinstance(value, list | tuple):
            return type(value)(map(self, value))
        if isinstance(value, dict):
            return {k: self(v) for k, v in value.items()}
        return value

    def tensor(self, value: torch.Tensor) -> Any:
        if id(value) not in self.made:
            made = self.m.tensor(value.detach().numpy(), device=self.device)
            if value.requires_grad:
                self.leaves.append(made.requires_grad_())
            self.made[id(value)] = made
        return self.made[id(value)]


def flat(result: Any) -> list[Any]:
    if isinstance(result, list | tuple):
        return [x for part in result for x in flat(part)]
    return [result]


def numbers(x: Any) -> np.ndarray[Any, Any]:
    if not isinstance(x, torch.Tensor | engine.Tensor):
        return np.asarray(x)
    kind = str(x.dtype).removeprefix("torch.")
    return np.array(x.detach().clone().tolist(), dtype=kind).reshape(tuple(x.shape))


def weights(shape: Any) -> np.ndarray[Any, Any]:
    shape = tuple(shape)
    return np.asarray(np.cos(np.arange(np.prod(shape, dtype=int)) + 1.0).reshape(shape))


def run(m: Any, f: Callable[..., Any], sample: Any, device: str = "cpu") -> Run:
    """One sample on one engine: values, gradients, and gradients of squared gradients."""
    leaves = Leaves(m, device)
    args = [leaves(v) for v in (sample.input, *sample.args)]
    result = f(*args, **leaves(sample.kwargs))
    process = sample.output_process_fn_grad
    outputs = flat((process if m is torch else on_engine(process) or process)(result))
    recorded = [getattr(y, "requires_grad", False) for y in outputs]
    roots = [y for y in outputs if getattr(y, "requires_grad", False)]
    values = [numbers(y) for y in outputs]
    if not roots:
        return Run(values, recorded, [], [])
    xs = leaves.leaves
    seeds = [constant(m, weights(y.shape), y) for y in roots]
    first = m.autograd.grad(roots, xs, seeds, create_graph=True, allow_unused=True)
    return Run(values, recorded, with_zeros(first, xs), second_order(m, first, xs))


def constant(m: Any, array: np.ndarray[Any, Any], like: Any) -> Any:
    return m.tensor(array, dtype=like.dtype, device=like.device)


def second_order(m: Any, first: Any, xs: list[Any]) -> list[np.ndarray[Any, Any]]:
    """The gradients of a weighted sum of squared gradients; none where PyTorch has not got it."""
    squares = [(g * g * constant(m, 1 + weights(g.shape), g)).sum() for g in first if g is not None]
    total = sum(squares)
    if not getattr(total, "requires_grad", False):
        return with_zeros([None] * len(xs), xs)
    try:
        return with_zeros(m.autograd.grad(total, xs, allow_unused=True), xs)
    except RuntimeError as error:
        if m is torch and "not implemented" in str(error):
            return []
        raise


def with_zeros(gradients: Any, xs: list[Any]) -> list[np.ndarray[Any, Any]]:
    return [
        np.zeros(tuple(x.shape)) if g is None else numbers(g)
        for g, x in zip(gradients, xs, strict=True)
    ]
