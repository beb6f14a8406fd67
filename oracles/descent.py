"""Descent: what a hundred steps of an optimiser make of a program's parameters.

The updates are a few lines of numpy in float64; only the gradients come from elsewhere. How far
rounding alone may carry a path is measured, too: it is walked `DRAWS` times, with every op of the
gradient and every update rounded at random, and the largest distance is the noise of each step.

>>> def gradient(step, parameters):
...     (x,) = parameters
...     return x**2, [2 * x]
>>> path = descend([np.array(1.0)], sgd(0.25, momentum=0.0, decay=0.0), 2, gradient)
>>> [float(x) for (x,) in path.parameters], [float(loss) for loss in path.losses]
([0.5, 0.25], [1.0, 0.25])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from . import complex_step, pytorch
from .evaluate import UnsupportedError
from .program import Array, Program
from .rounding import UNIT, complex_gradient, drawn_at

DRAWS = 16
FEW = 4
"""Draws without PyTorch, where each is a run of its own."""

Gradient: TypeAlias = Callable[[int, Sequence[Array]], tuple[Array, Sequence[Array]]]
"""The loss and the gradients at a step, of these parameters."""
Update: TypeAlias = Callable[[Sequence[Array], Sequence[Array]], list[Array]]
"""New parameters from the old ones and their gradients; it remembers what it needs."""
Optimiser: TypeAlias = Callable[[], Update]
Programs: TypeAlias = Callable[[int, Sequence[Array]], Sequence[Program]]
"""The programs of a step, at these parameters: the step follows the mean of their gradients."""


def sgd(rate: float, momentum: float, decay: float) -> Optimiser:
    """Gradient descent with momentum and weight decay, as PyTorch's SGD has them."""

    def begin() -> Update:
        velocity: list[Array] = []

        def update(parameters: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
            given = [g + decay * p for p, g in zip(parameters, gradients, strict=True)]
            before = velocity or [np.zeros_like(g) for g in given]
            velocity[:] = [momentum * v + g for v, g in zip(before, given, strict=True)]
            return [p - rate * v for p, v in zip(parameters, velocity, strict=True)]

        return update

    return begin


def adam(rate: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> Optimiser:
    """Adam (Kingma and Ba, ICLR 2015, algorithm 1)."""

    def begin() -> Update:
        first: list[Array] = []
        second: list[Array] = []
        steps = [0]

        def update(parameters: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
            steps[0] += 1
            zeros = [np.zeros_like(g) for g in gradients]
            for held, beta, power in ((first, betas[0], 1), (second, betas[1], 2)):
                pairs = zip(held or zeros, gradients, strict=True)
                held[:] = [beta * m + (1 - beta) * g**power for m, g in pairs]
            right = [1 - beta ** steps[0] for beta in betas]
            return [
                p - rate * (m / right[0]) / (np.sqrt(v / right[1]) + eps)
                for p, m, v in zip(parameters, first, second, strict=True)
            ]

        return update

    return begin


def forgetful(optimiser: Optimiser) -> Optimiser:
    """The same without `zero_grad`: each step follows the sum of all gradients so far."""

    def begin() -> Update:
        update, total = optimiser(), list[Array]()

        def summed(parameters: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
            before = total or [np.zeros_like(g) for g in gradients]
            total[:] = [t + g for t, g in zip(before, gradients, strict=True)]
            return update(parameters, total)

        return summed

    return begin


@dataclass(frozen=True, slots=True)
class Path:
    """The loss before each step, and the parameters after it."""

    losses: list[Array]
    parameters: list[list[Array]]


def descend(start: Sequence[Array], optimiser: Optimiser, steps: int, gradient: Gradient) -> Path:
    """Walk so many steps."""
    update, at, path = optimiser(), list(start), Path([], [])
    for step in range(steps):
        loss, gradients = gradient(step, at)
        at = update(at, gradients)
        path.losses.append(loss)
        path.parameters.append(at)
    return path


def known(programs: Programs, without: frozenset[str] = frozenset()) -> tuple[Gradient, str]:
    """An oracle's gradient for `descend`, and its name; `without` names those without a vote."""
    torch = "pytorch" not in without and pytorch.available()
    oracle = pytorch.gradient if torch else complex_gradient

    def gradient(step: int, parameters: Sequence[Array]) -> tuple[Array, Sequence[Array]]:
        return mean([oracle(program) for program in programs(step, parameters)])

    return gradient, "pytorch" if torch else "complex_step"


def mean(runs: Sequence[pytorch.Run]) -> tuple[Array, list[Array]]:
    """The mean of the losses and of the gradients of several programs."""
    losses = [np.asarray(outputs[-1]) for outputs, _ in runs]
    gradients = [[g for g in found if g is not None] for _, found in runs]
    many = len(runs)
    return sum(losses, np.zeros(())) / many, [
        np.asarray(sum(parts) / many) for parts in zip(*gradients, strict=True)
    ]


def noise(
    start: Sequence[Array], optimiser: Optimiser, steps: int, programs: Programs, dtype: str
) -> Path:
    """How far rounding at a dtype carries the losses and the parameters of each step, entry by
    entry."""
    unit, draws = drawn_at(dtype), DRAWS if pytorch.available() else FEW
    rng = np.random.default_rng(steps)

    def rounded(x: Array) -> Array:
        return np.asarray(x * (1.0 + unit * rng.uniform(-1.0, 1.0, x.shape)))

    def begin() -> Update:
        update = optimiser()
        return lambda parameters, gradients: [rounded(x) for x in update(parameters, gradients)]

    def gradient(step: int, parameters: Sequence[Array]) -> tuple[Array, Sequence[Array]]:
        at = list(parameters)
        firsts = programs(step, [x[0] for x in at])
        try:
            runs = [
                pytorch.rounded(program, draws, unit, step * len(firsts) + k, at)
                for k, program in enumerate(firsts)
            ]
        except UnsupportedError:
            return _one_by_one(programs, step, at, unit)
        return mean(runs)

    many = [rounded(np.broadcast_to(x, (draws, *x.shape))) for x in start]
    noisy = descend(many, begin, steps, gradient)
    base = descend(start, optimiser, steps, known(programs)[0])
    scale = UNIT[dtype] / unit
    return Path(
        [_spread(n, b) * scale for n, b in zip(noisy.losses, base.losses, strict=True)],
        [
            [_spread(n, b) * scale for n, b in zip(one, other, strict=True)]
            for one, other in zip(noisy.parameters, base.parameters, strict=True)
        ],
    )


def _one_by_one(
    programs: Programs, step: int, at: Sequence[Array], unit: float
) -> tuple[Array, Sequence[Array]]:
    """Without PyTorch: complex steps, a run a draw."""
    found = []
    for k in range(len(at[0])):
        draw = complex_step.RandomRounding(step * FEW + k, unit)
        mine = programs(step, [x[k] for x in at])
        found.append(mean([complex_gradient(program, draw) for program in mine]))
    losses, gradients = zip(*found, strict=True)
    return np.stack(losses), [np.stack(parts) for parts in zip(*gradients, strict=True)]


def _spread(noisy: Array, base: Array) -> Array:
    """The largest deviation over the draws, which are the first axis."""
    return np.asarray(np.abs(noisy - base).max(axis=0))
