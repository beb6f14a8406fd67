"""An engine's path beside the oracle's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...oracles import compare
from ...oracles.descent import Path, descend, known, mean, noise
from ...oracles.program import Array, Program
from ..adapter import Answer
from .trainings import STEPS, TRAININGS, Training

Answers = Callable[[Sequence[Program]], list[Answer]]


@dataclass(frozen=True, slots=True)
class Known:
    """What a path should be, how far rounding may carry it, and who says so."""

    path: Path
    noise: Path
    source: str


@functools.cache
def expected(name: str, dtype: str, without: frozenset[str]) -> Known:
    """The oracle's path of a training. `without` names oracles that share the engine's code."""
    t = TRAININGS[name]
    gradient, source = known(t.model.programs, without)
    path = descend(t.model.start, t.optimiser, STEPS, gradient)
    return Known(path, _noise(name, dtype), source)


@functools.cache
def _noise(name: str, dtype: str) -> Path:
    t = TRAININGS[name]
    return noise(t.model.start, t.optimiser, STEPS, t.model.programs, dtype)


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a path leaves the noise: after which step, in what, by how many tolerances."""

    step: int
    what: str
    got: str
    want: str
    score: float
    tolerance: float

    def __str__(self) -> str:
        """`after step 3, w1[0, 2] is 0.5, but should be 0.25`."""
        return f"after step {self.step + 1}, {self.what} is {self.got}, but should be {self.want}"


@dataclass(frozen=True, slots=True)
class Walk:
    """The programs of each step that an engine was sent, and what came of it.

    `failed`: the answer in which a loss or gradient was not what a path can go on with; `gap` the
    first step outside the noise. `sharp` is the number of steps at which the noise left any power,
    `score` the largest error in units of the tolerance.
    """

    programs: list[list[Program]]
    failed: bool = False
    gap: Gap | None = None
    sharp: int = STEPS
    score: float = 0.0


class StoppedError(Exception):
    """The engine gave no gradient to go on with."""


def walk(training: Training, want: Known, answers: Answers, dtype: str) -> Walk:
    """Train with an engine's gradients, and compare every step with what is expected."""
    sent: list[list[Program]] = []
    model = training.model

    def gradient(step: int, parameters: Sequence[Array]) -> tuple[Array, Sequence[Array]]:
        sent.append(model.programs(step, parameters))
        return mean([_run(answer, model.start) for answer in answers(sent[-1])])

    with np.errstate(all="ignore"):
        try:
            path = descend(model.start, training.optimiser, STEPS, gradient)
        except StoppedError:
            return Walk(sent, failed=True)
        return _compared(training, path, want, sent, dtype)


def _run(answer: Answer, parameters: Sequence[Array]) -> tuple[list[Array], list[Array | None]]:
    """The loss and the gradients of the parameters, as wide as the updates are."""
    if answer.error is not None:
        raise StoppedError
    loss = np.asarray(answer.values[-1], np.float64)
    gradients: list[Array | None] = []
    for g, p in zip(answer.grads, parameters, strict=False):
        if g is None or g.shape != p.shape or loss.shape:
            raise StoppedError
        gradients.append(np.asarray(g, np.float64))
    return [loss], gradients


def _compared(
    training: Training, path: Path, want: Known, sent: list[list[Program]], dtype: str
) -> Walk:
    """Step by step, until something is outside the noise, or the noise leaves no power."""
    names = ["the loss", *training.model.parameters]
    worst = 0.0
    for step in range(STEPS):
        blurred = 0.0
        for name, got, right, spread in zip(
            names, _at(path, step), _at(want.path, step), _at(want.noise, step), strict=True
        ):
            found = compare.entries(got, right, spread, dtype)
            blurred = max(blurred, found.resolution)
            worst = max(worst, found.worst)
            if found.worst > 1.0:
                return Walk(sent, gap=_gap(step, name, got, right, found), score=found.worst)
        if blurred > compare.blunt(dtype):
            return Walk(sent, sharp=step, score=worst)
    return Walk(sent, score=worst)


def _at(path: Path, step: int) -> list[Array]:
    """The loss of a step and the parameters after it."""
    return [path.losses[step], *path.parameters[step]]


def _gap(step: int, name: str, got: Array, want: Array, found: compare.Entries) -> Gap:
    at = np.unravel_index(int(np.argmax(found.errors)), found.errors.shape)
    where = f"{name}[{', '.join(map(str, at))}]" if at else name
    return Gap(step, where, str(got[at]), str(want[at]), found.worst, float(found.tolerance[at]))
