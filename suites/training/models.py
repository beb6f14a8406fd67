"""Models small enough to be trained a hundred steps in a tenth of a second, as programs.

Parameters and data lie on a grid of 1/64, exact at every dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...oracles.program import Array, Call, Leaf, Program, call


@dataclass(frozen=True, slots=True)
class Model:
    """Parameters by name, what each batch holds, and the calls that end in the loss.

    Each step takes the gradients of `micro` batches, one program each, and their mean.
    """

    name: str
    says: str
    parameters: dict[str, Array]
    batches: tuple[tuple[Array, ...], ...]
    calls: tuple[Call, ...]
    micro: int = 1

    @property
    def start(self) -> list[Array]:
        """The parameters before the first step."""
        return list(self.parameters.values())

    def program(self, batch: int, parameters: Sequence[Array]) -> Program:
        """The loss of a batch, with its gradients asked for."""
        constants = self.batches[batch % len(self.batches)]
        leaves = *(Leaf.of(p, requires_grad=True) for p in parameters), *map(Leaf.of, constants)
        return Program(leaves, self.calls, (len(leaves) + len(self.calls) - 1,))

    def programs(self, step: int, parameters: Sequence[Array]) -> list[Program]:
        """The programs of a step."""
        return [self.program(step * self.micro + k, parameters) for k in range(self.micro)]

    @property
    def ops(self) -> frozenset[str]:
        """The ops that an engine needs for it."""
        return frozenset(c.op for c in self.calls)


class Net:
    """Writes a model's calls: each gives the number of its value."""

    def __init__(self, leaves: int) -> None:
        """So many leaves come first."""
        self.leaves, self.calls = leaves, list[Call]()

    def __call__(self, op: str, *args: int, **params: Any) -> int:
        """A call."""
        self.calls.append(call(op, *args, **params))
        return self.leaves + len(self.calls) - 1

    def linear(self, x: int, weight: int, bias: int) -> int:
        """xW + b."""
        return self("add", self("matmul", x, weight), bias)

    def squared_error(self, x: int, target: int) -> int:
        """The mean of (x − t)²."""
        d = self("subtract", x, target)
        return self("mean", self("multiply", d, d))

    def normalized(self, x: int, axis: int, tiny: int) -> int:
        """(x − mean)/√(var + ε) along an axis."""
        centred = self("subtract", x, self("mean", x, axis=axis, keepdims=True))
        var = self("mean", self("multiply", centred, centred), axis=axis, keepdims=True)
        return self("divide", centred, self("sqrt", self("add", var, tiny)))


Forward = Callable[..., int]
"""Writes the calls, given the net and the numbers of its leaves; what it gives is the loss."""


def model(
    name: str,
    says: str,
    parameters: dict[str, Array],
    batches: Sequence[Sequence[Array]],
    forward: Forward,
    micro: int = 1,
) -> Model:
    """A model from what its forward pass writes."""
    leaves = len(parameters) + len(batches[0])
    net = Net(leaves)
    forward(net, *range(leaves))
    return Model(name, says, parameters, tuple(map(tuple, batches)), tuple(net.calls), micro)


_rng = np.random.default_rng(100)


def grid(*shape: int, scale: float = 1.0) -> Array:
    """Multiples of 1/64 in [−scale, scale]."""
    most = int(64 * scale)
    return _rng.integers(-most, most, shape, endpoint=True) / 64


def _linear(net: Net, w: int, b: int, x: int, t: int) -> int:
    return net.squared_error(net.linear(x, w, b), t)


def _perceptron(net: Net, w1: int, b1: int, w2: int, b2: int, x: int, t: int) -> int:
    hidden = net("tanh", net.linear(x, w1, b1))
    return net.squared_error(net.linear(hidden, w2, b2), t)


def _classifier(net: Net, w: int, b: int, x: int, targets: int) -> int:
    logs = net("special.log_softmax", net.linear(x, w, b), axis=1)
    return net("negative", net("mean", net("take_along_axis", logs, targets, axis=1)))


def _tied(net: Net, w: int, x: int, t: int) -> int:
    code = net("tanh", net("matmul", x, w))
    return net.squared_error(net("matmul", code, net("permute_dims", w, axes=[1, 0])), t)


def _frozen(net: Net, w1: int, b1: int, x: int, t: int, w2: int, b2: int) -> int:
    return _perceptron(net, w1, b1, w2, b2, x, t)


def _dropout(net: Net, w1: int, w2: int, x: int, t: int, mask: int, zero: int, p: int) -> int:
    hidden = net("tanh", net("matmul", x, w1))
    kept = net("where", mask, net("divide", hidden, p), zero)
    return net.squared_error(net("matmul", kept, w2), t)


def _normal(axis: int) -> Forward:
    def forward(net: Net, w: int, scale: int, shift: int, v: int, x: int, t: int, tiny: int) -> int:
        normal = net.normalized(net("matmul", x, w), axis, tiny)
        hidden = net("tanh", net("add", net("multiply", normal, scale), shift))
        return net.squared_error(net("matmul", hidden, v), t)

    return forward


def _embedding(net: Net, table: int, w: int, ids: int, t: int) -> int:
    rows = net("take", table, ids, axis=0)
    return net.squared_error(net("tanh", net("matmul", rows, w)), t)


def _attention(
    net: Net, wq: int, wk: int, wv: int, x: int, t: int, seen: int, never: int, half: int
) -> int:
    q, k, v = (net("matmul", x, w) for w in (wq, wk, wv))
    scores = net("multiply", net("matmul", q, net("permute_dims", k, axes=[1, 0])), half)
    shares = net("special.softmax", net("where", seen, scores, never), axis=1)
    return net.squared_error(net("matmul", shares, v), t)


def _layers() -> dict[str, Array]:
    return {"w1": grid(1, 10), "b1": grid(10), "w2": grid(10, 1, scale=0.5), "b2": grid(1)}


def _normalization(name: str, says: str, axis: int) -> Model:
    parameters = {"w": grid(3, 4), "scale": 1 + grid(4, scale=0.25), "shift": grid(4),
                  "v": grid(4, 1)}  # fmt: skip
    batches = [[grid(8, 3), grid(8, 1), np.array(2.0**-10)] for _ in range(2)]
    return model(name, says, parameters, batches, _normal(axis))


_X = np.arange(-8, 8)[:, None] / 8
_WAVE = np.round(64 * np.sin(3 * _X)) / 64
_head = grid(10, 1), grid(1)
_TEXT = np.array([2, 5, 1, 2, 0, 5, 5, 3])

MODELS = (
    model("linear", "linear regression", {"w": grid(3, 1), "b": grid(1)},
          [[grid(8, 3), grid(8, 1)]], _linear),
    model("batches", "linear regression in four mini-batches", {"w": grid(3, 1), "b": grid(1)},
          [[grid(4, 3), grid(4, 1)] for _ in range(4)], _linear),
    model("micro", "linear regression, each step over two micro-batches",
          {"w": grid(3, 1), "b": grid(1)}, [[grid(4, 3), grid(4, 1)] for _ in range(4)], _linear,
          micro=2),
    model("perceptron", "a perceptron 1-10-1 that learns a sine", _layers(), [[_X, _WAVE]],
          _perceptron),
    model("classifier", "a softmax classifier with cross-entropy", {"w": grid(4, 3), "b": grid(3)},
          [[grid(9, 4), np.arange(9)[:, None] % 3]], _classifier),
    model("tied", "an autoencoder whose decoder is its encoder transposed", {"w": grid(4, 3)},
          [[grid(6, 4), grid(6, 4)]], _tied),
    model("frozen", "a perceptron with a frozen head", {"w1": grid(1, 10), "b1": grid(10)},
          [[_X, _WAVE, *_head]], _frozen),
    model("dropout", "dropout with a mask of its own for each step",
          {"w1": grid(3, 8), "w2": grid(8, 1)},
          [[grid(6, 3), grid(6, 1), _rng.random((6, 8)) < 0.5, np.array(0.0), np.array(0.5)]
           for _ in range(5)], _dropout),
    _normalization("batch_norm", "batch normalisation in training", 0),
    _normalization("layer_norm", "layer normalisation", 1),
    model("embedding", "an embedding whose rows come more than once",
          {"table": grid(6, 3), "w": grid(3, 2)}, [[_TEXT, grid(8, 2)]], _embedding),
    model("attention", "causal self-attention",
          {"wq": grid(4, 4), "wk": grid(4, 4), "wv": grid(4, 2)},
          [[grid(5, 4), grid(5, 2), np.tri(5, dtype=bool), np.array(-math.inf), np.array(0.5)]],
          _attention),
)  # fmt: skip
"""Every model."""
