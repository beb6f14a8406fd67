"""L8: depth, width, memory, threads and errors.

A long chain is one step, `repeat`: an op applied so often to its own result. What a chain costs,
and what only the garbage collector can free, the worker measures itself.
"""

from __future__ import annotations

import numpy as np

from .clause import may, must, should
from .script import Builder, Ref

DEPTH, WIDTH, CYCLES = 100_000, 20_000, 100
GROWTH = 24.0
"""What an 8 times longer chain may cost: a linear engine comes to 8, a quadratic one to 64."""


@must("R1", "L8", blocked_by="S2")
def deep(s: Builder) -> None:
    """A chain of 100,000 ops records, sweeps and is freed at the default recursion limit.

    A sweep or a topological sort that calls itself for each parent ends at depth 1,000 with a
    RecursionError. A graph that is freed node inside node can overflow the C stack instead, and
    the process dies without a word.
    """
    x, c = s.leaf(3.0), s.constant(-1.0)
    y = s.repeat("multiply", DEPTH - 1, x, c)
    s.gradients(y, {x: -1.0}, f"the derivative of (-1)^{DEPTH - 1} x")
    s.step("forget", y)
    x, c = s.leaf(3.0), s.leaf(-1.0)
    s.gradients(s.call("multiply", x, c), {x: -1.0, c: 3.0}, "the long chain is gone")


@must("R2", "L8", blocked_by="R1")
def wide(s: Builder) -> None:
    """A value that is used 20,000 times gets the sum of 20,000 contributions."""
    x = s.leaf(2.0)
    y = s.repeat("add", WIDTH, s.constant(0.0), x)
    s.gradients(y, {x: float(WIDTH)}, "1 from each use")


@must("R3", "L8", blocked_by="X20")
def released(s: Builder) -> None:
    """The sweep releases what the graph has saved, though the result is still held.

    Otherwise a training loop that collects its losses keeps all activations of all steps.
    """
    s.python("saved_after_sweeps", {"before": True, "retained": True, "swept": False})


@must("R4", "L8")
def no_cycles(s: Builder) -> None:
    """A graph that nobody holds goes at once, by reference counts, without the collector.

    A node that holds a closure which holds the node is a cycle: its arrays stay until the garbage
    collector happens to run, and memory grows by whole graphs meanwhile.
    """
    x, c = s.leaf(3.0), s.constant(1.0)
    _swept_and_forgotten(s, x, c)
    s.step("collect", begin=True)
    _swept_and_forgotten(s, x, c)
    found = s.step("collect")
    s.at_most(found, CYCLES // 10, f"objects in cycles, after a graph of {CYCLES} ops is dropped")


def _swept_and_forgotten(s: Builder, x: Ref, c: Ref) -> None:
    y = s.repeat("multiply", CYCLES, x, c)
    s.step("forget", s.grads(y, x), y)
    s.step("forget", s.repeat("multiply", CYCLES, x, c))


@may("R5", "L8", blocked_by="G1")
def threads(s: Builder) -> None:
    """Four threads that sweep into one leaf add up exactly."""
    s.python("sweeps_of_threads", 6000.0, "4 threads, 500 sweeps each, 3 from every sweep")


@must("R6", "L8")
def repeatable(s: Builder) -> None:
    """The same computation again gives the same gradients, bit for bit.

    Where the order of a sum depends on the addresses of objects (a set of nodes, say), it does not.
    """
    rng = np.random.default_rng(6)
    data, weights = rng.standard_normal((7, 5)), rng.standard_normal((5, 3))
    for pair in zip(*(_network(s, data, weights) for _ in range(3)), strict=True):
        for again in pair[1:]:
            s.alike(again, pair[0])


def _network(s: Builder, data: object, weights: object) -> list[Ref]:
    """The gradients of a computation that uses each of its values many times."""
    x, w = s.leaf(data), s.leaf(weights)
    h = s.call("tanh", s.call("matmul", x, w))
    total = s.call("sum", h)
    for _ in range(6):
        h = s.call("tanh", s.call("add", h, s.call("multiply", h, total)))
        total = s.call("add", s.call("sum", h), s.call("multiply", total, total))
    return s.each_grad(total, x, w)


@must("R7", "L8", blocked_by="X1")
def sweep_in_a_sweep(s: Builder) -> None:
    """A sweep may begin inside another, also into the same leaf."""
    want = {"x": 149.0, "w": 12.0}
    s.python("sweep_in_a_sweep", want, "the hook's own sweeps give 5 to x and 3w² = 12 to w")


@should("R8", "L8")
def anomaly(s: Builder) -> None:
    """Anomaly mode stops a sweep that makes a NaN, and names the op that made it."""
    want = {"without": "nothing raised", "with": "names sqrt", "after": "nothing raised"}
    s.python("anomaly_named", want, "0 · sqrt(x) at 0")


@must("R9", "L8", blocked_by="X1")
def error_in_a_sweep(s: Builder) -> None:
    """After an error in the middle of a sweep the engine is usable, and remembers nothing of it."""
    want = {"raised": True, "records": True, "x": 12.0, "an older graph": 27.0}
    s.python("error_in_a_sweep", want, "x³ at 2, and x³ at 3 whose graph was there before")


@must("R10", "L8")
def linear(s: Builder) -> None:
    """Time and memory grow linearly with the depth of a graph.

    A tape that is copied for each op, or a list of nodes that is searched for each node, costs
    nothing in a small example and everything in a long one. Measured is the processor's time, and
    the memory that Python and numpy hold; the bound leaves a linear engine three times its cost.
    """
    x, c = s.leaf(3.0), s.constant(1.0)
    for what in ("time", "memory"):
        s.at_most(
            s.step("growth", x, c, op="multiply", what=what), GROWTH, "8 is linear, 64 square"
        )
