"""What is timed: families of programs that grow along one axis, as data.

>>> chain = FAMILIES["chain"]
>>> len(chain.make(10).calls)
10
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...oracles.program import Array, Call, Leaf, Program, call


@dataclass(frozen=True, slots=True)
class Family:
    """Programs of one kind: `make` gives the one of a size; `nodes` says how many calls it has.

    `growth` is the exponent with which the time of both passes should grow along `sizes`.
    """

    name: str
    says: str
    axis: str
    sizes: tuple[int, ...]
    make: Callable[[int], Program]
    dtype: str = "float64"
    growth: float = 1.0


class Draft:
    """A program while it is written: leaves first, then calls by their numbers."""

    def __init__(self, *leaves: Leaf) -> None:
        """Begin with the leaves."""
        self.leaves = leaves
        self.calls: list[Call] = []

    def __call__(self, op: str, *args: int, **params: object) -> int:
        """Append a call; the number of its value."""
        self.calls.append(call(op, *args, **params))
        return len(self.leaves) + len(self.calls) - 1

    def program(self) -> Program:
        """What was written; the last value is differentiated."""
        return Program(self.leaves, tuple(self.calls), (len(self.leaves) + len(self.calls) - 1,))


def drawn(*shape: int, scale: float = 1.0) -> Array:
    """Entries between −scale and scale that depend on the shape alone."""
    return np.random.default_rng(list(shape)).uniform(-scale, scale, shape)


def variable(*shape: int, scale: float = 1.0) -> Leaf:
    """A leaf that requires a gradient."""
    return Leaf.of(drawn(*shape, scale=scale), requires_grad=True)


def constant(*shape: int) -> Leaf:
    """A leaf that does not."""
    return Leaf.of(drawn(*shape))


def chain(n: int) -> Program:
    """One value through n ops, each on one entry."""
    p = Draft(Leaf.of(1.5, requires_grad=True), Leaf.of(0.75), Leaf.of(0.25))
    y = 0
    for k in range(n):
        y = p("multiply", y, 1) if k % 2 == 0 else p("add", y, 2)
    return p.program()


def fan_out(n: int) -> Program:
    """One value used n times, the uses added up."""
    p = Draft(Leaf.of(1.5, requires_grad=True), Leaf.of(0.75))
    total = p("multiply", 0, 1)
    for _ in range(n - 1):
        total = p("add", total, 0)
    return p.program()


def doubling(n: int) -> Program:
    """n times y = y + y: 2^n paths over n nodes."""
    p, y = Draft(Leaf.of(1.0, requires_grad=True)), 0
    for _ in range(n):
        y = p("add", y, y)
    return p.program()


def linear_regression(n: int) -> Program:
    """The mean squared error of a linear model with 8 features over n rows."""
    p = Draft(constant(n, 8), constant(n), variable(8), variable())
    error = p("subtract", p("add", p("matmul", 0, 2), 3), 1)
    p("mean", p("multiply", error, error))
    return p.program()


def perceptron(n: int) -> Program:
    """784-256-256-10 with relu and cross-entropy on a batch of n."""
    sizes = (784, 256, 256, 10)
    layers = [
        leaf
        for a, b in pairwise(sizes)
        for leaf in (variable(a, b, scale=a**-0.5), variable(b, scale=0.1))
    ]
    target = np.eye(10)[np.arange(n) % 10] / n
    p = Draft(constant(n, 784), Leaf.of(target), *layers)
    y = 0
    for k in range(3):
        y = p("add", p("matmul", y, 2 + 2 * k), 3 + 2 * k)
        y = p("nn.functional.relu", y) if k < 2 else y
    p("negative", p("sum", p("multiply", p("special.log_softmax", y, axis=-1), 1)))
    return p.program()


def attention(n: int) -> Program:
    """Causal self-attention over n positions, width 64, 4 heads."""
    future = np.triu(np.full((n, n), -1e9), 1)
    weights = [variable(64, 64, scale=0.125) for _ in range(4)]
    p = Draft(constant(n, 64), Leaf.of(future), Leaf.of(0.25), constant(n, 64), *weights)

    def heads(projection: int) -> int:
        split = p("reshape", p("matmul", 0, projection), shape=(n, 4, 16))
        return p("permute_dims", split, axes=(1, 0, 2))

    queries, keys, values = heads(4), heads(5), heads(6)
    scores = p("matmul", queries, p("permute_dims", keys, axes=(0, 2, 1)))
    shares = p("special.softmax", p("add", p("multiply", scores, 2), 1), axis=-1)
    mixed = p("permute_dims", p("matmul", shares, values), axes=(1, 0, 2))
    out = p("matmul", p("reshape", mixed, shape=(n, 64)), 7)
    p("sum", p("multiply", out, 3))
    return p.program()


def convolution(n: int) -> Program:
    """Two convolutions of n images of 17 × 17: 8 to 16 channels with a rim, then in steps of 2."""
    kernels = [variable(16, 8, 3, 3, scale=0.1), variable(16, 16, 3, 3, scale=0.1)]
    p = Draft(constant(n, 8, 17, 17), constant(n, 16, 8, 8), *kernels)
    y = p("nn.functional.relu", p("nn.functional.conv2d", 0, 2, padding=1))
    y = p("nn.functional.conv2d", y, 3, stride=2)
    p("sum", p("multiply", y, 1))
    return p.program()


def elementwise(n: int) -> Program:
    """20 elementwise ops on n entries."""
    p = Draft(variable(n), constant(n))
    y = 0
    for k in range(20):
        op = ("multiply", "tanh", "add", "sin")[k % 4]
        y = p(op, y) if op in ("tanh", "sin") else p(op, y, 1)
    p("mean", y)
    return p.program()


def reductions(n: int) -> Program:
    """Sums, maxima, means and logsumexp of n rows of 64, added up."""
    p = Draft(variable(n, 64), constant(n))
    rows = [
        p("sum", 0, axis=1),
        p("max", 0, axis=1),
        p("mean", 0, axis=1),
        p("special.logsumexp", 0, axis=1),
    ]
    total = rows[0]
    for row in rows[1:]:
        total = p("add", total, row)
    p("sum", p("multiply", total, 1))
    return p.program()


def indexing(n: int) -> Program:
    """n entries taken from 1,000 with repeats, and a slice of them."""
    at = np.random.default_rng(n).integers(0, 1000, n)
    p = Draft(variable(1000), Leaf.of(at), constant(n))
    taken = p("multiply", p("getitem", 0, 1, key=[{"arg": 1}]), 2)
    p("sum", p("getitem", taken, key=[{"slice": [None, None, 2]}]))
    return p.program()


_ROWS = (
    Family("chain", "one entry through n ops", "ops", (100, 1000, 10000), chain),
    Family("fan-out", "one value used n times", "uses", (100, 1000, 10000), fan_out),
    Family("doubling", "y = y + y, n times", "ops", (10, 20, 40, 80), doubling),
    Family("linear regression", "n rows of 8", "rows", (10, 1000, 100000), linear_regression),
    Family("perceptron", "784-256-256-10, batch of n", "rows", (16, 64, 256), perceptron,
           "float32"),
    Family("causal attention", "n positions, width 64, 4 heads", "positions", (32, 64, 128),
           attention, "float32", 2.0),
    Family("convolution", "17 × 17, 8 to 16 to 16 channels, n images", "images", (1, 8, 64),
           convolution, "float32"),
    Family("elementwise", "20 ops on n entries", "entries", (1000, 100000, 1000000), elementwise,
           "float32"),
    Family("reductions", "n rows of 64, reduced in 4 ways", "rows", (10, 1000, 10000), reductions),
    Family("indexing", "n entries taken from 1,000", "entries", (100, 10000, 100000), indexing),
)  # fmt: skip
FAMILIES: Mapping[str, Family] = {family.name: family for family in _ROWS}
"""Every family by its name."""
