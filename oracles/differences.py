"""Finite differences that know how far they can be trusted: Ridders' tableau with its own error.

Difference quotients at steps h, h/2, h/4 … are extrapolated to h = 0 (Ridders, Advances in
Engineering Software 4, 1982). The error of an entry of the tableau is how far it is from its
neighbours, of lower order and of smaller step, plus what the measured noise of the function makes
of it. The right, the left and the central quotient are extrapolated apart: where the one-sided
derivatives differ there is a kink, and where they do not settle nothing is said.

>>> import math
>>> s = slope(lambda t: math.exp(1 + t) - math.exp(1), 1.0)
>>> s.kind, abs(s.value - math.e) <= 8 * s.error < 1e-8
('smooth', True)
>>> s = slope(abs, 1.0)
>>> s.kind, s.low, s.high
('kink', -1.0, 1.0)

A program's decisions are known, so there a step never leaves the branch that the leaves are in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .evaluate import UnsupportedError, evaluate
from .kit import Kit
from .program import Array, Program
from .rounding import UNIT
from .taylor import unit

COARSE = range(6, 19)
"""Steps tried first, as powers of 1/2 of the scale."""
WIDE = range(2, 32)
"""Steps tried where those do not settle: functions that vary fast, or a kink nearby."""
ORDER = 5
"""Columns of the tableau."""
SETTLED = 1e-3
"""A one-sided derivative known less well than this, relative to its quotients, says nothing."""
SHARP = 1e-6
"""One-sided derivatives known this well vouch for the central one."""
STAIRS = 2.0**32
"""A function noisier than single precision, in units of its float64 rounding, is not judged."""
_NEAR = np.random.default_rng(45).uniform(-(2.0**-45), 2.0**-45, 12)


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative of a function of one number: `smooth`, a `kink`, or `unknown`.

    `low` and `high` are the one-sided derivatives at a kink, and equal where the function is
    smooth. `error` is an absolute estimate of what may be wrong with them.
    """

    kind: str
    low: float
    high: float
    error: float

    @property
    def value(self) -> float:
        """The middle; the derivative itself where the function is smooth."""
        return (self.low + self.high) / 2


UNKNOWN = Slope("unknown", np.nan, np.nan, np.inf)


def slope(change: Callable[[float], float], scale: float, floor: float = 0.0) -> Slope:
    """The derivative at 0 of `change`, a function with `change(0) = 0`.

    `scale` is the size of t over which the function may vary; `floor` is a lower bound of its
    absolute rounding noise, the rest is measured. Where it cannot be evaluated it gives NaN.
    """
    cached = lru_cache(None)(change)
    with np.errstate(all="ignore"):
        noise = max(floor, _scatter(cached, scale))
        if noise > STAIRS * floor > 0:
            return UNKNOWN
        found = _estimate(cached, scale, COARSE, noise)
        if found.error <= 1e-9 * max(abs(found.low), abs(found.high)):
            return found
        stairs = max(_stairs(cached, scale), _stairs(cached, -scale))
        if stairs > STAIRS * floor:
            return UNKNOWN
        wide = _estimate(cached, scale, WIDE, max(noise, stairs))
    return wide if wide.error < found.error else found


def _estimate(change: Callable[[float], float], scale: float, span: range, noise: float) -> Slope:
    h = scale * 2.0 ** -np.array(span, dtype=float)
    up = np.array([change(float(t)) for t in h])
    down = np.array([change(float(-t)) for t in h])
    right, right_error = _ridders(up / h, 2.0, noise / h)
    left, left_error = _ridders(-down / h, 2.0, noise / h)
    quotients = np.abs(np.concatenate([up / h, down / h]))
    size = float(np.max(quotients, initial=0.0, where=np.isfinite(quotients)))
    if not max(right_error, left_error) <= SETTLED * size + 64 * noise / h[0]:
        return UNKNOWN
    if not abs(right - left) <= 8 * (right_error + left_error):
        ends = sorted((left, right))
        return Slope("kink", ends[0], ends[1], max(right_error, left_error))
    centre, error = _ridders((up - down) / (2 * h), 4.0, noise / h)
    if right_error + left_error > SHARP * size:
        error = max(error, right_error, left_error)
    return Slope("smooth", centre, centre, error) if error < np.inf else UNKNOWN


def _ridders(column: Array, ratio: float, noise: Array) -> tuple[float, float]:
    """The entry of the tableau with the smallest error, and that error; NaN never wins.

    `ratio` is 2 if the error has every power of the step, 4 if it has even powers only.
    """
    best, least, factor = np.nan, np.inf, 1.0
    quotients, known = column, 8 * noise
    for _ in range(1, ORDER):
        factor *= ratio
        better = (factor * column[1:] - column[:-1]) / (factor - 1)
        noise = (factor * noise[1:] + noise[:-1]) / (factor - 1)
        error = np.maximum(np.abs(better - column[1:]), np.abs(better - column[:-1]))
        error = np.maximum(error[:-1], error[1:]) + np.abs(np.diff(better)) + noise[:-1]
        error += 8 * UNIT["float64"] * np.abs(better[:-1])  # of the quotients themselves
        error = np.where(_steady(better[:-1], quotients, known), error, np.inf)
        at = int(np.argmin(error))
        if error[at] < least:
            best, least = float(better[at]), float(error[at])
        column = better
    return best, least


def _steady(values: Array, quotients: Array, known: Array) -> Array:
    """Which values no quotient at a smaller step contradicts.

    A quotient comes nearer to the derivative as its step shrinks, up to noise; near a kink, or
    where steps leap over waves of the function, quotients at large steps only seem to settle.
    """
    away = np.abs(quotients - values[:, None])
    first = np.arange(len(values))
    start = np.maximum(away[first, first], away[first, first + 1])
    later = np.arange(len(quotients)) > first[:, None]
    calm = np.all(~later | (away <= 2 * start[:, None] + known), axis=1)
    return np.asarray(calm & np.isfinite(start))


def _scatter(change: Callable[[float], float], scale: float) -> float:
    """The noise of the function: how far it is from a straight line, a few hundred ulps around.

    Taken at random places: rounding errors at equal distances can be in step with each other.
    """
    points = np.array([change(float(t)) for t in _NEAR * scale])
    good = np.isfinite(points)
    if good.sum() < 4:
        return 0.0
    line = np.stack([_NEAR[good] / _NEAR.max(), np.ones(int(good.sum()))], axis=1)
    fit = np.linalg.lstsq(line, points[good], rcond=None)[0]
    return 2.0 * float(np.max(np.abs(points[good] - line @ fit)))


def _stairs(change: Callable[[float], float], scale: float) -> float:
    """The height of a step, if the function stands still at small steps and not at larger ones."""
    changes = np.array([change(scale * 2.0**-k) for k in WIDE])
    moves = np.abs(changes[np.isfinite(changes)])
    if moves.size == 0 or moves[-1] != 0 or not moves.any():
        return 0.0
    return float(moves[np.flatnonzero(moves)[-1]])


def scales(x: Array) -> Array:
    """How far each entry may be moved: its magnitude, or for a zero that of the others, or 1."""
    size = np.abs(x)
    live = size[(size > 0) & np.isfinite(size)]
    return np.where(size > 0, size, float(live.mean()) if live.size else 1.0)


def along(program: Program, direction: Sequence[Array | None]) -> Slope:
    """The derivative of the last output along `direction`, inside one branch signature.

    Steps at which a decision goes another way are not used: smaller ones are. `unknown` where
    every step leaves the branch, as at a tie.
    """

    def run(t: float) -> tuple[Array, list[bytes]]:
        kit = Kit()
        leaves = [
            leaf.array if d is None else leaf.array + t * d
            for leaf, d in zip(program.leaves, direction, strict=True)
        ]
        return evaluate(program, leaves, kit)[program.outputs[-1]], kit.signature

    base, branch = run(0.0)

    def change(t: float) -> float:
        value, taken = run(t)
        return float(value - base) if taken == branch else np.nan

    found = slope(change, 1.0, UNIT["float64"] * abs(float(base)))
    return found if found.kind == "smooth" else UNKNOWN


def gradient(program: Program) -> tuple[list[Array], list[Array | None]]:
    """Every output and, for each leaf, the gradient of the last one (or none).

    Raises `UnsupportedError` where some entry's differences do not settle.
    """
    values = evaluate(program, [leaf.array for leaf in program.leaves], Kit())
    gradients: list[Array | None] = [None] * len(program.leaves)
    for i in program.wanted:
        sizes = scales(program.leaves[i].array)
        out = np.zeros(sizes.shape)
        for index in np.ndindex(out.shape):
            direction = unit(program, i, index)
            direction[i] = direction[i] * sizes[index]
            found = along(program, direction)
            if found.kind != "smooth":
                raise UnsupportedError("differences do not settle")
            out[index] = found.value / sizes[index]
        gradients[i] = out
    return [np.asarray(values[o]) for o in program.outputs], gradients
