"""One input of a black box, and what independent witnesses say of its slopes there.

Complex step and Taylor balls are exact where the function is analytic and runs on such numbers, and
silently wrong elsewhere (abs, a comparison with zero): they are heard only where finite
differences, which know their own error, do not contradict them.
"""

from __future__ import annotations

from collections.abc import Iterator

import flint
import numpy as np

from ...oracles import compare, differences, taylor
from ...oracles.differences import UNKNOWN, Slope
from ...oracles.program import Array
from ...oracles.rounding import UNIT, VIRTUAL
from .noisy import noisy
from .results import Truth
from .subjects import Subject

STEP = 1e-100
"""Of the complex step: small enough to leave values alone, and slopes of 1e-200 are still seen."""

DRAWS = 16
NEARBY = 32
"""Points near a kink at which slopes are looked up."""


class Point:
    """A subject at one input, with the cotangent that weights its outputs."""

    def __init__(self, subject: Subject, inputs: list[Array], seed: int) -> None:
        """Run the function; what it raises is passed on."""
        self.subject, self.inputs, self.seed = subject, inputs, seed
        self.base = subject.value(inputs)
        draw = np.random.default_rng([seed, 99])
        shape = self.base.shape
        weights = draw.uniform(0.5, 2.0, shape) * draw.choice([-1.0, 1.0], shape)
        self.cotangent = np.ones(shape) if subject.plain else np.asarray(weights)
        self._noise: list[Array] | None = None

    def moved(self, slot: int, x: Array) -> list[Array]:
        """The inputs with another array in a slot."""
        return [x if i == slot else y for i, y in enumerate(self.inputs)]

    def differences(self, slot: int, direction: Array) -> Slope:
        """The slope along a direction, by finite differences."""
        x = self.inputs[slot]

        def change(t: float) -> float:
            value = self._value(slot, x + t * direction)
            return np.nan if value is None else float((self.cotangent * (value - self.base)).sum())

        with np.errstate(all="ignore"):
            if np.isnan(change(2.0**-20)):
                return UNKNOWN
            return differences.slope(change, 1.0, self._rounding(slot, direction))

    def _value(self, slot: int, x: Array) -> Array | None:
        try:
            value = self.subject.value(self.moved(slot, x))
        except Exception:
            return None
        return value if value.shape == self.base.shape else None

    def _rounding(self, slot: int, direction: Array) -> float:
        """What rounding alone may do to the outputs that move along a direction.

        Where outputs cancel (1 − 1 far out in a tail) they are rounded in units of their size
        elsewhere: at the input with its sign changed, for one.
        """
        x = self.inputs[slot]
        size, moves = np.abs(self.base), np.zeros(self.base.shape, dtype=bool)
        for t in (2.0**-6, -(2.0**-6), 1.0, -1.0, 8.0, -8.0):
            value = self._value(slot, x + t * direction)
            if value is not None:
                moves |= value != self.base
                size = np.where((size == 0) & np.isfinite(value), np.abs(value), size)
        mirrored = self._value(slot, -x)
        if mirrored is not None:
            size = np.fmax(size, np.where(np.isfinite(mirrored), np.abs(mirrored), 0))
        return UNIT["float64"] * float(np.abs(self.cotangent * size)[moves].sum())

    def around(self, slot: int, direction: Array) -> tuple[float, float]:
        """The least and the greatest slope at points nearby: at a kink any of them may be right."""
        draw = np.random.default_rng([self.seed, slot, 7])
        x, slopes = self.inputs[slot], [np.nan]
        step = 2.0**-20
        with np.errstate(all="ignore"):
            for place in np.linspace(-2.5, 2.5, NEARBY):  # past each of the others, in turn
                others = differences.scales(x) * draw.standard_normal(x.shape)
                near = x + 2.0**-10 * np.where(direction == 0, others, place * direction)
                up = self._value(slot, near + step * direction)
                down = self._value(slot, near - step * direction)
                if up is not None and down is not None:
                    slopes.append(float((self.cotangent * (up - down)).sum()) / (2 * step))
            return float(np.nanmin(slopes, initial=np.inf)), float(
                np.nanmax(slopes, initial=-np.inf)
            )

    def complex(self, slot: int, direction: Array, seed: int | None = None) -> float:
        """The slope along a direction, by the complex step; NaN where it cannot tell."""
        with np.errstate(all="ignore"):
            moved = self.moved(slot, self.inputs[slot] + direction * (STEP * 1j))
            if seed is not None:
                moved = [noisy(z, seed, VIRTUAL) if z.dtype.kind in "fc" else z for z in moved]
            try:
                value = np.asarray(self.subject.other(moved)) if self.subject.other else None
            except Exception:
                return np.nan
            if value is None or value.dtype.kind != "c" or value.shape != self.base.shape:
                return np.nan
            if seed is None and not compare.near(np.real(value), self.base):
                return np.nan
            return float((self.cotangent * np.imag(np.asarray(value))).sum()) / STEP

    def taylor(self, slot: int, direction: Array) -> float:
        """The slope along a direction, at 200 bits; NaN where it cannot tell."""
        try:
            with flint.ctx.workprec(taylor.BITS), np.errstate(all="ignore"):
                moved = self.moved(slot, taylor._lift(self.inputs[slot], direction))
                value = np.asarray(self.subject.other(moved) if self.subject.other else 0.0)
                if value.dtype.kind != "O" or value.shape != self.base.shape:
                    return np.nan
                real = [float(b.value.mid()) for b in value.ravel()]
                if not compare.near(np.array(real).reshape(value.shape), self.base):
                    return np.nan
                total = flint.arb(0)
                for b, c in zip(value.ravel(), self.cotangent.ravel(), strict=True):
                    total += b.series[1] * float(c)
                return float(total.mid()) if float(total.rad()) <= 1e-30 else np.nan
        except Exception:
            return np.nan

    def complex_noise(self, slot: int, direction: Array, slope: float) -> float:
        """How far random rounding moves the complex step."""
        noise = 0.0
        for seed in range(DRAWS):
            moved = self.complex(slot, direction, self.seed + seed)
            noise = max(noise, abs(moved - slope)) if np.isfinite(moved) else noise
        return noise * UNIT["float64"] / VIRTUAL

    def claimed_noise(self, slot: int, found: list[Array | None]) -> Array:
        """How far random rounding moves the claimed gradient of a slot, entry by entry."""
        if self._noise is None:
            self._noise = [np.zeros(x.shape) for x in self.inputs]
            with np.errstate(all="ignore"):
                for rows in self._noisy_sweeps():
                    for total, row, base in zip(self._noise, rows, found, strict=True):
                        if row is not None and base is not None and row.shape == base.shape:
                            error = np.abs(np.asarray(row, dtype=float) - base)
                            np.fmax(total, np.where(np.isfinite(error), error, 0), out=total)
        return self._noise[slot] * (UNIT["float64"] / VIRTUAL)

    def _noisy_sweeps(self) -> Iterator[list[Array | None]]:
        for draw in range(DRAWS):
            try:
                yield self.subject.noisy(self.cotangent, self.inputs, self.seed + 10 * draw)
            except Exception:
                draw_from = np.random.default_rng([self.seed, draw])
                moved = [
                    x * (1 + VIRTUAL * draw_from.uniform(-1, 1, x.shape))
                    if x.dtype.kind == "f"
                    else x
                    for x in self.inputs
                ]
                try:
                    yield self.subject.sweep(self.cotangent, moved)
                except Exception:
                    return

    def truth(self, slot: int, direction: Array, step: float = 1.0) -> Truth | None:
        """What is known of the slope along a direction of size `step`; none if that is nothing.

        Complex step or Taylor where differences agree, or where the two agree with each other.
        """
        seen = self.differences(slot, direction)
        if seen.kind == "kink":
            return Truth(seen.low / step, seen.high / step, seen.error / step, "differences")
        number, ball = self.complex(slot, direction), self.taylor(slot, direction)
        error = self.complex_noise(slot, direction, number) if np.isfinite(number) else np.inf
        if seen.kind == "smooth":
            if compare.within(ball, seen.low, seen.high, seen.error) > 1.0:
                ball = np.nan
            if compare.within(number, seen.low, seen.high, seen.error + error) > 1.0:
                number = np.nan
        elif not compare.measured(number, ball, abs(ball), error, "float64") <= 1.0:
            return None
        if np.isfinite(ball) and not compare.within(number, ball, ball, error) <= 1.0:
            return Truth(ball / step, ball / step, 0.0, "Taylor ball")
        if np.isfinite(number):
            return Truth(number / step, number / step, error / step, "complex step")
        return Truth(seen.low / step, seen.high / step, seen.error / step, "differences")
