"""PyTorch as an oracle: its forward and its backward, in float64 on the CPU.

It votes on every engine but itself; where it is wrong, the ball of `taylor` says so.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from .evaluate import UnsupportedError, row
from .program import Array, Call, Program

P = ParamSpec("P")
T = TypeVar("T")
Run = tuple[list[Array], list[Array | None]]
"""Outputs and gradients, as every oracle returns them."""
ERRORS = (NotImplementedError, RuntimeError, TypeError, ValueError, IndexError)
"""What PyTorch raises for a program that it does not take."""


def _aside(run: Callable[P, T]) -> Callable[P, T]:
    """On one thread, without a warning, and with nothing changed for the caller.

    A program's tensors are tiny: more threads made a softmax of them 20 times dearer. Warnings (of
    an empty reduction) are none of the caller's business.
    """

    @functools.wraps(run)
    def aside(*args: P.args, **kwargs: P.kwargs) -> T:
        torch = _torch()
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return run(*args, **kwargs)
        finally:
            torch.set_num_threads(threads)

    return aside


@_aside
def gradient(program: Program) -> tuple[list[Array], list[Array | None]]:
    """Every output and, for each leaf, the gradient of the last one (none where none was asked).

    A leaf that was not used has zeros. Raises `UnsupportedError` without PyTorch, or for what it
    does not have.
    """
    torch = _torch()
    values: list[Any] = []
    for leaf in program.leaves:
        tensor = torch.from_numpy(leaf.array.copy())
        values.append(tensor.requires_grad_() if leaf.requires_grad else tensor)
    try:
        for call in program.calls:
            values.append(apply(torch, call, values))
        wanted = [values[i] for i in program.wanted]
        found = _sweep(torch, values[program.outputs[-1]], wanted)
    except ERRORS as error:
        raise UnsupportedError(f"PyTorch: {error}") from None
    missing = [np.zeros(program.leaves[i].shape) for i in program.wanted]
    numbers = [m if g is None else g.detach().numpy() for m, g in zip(missing, found, strict=True)]
    outputs = [values[o].detach().numpy() for o in program.outputs]
    return outputs, _by_leaf(program, numbers)


@_aside
def rounded(
    program: Program, draws: int, unit: float, seed: int, at: list[Array] | None = None
) -> Run:
    """`draws` runs at once, every result multiplied by (1 + unit·ξ), forward and backward.

    Arrays have the draws as their first axis; so has each of `at`, the values of the leaves that
    require a gradient, where every draw has its own. Raises `UnsupportedError` likewise.
    """
    torch = _torch()
    from .dispatch import RandomRounding

    constants = [
        None if leaf.requires_grad else torch.from_numpy(leaf.array.copy())
        for leaf in program.leaves
    ]

    def scalar(*wanted: Any) -> Any:
        given = iter(wanted)
        values = [next(given) if c is None else c for c in constants]
        for call in program.calls:
            values.append(apply(torch, call, values))
        outputs = [values[o] for o in program.outputs]
        return outputs[-1], outputs

    if at is None:
        at = [
            np.broadcast_to(a, (draws, *a.shape))
            for a in (program.leaves[i].array for i in program.wanted)
        ]
    leaves = [torch.from_numpy(x.copy()) for x in at]
    sweep = torch.func.grad(scalar, argnums=tuple(range(len(leaves))), has_aux=True)
    try:
        with RandomRounding(unit, seed):
            found, outputs = torch.func.vmap(sweep)(*leaves)
    except ERRORS as error:
        raise UnsupportedError(f"PyTorch: {error}") from None
    numbers = [g.detach().numpy() for g in found]
    return [o.detach().numpy() for o in outputs], _by_leaf(program, numbers)


def available() -> bool:
    """Whether PyTorch is installed."""
    try:
        _torch()
    except UnsupportedError:
        return False
    return True


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise UnsupportedError("PyTorch is not installed") from None
    return torch


def _by_leaf(program: Program, found: list[Array]) -> list[Array | None]:
    gradients: list[Array | None] = [None] * len(program.leaves)
    for i, g in zip(program.wanted, found, strict=True):
        gradients[i] = g
    return gradients


def _sweep(torch: Any, output: Any, wanted: list[Any]) -> Any:
    if not wanted or not output.requires_grad:
        return [None] * len(wanted)
    return torch.autograd.grad(output, wanted, allow_unused=True)


def apply(torch: Any, call: Call, values: list[Any]) -> Any:
    """One call in PyTorch's spelling, given the values before it."""
    args: list[Any] = [values[a] if isinstance(a, int) else a.value for a in call.args]
    if call.op == "item":
        return args[0][call.keywords["index"]]
    if call.op == "grad":
        (g,) = torch.autograd.grad(args[0], args[1], create_graph=True, allow_unused=True)
        return torch.zeros_like(args[1]) if g is None else g
    return row(call.op).torch(torch, *args, **call.keywords)
