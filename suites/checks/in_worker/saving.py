"""What becomes of saved values between forward and sweep: packing, checkpoints."""

from __future__ import annotations

import importlib
from typing import Any

from .kit import grad, leaf


def saved_values_packed(torch: Any) -> Any:
    """Which of two hooks on saved values is called before the sweep, and in it; the gradient."""
    log = []

    def pack(x: Any) -> Any:
        log.append("pack")
        return x.tolist()

    def unpack(packed: Any) -> Any:
        log.append("unpack")
        return torch.tensor(packed, dtype=torch.float64)

    x = leaf(torch, 1.0, 2.0)
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = (x * x).sum()
    before = len(log)
    y.backward()
    first, then = sorted({*log[:before]}), sorted({*log[before:]})
    return {"before the sweep": first, "in it": then, "x": grad(x)}


def checkpointed(torch: Any) -> Any:
    """Whether checkpointing changes a gradient, by a bit, and how often the part then runs.

    The part draws random numbers; others are drawn between it and the sweep.
    """
    if not hasattr(torch.utils, "checkpoint"):
        importlib.import_module(torch.__name__ + ".utils.checkpoint")
    runs = []

    def part(x: Any, w: Any) -> Any:
        runs.append(1)
        return torch.sin(x * w) * torch.exp(x) * torch.rand(2, dtype=torch.float64)

    def swept(run: Any) -> Any:
        torch.manual_seed(0)
        x, w = leaf(torch, 0.3, 0.7), leaf(torch, 2.0)
        y = (run(x * 1, w) ** 2).sum()
        torch.rand(3)
        y.backward()
        return grad(x), grad(w)

    def again(*args: Any) -> Any:
        return torch.utils.checkpoint.checkpoint(part, *args, use_reentrant=False)

    plain = swept(part)
    return {"equal": swept(again) == plain, "runs": len(runs) - 1}
