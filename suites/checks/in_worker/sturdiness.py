"""Memory, threads, sweeps inside sweeps, and errors."""

from __future__ import annotations

import threading
import weakref
from typing import Any

from .kit import grad, leaf, raises, threads


class _Packed:
    """What is kept in the place of a saved tensor: something whose end can be seen."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor


def saved_after_sweeps(torch: Any) -> Any:
    """Whether what an op has saved is there before a sweep, after one that retains, and another."""
    refs = []

    def pack(tensor: Any) -> Any:
        packed = _Packed(tensor)
        refs.append(weakref.ref(packed))
        return packed

    x = leaf(torch, 1.0, 2.0)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed.tensor):
        y = torch.exp(x * x).sum()

    def held() -> bool:
        return any(ref() is not None for ref in refs)

    found = {"before": held()}
    y.backward(retain_graph=True)
    found["retained"] = held()
    y.backward()
    found["swept"] = held()
    return found


def sweeps_of_threads(torch: Any) -> Any:
    """The gradient of one leaf after four threads have each swept 500 graphs of 3x into it."""
    x = leaf(torch, 2.0)
    begin = threading.Barrier(4)

    def run() -> None:
        begin.wait()
        for _ in range(500):
            (x * 3).backward()

    threads(run, 4)
    return grad(x)


def sweep_in_a_sweep(torch: Any) -> Any:
    """The gradients of 2x² at 3 and of w³ at 2, swept by a hook on x² that also sweeps 5x."""
    x, w = leaf(torch, 3.0), leaf(torch, 2.0)

    def hook(g: Any) -> Any:
        with torch.enable_grad():
            (x * 5).backward()
            (w * w * w).backward()
        return g * w.grad

    y = x * x
    y.register_hook(hook)
    (y * 2).backward()
    return {"x": grad(x), "w": grad(w)}


def anomaly_named(torch: Any) -> Any:
    """What a sweep says of sqrt(x) * 0 at 0: without anomaly mode, with it, and after it."""

    def said() -> str:
        try:
            (torch.sqrt(leaf(torch, 0.0)) * 0).backward()
        except Exception as error:
            return "names sqrt" if "sqrt" in str(error).lower() else "raised: " + str(error)
        return "nothing raised"

    found = {"without": said()}
    with torch.autograd.detect_anomaly():
        found["with"] = said()
    return {**found, "after": said()}


def error_in_a_sweep(torch: Any) -> Any:
    """What holds after a hook has raised in the middle of a sweep of x³."""

    def refuse(g: Any) -> Any:
        raise KeyError("in the middle")

    x, older = leaf(torch, 2.0), leaf(torch, 3.0)
    kept = older * older * older
    square = x * x
    y = square * x + square
    square.register_hook(refuse)
    found = {"raised": raises(y.backward), "records": torch.is_grad_enabled()}
    x.grad = None
    (x * x * x).backward()
    kept.backward()
    return {**found, "x": grad(x), "an older graph": grad(older)}
