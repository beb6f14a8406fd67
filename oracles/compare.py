"""When two numbers are the same: every tolerance of the project, in one file.

Three rules, from cheap to thorough.
- `exact`: `==`, where nothing rounds.
- `screen`: one directional derivative against the complex step. It acquits; it never convicts.
- `entries`: every entry against the truth, in units of a tolerance made of measured noise.

Comparisons are written so that NaN never equals a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .program import Array
from .rounding import TINY, UNIT

SCREEN = 1e4
"""The screen acquits within this many unit roundoffs of the sum of magnitudes."""
SAFETY = 8.0
"""Tolerance in units of the largest of the measured deviations."""
FAR = 64.0
"""An error above this many tolerances is wrong; between one and this it is inaccurate."""


def along(
    gradients: Sequence[Array | None], direction: Sequence[Array | None]
) -> tuple[float, float]:
    """Σ gᵢdᵢ and Σ |gᵢdᵢ| over all leaves."""
    pairs = zip(gradients, direction, strict=True)
    with np.errstate(all="ignore"):
        products = [(g * d).ravel() for g, d in pairs if g is not None and d is not None]
        if not products:
            return 0.0, 0.0
        terms = np.concatenate(products)
        return float(np.add.reduce(terms)), float(np.add.reduce(np.abs(terms)))


def screen(got: float, want: float, size: float) -> float:
    """float64: the error in units of the screen's tolerance; at most 1 acquits, never for NaN."""
    return _ratio(got, want, SCREEN * UNIT["float64"] * size + TINY["float64"])


def near(got: Array, want: Array) -> bool:
    """float64: whether all entries are within the screen's tolerance of the largest."""
    if not want.ndim:
        return screen(float(got), float(want), abs(float(want))) <= 1.0
    size, error = (
        float(np.maximum.reduce(np.abs(x), axis=None, initial=0.0)) for x in (want, got - want)
    )
    return screen(error, 0.0, size) <= 1.0


def measured(got: float, want: float, size: float, noise: float, dtype: str) -> float:
    """The same with measured noise, at any dtype."""
    return _ratio(got, want, SAFETY * noise + 4.0 * UNIT[dtype] * size + TINY[dtype])


def hopeless(got: float, want: float, size: float, dtype: str) -> bool:
    """Whether noise would have to be a million roundings for `measured` to acquit: seldom true."""
    return not abs(got - want) <= 2.0**20 * UNIT[dtype] * size + TINY[dtype]


def within(got: float, low: float, high: float, error: float) -> float:
    """float64: how far outside [low, high], in units of the tolerance; `error` is an estimate.

    For a derivative known up to `error`, and at a kink for any between the one-sided ones.
    """
    return _ratio(got, min(max(got, low), high), allowed(low, high, error))


def allowed(low: float, high: float, error: float) -> float:
    """float64: the tolerance of `within`."""
    return SAFETY * error + 4.0 * UNIT["float64"] * max(abs(low), abs(high)) + TINY["float64"]


def resolution(want: float, size: float, noise: float, dtype: str) -> float:
    """The smallest relative error that `measured` sees; 0 where the truth is exactly zero."""
    tolerance = SAFETY * noise + 4.0 * UNIT[dtype] * size + TINY[dtype]
    return tolerance / abs(want) if want else 0.0


def _ratio(got: float, want: float, tolerance: float) -> float:
    error = abs(got - want)
    return error / tolerance if error < np.inf and tolerance < np.inf else np.inf


@dataclass(frozen=True, slots=True)
class Entries:
    """The errors of an array in units of its tolerance, and how sharp that tolerance is."""

    errors: Array
    tolerance: Array
    resolution: float

    @property
    def worst(self) -> float:
        """The largest error in units of the tolerance; 0 for an empty array."""
        return float(np.max(self.errors, initial=0.0))


def entries(got: Array, want: Array, noise: Array, dtype: str) -> Entries:
    """Compare entry by entry: tolerance = SAFETY·noise + 4u·|want| + tiny.

    Non-finite patterns come first: NaN only where NaN is due, infinities with their sign.
    """
    size = np.abs(want)
    tolerance = SAFETY * noise + few(dtype) * np.where(np.isfinite(size), size, 0.0)
    tolerance = tolerance + TINY[dtype]
    with np.errstate(all="ignore"):
        errors = np.abs(got - want) / tolerance
        same = (np.isnan(got) & np.isnan(want)) | (got == want)
        known = np.isfinite(errors) & np.isfinite(tolerance)
        errors = np.where(same, 0.0, np.where(known, errors, np.inf))
        sharp = (tolerance / size)[size > 0]
    return Entries(errors, tolerance, float(np.median(sharp)) if sharp.size else 0.0)


def few(dtype: str) -> float:
    """A few roundings, relative: what is no farther from the truth is right, whatever the noise."""
    return 4.0 * UNIT[dtype]


def close(got: Array, want: Array, dtype: str) -> bool:
    """Whether every entry is within a few roundings of the truth."""
    if not np.isfinite(want).all():
        return False
    with np.errstate(all="ignore"):
        return bool((np.abs(got - want) <= few(dtype) * np.abs(want) + TINY[dtype]).all())


def blunt(dtype: str) -> float:
    """A resolution above this has no power: right and wrong look alike."""
    return {"float16": 0.125, "bfloat16": 0.5}.get(dtype, max(1e-2, 256 * UNIT[dtype]))


def exact(got: Array, want: Array) -> bool:
    """Whether all entries are equal; NaN equals nothing, −0 equals 0."""
    return bool(np.all(np.asarray(got) == np.asarray(want)))


ROUNDINGS = 64.0
"""At a kink, where noise cannot be measured (it would decide ties), so many roundings are allowed;
far out, an error below as many roundings of the largest number on the way is not called wrong."""


def outside(got: Array, low: Array, high: Array, size: float, dtype: str) -> Array:
    """How far outside [low, high], in units of the tolerance at a kink; infinite for NaN."""
    tolerance = ROUNDINGS * UNIT[dtype] * size + TINY[dtype]
    with np.errstate(all="ignore"):
        error = np.abs(got - np.clip(got, low, high)) / tolerance
    return np.where(np.isfinite(error), error, np.inf)


def representable(want: Array, dtype: str, largest: float) -> Array:
    """What a dtype makes of numbers that may be beyond its largest: infinity."""
    with np.errstate(all="ignore"):
        beyond = np.abs(want) > largest * (1.0 + UNIT[dtype])
    return np.where(beyond, np.copysign(np.inf, want), want)


def far_off(errors: Array, got: Array, want: Array, size: float, dtype: str) -> Array:
    """Which entries are wrong and not just inaccurate: beyond `FAR` tolerances, and more than
    `ROUNDINGS` roundings of `size`, the largest number on the way."""
    with np.errstate(all="ignore"):
        gap = np.abs(got - want)
    small = gap <= ROUNDINGS * UNIT[dtype] * size
    return np.asarray((errors > FAR) & ~small)


def rounded(got: Array, want: Array) -> bool:
    """Whether all entries are within a few units of those that a person wrote down.

    For checks of one short formula, whose true values are no floating-point numbers: 8u·|want|
    covers two or three correctly rounded steps. NaN equals nothing.
    """
    unit = np.finfo(got.dtype).eps / 2 if got.dtype.kind in "fc" else 0.0
    return bool(np.all(np.abs(got - want) <= 8 * unit * np.abs(want)))


def beyond_cancellation(got: Array, want: Array, scale: float, dtype: str) -> bool:
    """Whether an error is more than what is left of numbers of size `scale` that cancel.

    An engine that sums a gradient path by path, instead of node by node, is right to a few
    roundings of the largest contribution, also where all of them cancel. The measured noise, which
    is that of a sum node by node, can be far below that. What is not beyond it is no proof of a
    wrong rule.
    """
    with np.errstate(all="ignore"):
        errors = np.abs(got - want)
        return not bool(np.all(errors <= 4.0 * UNIT[dtype] * scale))
