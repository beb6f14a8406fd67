"""Looking for an entry of a claimed gradient that is wrong: by directions, then by halves.

A direction sees all entries of a slot at once and can acquit them; only a single entry, whose slope
is known with its error and whose own rounding noise has been measured, can be found wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...oracles import compare, differences
from ...oracles.program import Array
from ...oracles.rounding import UNIT
from ..explain import diagnose
from .directions import alike, one, part
from .point import Point
from .results import Failure, MistakeError
from .subjects import Subject, differentiable

NODES = 48
"""Directions tried in one slot at one input, at most."""
SINGLY = 8
"""Groups up to this size are taken apart at once, larger ones in halves."""
SLIGHT = 1e-8
"""Relative errors below this follow no pattern that a person could use."""
SHOWN = 64
"""Entries whose truth is looked up for a hint, at most."""


class SweepError(Exception):
    """The gradient raised where the function did not."""


class OutsideError(Exception):
    """The function is not defined at this input."""


class Search:
    """The search at one input. `decided` counts directions and entries that could be judged."""

    def __init__(self, point: Point, found: list[Array | None], given: bool) -> None:
        """Search what was `found` at a point; `given`: the user asked about this very input."""
        self.point, self.found, self.given = point, found, given
        self.decided = 0
        self.heard: set[str] = set()

    def run(self) -> Failure | None:
        """The first wrong entry, or none."""
        for slot, x in enumerate(self.point.inputs):
            if differentiable(x) and not x.size:
                self.decided += 1
            elif differentiable(x):
                failure = self._slot(slot)
                if failure is not None:
                    return failure
        return None

    def _slot(self, slot: int) -> Failure | None:
        x, given = self.point.inputs[slot], self.found[slot]
        claimed = np.zeros(x.shape) if given is None else np.asarray(given, dtype=np.float64)
        draw = np.random.default_rng([self.point.seed, slot])
        xi = draw.standard_normal(x.shape)
        direction = np.where(np.abs(xi) < 0.1, 0.1, xi) * differences.scales(x)
        trusted, nodes = self._trusted(slot, direction), 0
        waiting = alike(claimed * direction)
        while waiting and nodes < NODES:
            entries, nodes = waiting.pop(), nodes + 1
            if entries.size > 1:
                if not self._acquits(slot, claimed, part(direction, entries), trusted):
                    parts = entries.size if entries.size <= SINGLY else 2
                    waiting += np.array_split(entries, parts)[::-1]
                continue
            failure = self._entry(slot, claimed, tuple(np.unravel_index(entries[0], x.shape)))
            if failure is not None:
                return failure
        return None

    def _trusted(self, slot: int, direction: Array) -> bool:
        """Whether the complex step agrees with differences along this direction."""
        slope = self.point.complex(slot, direction)
        if not np.isfinite(slope):
            return False
        seen = self.point.differences(slot, direction)
        error = seen.error + UNIT["float64"] * abs(slope)
        return seen.kind == "smooth" and compare.within(slope, seen.low, seen.high, error) <= 1.0

    def _acquits(self, slot: int, claimed: Array, direction: Array, trusted: bool) -> bool:
        live = direction != 0
        with np.errstate(all="ignore"):
            products = (claimed * direction)[live]
            got, size = float(products.sum()), float(np.abs(products).sum())
        if trusted:
            slope = self.point.complex(slot, direction)
            right = compare.measured(got, slope, size, 4 * UNIT["float64"] * size, "float64") <= 1
        else:
            seen = self.point.differences(slot, direction)
            right = seen.kind == "smooth" and (
                compare.within(got, seen.low, seen.high, seen.error) <= 1
            )
        self.decided += right
        self.heard |= {"complex step" if trusted else "differences"} if right else set()
        return bool(right)

    def _entry(self, slot: int, claimed: Array, at: tuple[Any, ...]) -> Failure | None:
        """Judge one entry; none if it is right, or if nobody can tell."""
        at = tuple(int(i) for i in at)
        step = float(differences.scales(self.point.inputs[slot])[at])
        known = self.point.truth(slot, one(claimed.shape, at, step), step)
        if known is None:
            return None
        got = float(claimed[at])
        if known.low != known.high and not known.low <= got <= known.high:
            if not np.isfinite(got) and not self.given:
                return None
            low, high = self.point.around(slot, one(claimed.shape, at, step))
            low, high = min(known.low, low / step), max(known.high, high / step)
            known = replace(known, low=low, high=high)
        self.decided += 1
        self.heard.add(known.oracle)
        noise = float(self.point.claimed_noise(slot, self.found)[at])
        if compare.within(got, known.low, known.high, known.error + noise) <= 1.0:
            return None
        tolerance = compare.allowed(known.low, known.high, known.error + noise)
        place = f"{self.point.subject.names[slot]}.grad"
        missing = self.found[slot] is None
        return Failure(
            inputs=self.point.inputs,
            place=f"{place}[{', '.join(map(str, at))}]" if at and not missing else place,
            got=None if missing else got,
            low=known.low,
            high=known.high,
            tolerance=tolerance,
            oracle=known.oracle,
            at=(slot, at),
        )

    def hint(self, failure: Failure) -> str:
        """A pattern in the errors of the whole slot, if it is small enough to look up."""
        assert failure.at is not None
        slot = failure.at[0]
        claimed = self.found[slot]
        if claimed is None or claimed.size > SHOWN or failure.low != failure.high:
            return ""
        got = np.asarray(claimed, dtype=np.float64)
        want, noise = got.copy(), self.point.claimed_noise(slot, self.found)
        steps = differences.scales(self.point.inputs[slot])
        for at in np.ndindex(got.shape):
            step = float(steps[at])
            known = self.point.truth(slot, one(got.shape, at, step), step)
            if known is None or known.low != known.high:
                continue
            if (
                compare.within(
                    float(got[at]), known.low, known.high, known.error + float(noise[at])
                )
                > 1
            ):
                want[at] = known.low
        with np.errstate(all="ignore"):
            slight = bool(np.all(np.abs(got - want) <= SLIGHT * np.abs(want)))
        return "" if slight else diagnose(got, want)


def begin(subject: Subject, inputs: list[Array], seed: int, given: bool) -> Search:
    """A search at one input, after a look at the form of what is claimed there.

    Raises `MistakeError` for a wrong form, `OutsideError` where the function is not finite,
    `SweepError` where only the gradient raises, and what the function itself raises.
    """
    point = Point(subject, inputs, seed)
    if not np.isfinite(point.base).all():
        raise OutsideError("f is not finite there")
    try:
        found = subject.sweep(point.cotangent, inputs)
    except MistakeError:
        raise
    except Exception as error:
        raise SweepError(f"{subject.claim} raised {type(error).__name__}: {error}") from error
    for name, g, x in zip(subject.names, found, inputs, strict=True):
        if g is None or not differentiable(x):
            continue
        if g.dtype.kind not in "fiub":
            raise MistakeError(f"{name}.grad is {g.dtype}: it should be real numbers")
        if g.shape != x.shape:
            raise MistakeError(f"{name}.grad has shape {g.shape}, but {name} has shape {x.shape}")
    return Search(point, found, given)
