"""The families as a careful numpy programmer writes them, forward and backward: what is possible.

`by-hand` is an engine like any other, a symbolic one: its ops only note what is asked for, and
`compile` finds the family whose program that is and gives the functions written for it. What it is
not written for it declines. It is timed and weighed in a process of its own, as engines are.
"""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .families import FAMILIES

Array: TypeAlias = Any
Saved: TypeAlias = tuple[Any, ...]
Forward: TypeAlias = Callable[..., tuple[Array, Saved]]
"""The leaves of a program → its value, and what `Backward` needs."""
Backward: TypeAlias = Callable[..., tuple[Array, ...]]
"""What was saved → the gradients of the leaves that require one."""


def chain(n: int) -> tuple[Forward, Backward]:
    """In Python's own floats."""

    def forward(y: Array, a: Array, b: Array) -> tuple[Array, Saved]:
        y, a, b = float(y), float(a), float(b)
        for _ in range(n // 2):
            y = y * a
            y = y + b
        return np.float64(y * a if n % 2 else y), (a,)

    def backward(a: float) -> tuple[Array, ...]:
        g = 1.0
        for _ in range((n + 1) // 2):
            g = g * a
        return (np.float64(g),)

    return forward, backward


def linear_regression(n: int) -> tuple[Forward, Backward]:
    """The mean of squares as a product of the error with itself."""

    def forward(x: Array, target: Array, w: Array, b: Array) -> tuple[Array, Saved]:
        error = x @ w
        error += b - target
        return error @ error / n, (x, error)

    def backward(x: Array, error: Array) -> tuple[Array, ...]:
        g = error * (2 / n)
        return g @ x, g.sum()

    return forward, backward


def perceptron(n: int) -> tuple[Forward, Backward]:
    """Each layer in place on its product; softmax less target in one go."""

    def forward(x: Array, target: Array, *layers: Array) -> tuple[Array, Saved]:
        w1, b1, w2, b2, w3, b3 = layers
        first = x @ w1
        first += b1
        np.maximum(first, 0, out=first)
        second = first @ w2
        second += b2
        np.maximum(second, 0, out=second)
        shares = second @ w3
        shares += b3
        shares -= shares.max(1, keepdims=True)
        value = -np.vdot(shares, target)
        np.exp(shares, out=shares)
        sums = shares.sum(1, keepdims=True)
        shares /= sums
        weights = target.sum(1, keepdims=True)
        value += np.vdot(np.log(sums), weights)
        return value, (x, first, second, shares * weights - target, w2, w3)

    def backward(*saved: Array) -> tuple[Array, ...]:
        x, first, second, g, w2, w3 = saved
        g3, h3 = second.T @ g, g.sum(0)
        g = g @ w3.T
        g *= second > 0
        g2, h2 = first.T @ g, g.sum(0)
        g = g @ w2.T
        g *= first > 0
        return x.T @ g, g.sum(0), g2, h2, g3, h3

    return forward, backward


def causal_attention(n: int) -> tuple[Forward, Backward]:
    """Softmax in place on the scores; its vjp is p · (g - Σ p g)."""

    def split(x: Array) -> Array:
        return x.reshape(n, 4, 16).transpose(1, 0, 2)

    def joined(x: Array) -> Array:
        return x.transpose(1, 0, 2).reshape(n, 64)

    def forward(x: Array, future: Array, scale: Array, *rest: Array) -> tuple[Array, Saved]:
        weights, wq, wk, wv, wo = rest
        q, k, v = split(x @ wq), split(x @ wk), split(x @ wv)
        p = q @ k.transpose(0, 2, 1)
        p *= scale
        p += future
        p -= p.max(-1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(-1, keepdims=True)
        mixed = joined(p @ v)
        return np.vdot(mixed @ wo, weights), (x, scale, weights, wo, q, k, v, p, mixed)

    def backward(*saved: Array) -> tuple[Array, ...]:
        x, scale, weights, wo, q, k, v, p, mixed = saved
        g = split(weights @ wo.T)
        gv = p.transpose(0, 2, 1) @ g
        g = g @ v.transpose(0, 2, 1)
        g *= p
        g -= p * g.sum(-1, keepdims=True)
        g *= scale
        gq, gk = g @ k, g.transpose(0, 2, 1) @ q
        return (*(x.T @ joined(part) for part in (gq, gk, gv)), mixed.T @ weights)

    return forward, backward


def columns(x: Array, stride: int) -> Array:
    """All windows of 3 × 3, one a row, of images that stand as (n, height, width, channels)."""
    seen = sliding_window_view(x, (3, 3), axis=(1, 2))[:, ::stride, ::stride]
    return seen.reshape(-1, x.shape[3] * 9)


def unrolled(g: Array, like: Array, stride: int) -> Array:
    """The gradients of windows, added up where they overlap."""
    found = np.zeros_like(like)
    n, height, width, channels = like.shape
    rows, across = (height - 3) // stride + 1, (width - 3) // stride + 1
    g = g.reshape(n, rows, across, channels, 3, 3)
    for i, j in np.ndindex(3, 3):
        found[:, i : i + stride * rows : stride, j : j + stride * across : stride] += g[..., i, j]
    return found


def convolution(n: int) -> tuple[Forward, Backward]:
    """Products of windows with kernels; channels last, so that nothing is moved in between."""

    def forward(x: Array, c: Array, v: Array, w: Array) -> tuple[Array, Saved]:
        v, w, c = v.reshape(16, -1), w.reshape(16, -1), c.transpose(0, 2, 3, 1).reshape(-1, 16)
        wide = np.zeros((n, 19, 19, 8), x.dtype)
        wide[:, 1:18, 1:18] = x.transpose(0, 2, 3, 1)
        first = columns(wide, 1)
        y = first @ v.T
        np.maximum(y, 0, out=y)
        y = y.reshape(n, 17, 17, 16)
        second = columns(y, 2)
        return np.vdot(second @ w.T, c), (first, y, second, c, w)

    def backward(*saved: Array) -> tuple[Array, ...]:
        first, y, second, c, w = saved
        g = unrolled(c @ w, y, 2)
        g *= y > 0
        g = g.reshape(-1, 16).T @ first
        return g.reshape(16, 8, 3, 3), (c.T @ second).reshape(16, 16, 3, 3)

    return forward, backward


def elementwise(n: int) -> tuple[Forward, Backward]:
    """Each tanh is kept, and what goes into each sin; the way back is in place on them."""

    def forward(x: Array, c: Array) -> tuple[Array, Saved]:
        y, kept = x * c, []
        for k in range(5):
            t = np.tanh(y, out=y)
            s = t + c
            kept.append((t, s))
            y = np.sin(s)
            if k < 4:
                y *= c
        return y.mean(), (c, kept)

    def backward(c: Array, kept: list[tuple[Array, Array]]) -> tuple[Array, ...]:
        g = np.full_like(c, 1 / n)
        while kept:
            t, s = kept.pop()
            g *= np.cos(s, out=s)
            t *= t
            g *= np.subtract(1, t, out=t)
            g *= c
        return (g,)

    return forward, backward


def reductions(n: int) -> tuple[Forward, Backward]:
    """The greatest of a row serves `max` and `logsumexp`; a mean is a sum over 64."""

    def forward(x: Array, c: Array) -> tuple[Array, Saved]:
        at = x.argmax(1)
        greatest = x[np.arange(n), at]
        shares = np.exp(x - greatest[:, None])
        sums = shares.sum(1)
        rows = x.sum(1) * (1 + 1 / 64)
        rows += 2 * greatest
        rows += np.log(sums)
        return rows @ c, (c, at, shares, sums)

    def backward(c: Array, at: Array, shares: Array, sums: Array) -> tuple[Array, ...]:
        g = shares * (c / sums)[:, None]
        g += (c * (1 + 1 / 64))[:, None]
        g[np.arange(n), at] += c
        return (g,)

    return forward, backward


def indexing(n: int) -> tuple[Forward, Backward]:
    """Repeats are added up by `bincount`."""

    def forward(x: Array, at: Array, c: Array) -> tuple[Array, Saved]:
        return (x[at] * c)[::2].sum(), (at, c)

    def backward(at: Array, c: Array) -> tuple[Array, ...]:
        return (np.bincount(at[::2], c[::2], 1000),)

    return forward, backward


@dataclass(frozen=True, slots=True)
class Hand:
    """One family by hand: `size` reads it off the shapes of the leaves and the number of calls."""

    write: Callable[[int], tuple[Forward, Backward]]
    size: Callable[[Sequence[tuple[int, ...]], int], int]


def rows(shapes: Sequence[tuple[int, ...]], _: int) -> int:
    """The first axis of the first leaf."""
    return shapes[0][0]


HANDS: Mapping[str, Hand] = {
    "chain": Hand(chain, lambda _, calls: calls),
    "linear regression": Hand(linear_regression, rows),
    "perceptron": Hand(perceptron, rows),
    "causal attention": Hand(causal_attention, rows),
    "convolution": Hand(convolution, rows),
    "elementwise": Hand(elementwise, rows),
    "reductions": Hand(reductions, rows),
    "indexing": Hand(indexing, lambda shapes, _: shapes[1][0]),
}
"""Every family that was written by hand, by its name."""


# ---- the engine --------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Node:
    """A leaf of a shape, or an op that was asked for; `at` is its place in order."""

    at: int
    shape: tuple[int, ...] = ()
    op: str = ""
    args: tuple[Node, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


class ByHand:
    """numpy by hand."""

    name, version = "by-hand", np.__version__
    dtypes = "float64 float32"

    def __init__(self) -> None:
        """Offer the ops of all that is written."""
        self._count = itertools.count()
        small = [FAMILIES[name].make(FAMILIES[name].sizes[0]) for name in HANDS]
        self.ops = {op: self._noting(op) for program in small for op in program.ops}

    def _noting(self, op: str) -> Callable[..., Node]:
        def note(*args: Any, **params: Any) -> Node:
            if op == "getitem":
                x, key = args
                args = (x, *(part for part in key if isinstance(part, Node)))
            return Node(next(self._count), op=op, args=args, params=params)

        return note

    def symbol(self, shape: Sequence[int], dtype: str) -> Node:
        """A leaf."""
        return Node(next(self._count), tuple(shape))

    def grad(self, output: Node, leaves: Sequence[Node]) -> list[Node]:
        """Marks for the gradients, which `compile` gives all together."""
        return [Node(next(self._count), op="grad", args=(output, x)) for x in leaves]

    def compile(self, inputs: Sequence[Node], outputs: Sequence[Node]) -> Callable[..., Any]:
        """The function that was written for this program; raises `NotImplementedError`."""
        value, *grads = outputs
        forward, backward = written(inputs, value)
        if not grads:
            return lambda *leaves: (forward(*leaves)[0],)

        def both(*leaves: Array) -> tuple[Array, ...]:
            value, saved = forward(*leaves)
            return (value, *backward(*saved))

        both.halves = forward, lambda found: backward(*found[1])  # type: ignore[attr-defined]
        return both

    def memory(self, run: Callable[[], Any], device: str) -> tuple[int, int]:
        """All of it is numpy's and Python's, which tracemalloc sees."""
        tracemalloc.start()
        held = run()
        live, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del held
        return peak, live


def written(inputs: Sequence[Node], value: Node) -> tuple[Forward, Backward]:
    """The functions for the family and size whose program has the same leaves and calls."""
    asked = noted(inputs, value)
    shapes = [x.shape for x in inputs]
    for name, hand in HANDS.items():
        small = FAMILIES[name].make(FAMILIES[name].sizes[0])
        if len(small.leaves) == len(inputs) and {*small.ops} == {op for op, *_ in asked}:
            size = hand.size(shapes, len(asked))
            program = FAMILIES[name].make(size)
            calls = [(c.op, c.args, settled(c.params)) for c in program.calls]
            if calls == asked and [leaf.shape for leaf in program.leaves] == shapes:
                return hand.write(size)
    raise NotImplementedError("this program was not written by hand")


def noted(inputs: Sequence[Node], value: Node) -> list[tuple[str, tuple[int, ...], Any]]:
    """The calls that a value needs, as a program has them: op, numbers of its args, parameters."""
    calls: dict[int, Node] = {}
    stack = [value]
    while stack:
        node = stack.pop()
        if node.op and node.at not in calls:
            calls[node.at] = node
            stack.extend(node.args)
    order = [calls[at] for at in sorted(calls)]
    number = {id(node): k for k, node in enumerate([*inputs, *order])}
    return [
        (node.op, tuple([number[id(x)] for x in node.args]), settled(node.params)) for node in order
    ]


def settled(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that can be compared; a key is known by what it takes."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in params.items()
        if name != "key"
    }
