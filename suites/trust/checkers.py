"""What gradient checkers find: planted faults flagged, and right gradients accused.

`python -m gradassay.suites.trust.checkers [--runs N]` prints a Markdown table for
`gradassay.check`, `torch.autograd.gradcheck` (slow and fast), autograd's and JAX's `check_grads`
with their default settings, in float64; a library that is not installed has a dash.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from ...oracles.program import Array
from ..checking import check

Pair = tuple[Any, Any]


def _hole(m: Any, g: Any) -> Any:
    """g with one entry zero, the last but two."""
    keep = np.ones(g.shape)
    keep[-3:-2] = 0.0
    return g * m.asarray(keep)


def _twice(x: Any, where: Any) -> Any:
    """Factors: 2 where a mask holds, else 1."""
    return 1.0 + where * (x * 0 + 1.0)


def _relu(m: Any, x: Any) -> Any:
    return x * (x > 0)


ROWS: dict[str, tuple[int, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "gradient × 1.001": (5, lambda m, x: m.sin(x), lambda m, x: 1.001 * m.cos(x)),
    "gradient × 1.00001": (5, lambda m, x: m.sin(x), lambda m, x: 1.00001 * m.cos(x)),
    "one of 1000 entries zero": (
        1000,
        lambda m, x: m.sin(x),
        lambda m, x: _hole(m, m.cos(x)),
    ),
    "1e-7-scale gradient, sign flipped": (
        5,
        lambda m, x: 1e-7 * m.sin(x),
        lambda m, x: -1e-7 * m.cos(x),
    ),
    "wrong only for x > 3": (
        5,
        lambda m, x: m.sin(x),
        lambda m, x: m.cos(x) * _twice(x, x > 3),
    ),
    "wrong only at exactly 0": (
        5,
        lambda m, x: m.sin(x),
        lambda m, x: m.cos(x) * _twice(x, x == 0),
    ),
    "relu'(0) = 3": (5, _relu, lambda m, x: 1.0 * (x > 0) + 3.0 * (x == 0)),
    "*correct* relu, an input at 0": (-5, _relu, lambda m, x: 1.0 * (x > 0)),
    "*correct* sin(1e4 x)": (
        5,
        lambda m, x: m.sin(1e4 * x),
        lambda m, x: 1e4 * m.cos(1e4 * x),
    ),
}
"""Name: number of inputs (negative: the first is 0), function, claimed gradient; over a module."""


def _inputs(size: int, seed: int) -> Array:
    x = np.random.default_rng(seed).standard_normal(abs(size))
    x[: int(size < 0)] = 0.0
    return x


def flagged(run: Callable[[], Any]) -> bool:
    """Whether a checker raises or says no."""
    try:
        return run() is False
    except Exception:
        return True


def ours(f: Any, g: Any, x: Array, seed: int) -> bool:
    """`gradassay.check` of a numpy pair."""
    return not check(lambda x: f(np, x), x, grad=lambda x: g(np, x), seed=seed, raises=False).ok


def ours_torch(f: Any, g: Any, x: Array, seed: int) -> bool:
    """`gradassay.check` of a `torch.autograd.Function`."""
    import torch

    return not check(_function(f, g), torch.from_numpy(x), seed=seed, raises=False).ok


def gradcheck(fast: bool) -> Callable[[Any, Any, Array, int], bool]:
    """`torch.autograd.gradcheck`."""

    def run(f: Any, g: Any, x: Array, seed: int) -> bool:
        import torch

        torch.manual_seed(seed)
        leaf = torch.from_numpy(x).requires_grad_()
        return flagged(lambda: torch.autograd.gradcheck(_function(f, g), (leaf,), fast_mode=fast))

    return run


def _function(f: Any, g: Any) -> Any:
    import torch

    class Planted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return f(torch, x)

        @staticmethod
        def backward(ctx: Any, cotangent: Any) -> Any:
            (x,) = ctx.saved_tensors
            return cotangent * g(torch, x)

    return Planted.apply


def autograds(f: Any, g: Any, x: Array, seed: int) -> bool:
    """autograd's `check_grads`, reverse mode, first order."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    planted = primitive(lambda x: f(np, x))
    defvjp(planted, lambda _, x: lambda cotangent: cotangent * g(np, x))
    np.random.seed(seed)
    return flagged(lambda: check_grads(planted, modes=["rev"], order=1)(x))


def jaxs(f: Any, g: Any, x: Array, seed: int) -> bool:
    """JAX's `check_grads`, reverse mode, first order, 64 bits."""
    import jax  # type: ignore[import-not-found,unused-ignore]
    from jax.test_util import check_grads  # type: ignore[import-not-found,unused-ignore]

    planted = jax.custom_vjp(lambda x: f(jax.numpy, x))
    planted.defvjp(
        lambda x: (f(jax.numpy, x), x), lambda x, cotangent: (cotangent * g(jax.numpy, x),)
    )
    np.random.seed(seed)
    with jax.enable_x64(True):
        leaf = jax.numpy.asarray(x)
        return flagged(lambda: check_grads(planted, (leaf,), order=1, modes=["rev"]))


CHECKERS: dict[str, tuple[str, Callable[[Any, Any, Array, int], bool]]] = {
    "gradassay (numpy)": ("numpy", ours),
    "gradassay (torch)": ("torch", ours_torch),
    "gradcheck slow": ("torch", gradcheck(fast=False)),
    "gradcheck fast": ("torch", gradcheck(fast=True)),
    "autograd check_grads": ("autograd", autograds),
    "jax check_grads": ("jax", jaxs),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    there = {name: importlib.util.find_spec(need) for name, (need, _) in CHECKERS.items()}
    print(f"| flagged of {runs} runs | " + " | ".join(CHECKERS) + " |")
    print("| --- |" + " ---: |" * len(CHECKERS))
    for row, (size, f, g) in ROWS.items():
        cells = [
            str(sum(run(f, g, _inputs(size, seed), seed) for seed in range(runs)))
            if there[name]
            else "–"
            for name, (_, run) in CHECKERS.items()
        ]
        print(f"| {row} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
