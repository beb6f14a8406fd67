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
    total = size = 0.0
    with np.errstate(all="ignore"):
        for g, d in zip(gradients, direction, strict=True):
            if g is not None and d is not None:
                product = g * d
                total += float(product.sum())
                size += float(np.abs(product).sum())
    return total, size


def screen(got: float, want: float, size: float) -> float:
    """float64: the error in units of the screen's tolerance; at most 1 acquits, never for NaN."""
    return _ratio(got, want, SCREEN * UNIT["float64"] * size + TINY["float64"])


def near(got: Array, want: Array) -> bool:
    """float64: whether all entries are within the screen's tolerance of the largest."""
    size = float(np.max(np.abs(want), initial=0.0))
    return screen(float(np.max(np.abs(got - want), initial=0.0)), 0.0, size) <= 1.0


def measured(got: float, want: float, size: float, noise: float, dtype: str) -> float:
    """The same with measured noise, at any dtype."""
    return _ratio(got, want, SAFETY * noise + 4.0 * UNIT[dtype] * size + TINY[dtype])


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
    tolerance = SAFETY * noise + 4.0 * UNIT[dtype] * np.where(np.isfinite(size), size, 0.0)
    tolerance = tolerance + TINY[dtype]
    with np.errstate(all="ignore"):
        errors = np.abs(got - want) / tolerance
        same = (np.isnan(got) & np.isnan(want)) | (got == want)
        known = np.isfinite(errors) & np.isfinite(tolerance)
        errors = np.where(same, 0.0, np.where(known, errors, np.inf))
        sharp = (tolerance / size)[size > 0]
    return Entries(errors, tolerance, float(np.median(sharp)) if sharp.size else 0.0)


def blunt(dtype: str) -> float:
    """A resolution above this has no power: right and wrong look alike."""
    return {"float16": 0.125, "bfloat16": 0.5}.get(dtype, max(1e-2, 256 * UNIT[dtype]))


def exact(got: Array, want: Array) -> bool:
    """Whether all entries are equal; NaN equals nothing, −0 equals 0."""
    return bool(np.all(np.asarray(got) == np.asarray(want)))
