"""PyTorch as an oracle: its forward and its backward, in float64 on the CPU.

It votes on every engine but itself; where it is wrong, the ball of `taylor` says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .evaluate import UnsupportedError, row
from .program import Array, Call, Program


def gradient(program: Program) -> tuple[list[Array], list[Array | None]]:
    """Every output and, for each leaf, the gradient of the last one (none where none was asked).

    A leaf that was not used has zeros. Raises `UnsupportedError` without PyTorch, or for what it
    does not have.
    """
    try:
        import torch
    except ImportError:
        raise UnsupportedError("PyTorch is not installed") from None
    values: list[Any] = []
    for leaf in program.leaves:
        tensor = torch.from_numpy(leaf.array.copy())
        values.append(tensor.requires_grad_() if leaf.requires_grad else tensor)
    try:
        for call in program.calls:
            values.append(_apply(torch, call, values))
        wanted = [values[i] for i in program.wanted]
        found = _sweep(torch, values[program.outputs[-1]], wanted)
    except (NotImplementedError, RuntimeError, TypeError, ValueError, IndexError) as error:
        raise UnsupportedError(f"PyTorch: {error}") from None
    gradients: list[Array | None] = [None] * len(program.leaves)
    for i, g in zip(program.wanted, found, strict=True):
        missing = np.zeros(program.leaves[i].shape)
        gradients[i] = missing if g is None else g.detach().numpy()
    return [values[o].detach().numpy() for o in program.outputs], gradients


def _sweep(torch: Any, output: Any, wanted: list[Any]) -> Any:
    if not wanted or not output.requires_grad:
        return [None] * len(wanted)
    return torch.autograd.grad(output, wanted, allow_unused=True)


def _apply(torch: Any, call: Call, values: list[Any]) -> Any:
    args: list[Any] = [values[a] if isinstance(a, int) else a.value for a in call.args]
    if call.op == "item":
        return args[0][call.keywords["index"]]
    if call.op == "grad":
        (g,) = torch.autograd.grad(args[0], args[1], create_graph=True, allow_unused=True)
        return torch.zeros_like(args[1]) if g is None else g
    return row(call.op).torch(torch, *args, **call.keywords)
