"""The bare engine: no adapter, written as its users write it, in one process with whom it meets.

`python -m gradassay.suites.performance.bare [WORKLOAD …]` prints what it measured as JSON. The same
lines run on the reference engine and on PyTorch, for both have PyTorch's names; numpy by hand is
that of `by_hand`. Engines take turns in CPU time, each round the least of a few passes, with the
garbage collector off and all that was there before frozen; the process is given one thread.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from .by_hand import HANDS
from .families import FAMILIES

ROUNDS = 9
ROUND = 0.1
"""Seconds that a round of one engine takes, about."""
SHORT, LONG, WEIGHED = 10_000, 1_000_000, 100_000
"""Nodes of the chains whose time a node is compared, and of the one that is weighed."""
Pass = tuple[float, float]
Lib = Any
Passes = Callable[[], Pass]


@dataclass(frozen=True, slots=True)
class Bare:
    """A workload: its `size`, and what makes both passes of an engine from its package."""

    size: int
    make: Callable[[Lib, int], tuple[Sequence[Any], Callable[[], Any]]]


def chain(lib: Lib, n: int) -> tuple[Sequence[Any], Callable[[], Any]]:
    """n ops on one number."""
    x = lib.tensor(1.5, dtype=lib.float64, requires_grad=True)

    def forward() -> Any:
        y = x
        for _ in range(n // 2):
            y = y * 0.75 + 0.25
        return y

    return [x], forward


def fan_out(lib: Lib, n: int) -> tuple[Sequence[Any], Callable[[], Any]]:
    """One number used n times."""
    x = lib.tensor(1.5, dtype=lib.float64, requires_grad=True)

    def forward() -> Any:
        y = x * 0.75
        for _ in range(n - 1):
            y = y + x
        return y

    return [x], forward


def tensors(lib: Lib, family: str, n: int) -> list[Any]:
    """The leaves of a family's program in float32."""
    leaves = FAMILIES[family].make(n).leaves
    return [
        lib.tensor(leaf.array, dtype=lib.float32, requires_grad=leaf.requires_grad)
        for leaf in leaves
    ]


def perceptron(lib: Lib, n: int) -> tuple[Sequence[Any], Callable[[], Any]]:
    """784-256-256-10 with relu and cross-entropy, a batch of n."""
    x, target, *layers = tensors(lib, "perceptron", n)

    def forward() -> Any:
        y = x
        for k, (w, b) in enumerate(zip(layers[::2], layers[1::2], strict=True)):
            y = y @ w + b if k == 2 else lib.relu(y @ w + b)
        return -(lib.log_softmax(y, -1) * target).sum()

    return layers, forward


def causal_attention(lib: Lib, n: int) -> tuple[Sequence[Any], Callable[[], Any]]:
    """n positions, width 64, 4 heads."""
    x, future, _, weigh, *weights = tensors(lib, "causal attention", n)

    def forward() -> Any:
        q, k, v = ((x @ w).reshape(n, 4, 16).permute(1, 0, 2) for w in weights[:3])
        shares = lib.softmax((q @ k.permute(0, 2, 1)) * 0.25 + future, -1)
        out = (shares @ v).permute(1, 0, 2).reshape(n, 64) @ weights[3]
        return (out * weigh).sum()

    return weights, forward


def elementwise(lib: Lib, n: int) -> tuple[Sequence[Any], Callable[[], Any]]:
    """20 ops on n entries."""
    x, c = tensors(lib, "elementwise", n)

    def forward() -> Any:
        y = x
        for _ in range(5):
            y = lib.sin(lib.tanh(y * c) + c)
        return y.mean()

    return [x], forward


WORKLOADS: Mapping[str, Bare] = {
    "chain": Bare(10_000, chain),
    "fan-out": Bare(10_000, fan_out),
    "perceptron": Bare(64, perceptron),
    "causal attention": Bare(128, causal_attention),
    "elementwise": Bare(1_000_000, elementwise),
}
"""By the names of the families that they write down again."""
BY_HAND = ("perceptron", "causal attention", "elementwise")


def packages() -> dict[str, Lib]:
    """The bare reference engine, and torch if it is installed, on one thread."""
    from ..engines.reference import Reference

    found = {"reference": Reference.torch}
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        found["torch"] = torch
    return found


def engine_passes(lib: Lib, bare: Bare) -> Passes:
    """Both passes of a package, timed."""
    leaves, forward = bare.make(lib, bare.size)

    def once() -> Pass:
        for leaf in leaves:
            leaf.grad = None
        start = time.process_time()
        y = forward()
        middle = time.process_time()
        y.backward()
        return middle - start, time.process_time() - middle

    return once


def hand_passes(name: str) -> Passes:
    """Both passes as numpy does them by hand."""
    program = FAMILIES[name].make(WORKLOADS[name].size)
    leaves = [leaf.array.astype(np.float32) for leaf in program.leaves]
    forward, backward = HANDS[name].write(WORKLOADS[name].size)

    def once() -> Pass:
        start = time.process_time()
        _, saved = forward(*leaves)
        middle = time.process_time()
        backward(*saved)
        return middle - start, time.process_time() - middle

    return once


def measured(name: str, rounds: int = ROUNDS) -> dict[str, list[Pass]]:
    """The rounds of each engine on one workload, in turns."""
    takes = {key: engine_passes(lib, WORKLOADS[name]) for key, lib in packages().items()}
    if name in BY_HAND:
        takes["by-hand"] = hand_passes(name)
    found: dict[str, list[Pass]] = {key: [] for key in takes}
    counts = {
        key: max(1, min(50, int(ROUND / max(sum(_warm(t)), 1e-6)))) for key, t in takes.items()
    }
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for _ in range(rounds):
            for key, once in takes.items():
                gc.collect()
                found[key].append(min((once() for _ in range(counts[key])), key=sum))
    finally:
        gc.enable()
        gc.unfreeze()
    return found


def _warm(once: Passes) -> Pass:
    once()
    return once()


def depth(lib: Lib, rounds: int = 3) -> dict[str, list[float]]:
    """What a node of a long chain costs: time beside a short chain's, bytes, cyclic garbage."""
    found: dict[str, list[float]] = {"off": [], "on": []}
    for key in ("off", "on"):
        gc.collect()
        gc.freeze()
        (gc.enable if key == "on" else gc.disable)()
        for _ in range(rounds if key == "off" else 1):
            short = [sum(_swept(lib, SHORT)) / SHORT for _ in range(9)]
            found[key].append(sum(_swept(lib, LONG)) / LONG / sorted(short)[4])
        gc.unfreeze()
    gc.disable()
    _swept(lib, SHORT)
    gc.collect()
    _swept(lib, SHORT)
    found["garbage"] = [float(gc.collect())]
    gc.enable()
    found["bytes"] = [_weight(lib, WEIGHED) / WEIGHED]
    return found


def _swept(lib: Lib, n: int) -> Pass:
    return engine_passes(lib, Bare(n, chain))()


def _weight(lib: Lib, n: int) -> int:
    """The most bytes of Python and numpy that both passes of a chain hold."""
    once = engine_passes(lib, Bare(n, chain))
    tracemalloc.start()
    try:
        once()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main(argv: Sequence[str] | None = None) -> None:
    """Print the rounds of each workload, and what a long chain costs if chains are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", default=list(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(argv)
    names = [name for name in options.workloads if name in WORKLOADS]
    found: dict[str, Any] = {"rounds": {name: measured(name, options.rounds) for name in names}}
    if "chain" in names:
        found["depth"] = depth(packages()["reference"])
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")


if __name__ == "__main__":
    main()
