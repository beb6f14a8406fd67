"""Engines broken on purpose, by which the suites are proven: each must be caught by its suite.

Every saboteur is the reference engine with one breakage inside: a row of its rule table, its
summing of cotangents, its undoing of broadcasts. `breakages` holds those, `engines` is the door
(`path/engines.py:NAME`, in a worker or not), and `hunt` runs a suite to the first kill.

>>> print(SABOTEURS["swapped"].says)
divide gives each operand the gradient of the other
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from . import breakages


@dataclass(frozen=True, slots=True)
class Saboteur:
    """One breakage: what it `says` is wrong, the `suite` that must catch it, how to `apply` it.

    `apply` takes the engine's package and breaks it, in this process, for as long as a block lasts.
    """

    name: str
    says: str
    suite: str
    apply: Callable[[Any], AbstractContextManager[None]]

    def broken(self) -> AbstractContextManager[None]:
        """A block in which the reference engine of this process is broken."""
        from ..engines.reference import Reference  # it imports the engine: only when needed

        return self.apply(Reference.namespace)


_ROWS = (
    Saboteur("sign", "cos has the negated gradient", "ops", breakages.scaled("cos", -1)),
    Saboteur(
        "factor",
        "the gradient of exp is too large by a factor of 1 + 1e-6",
        "ops",
        breakages.scaled("exp", 1 + 1e-6),
    ),
    Saboteur(
        "float32",
        "every cotangent goes through float32 and back, silently",
        "ops",
        breakages.single_precision,
    ),
    Saboteur(
        "swapped", "divide gives each operand the gradient of the other", "ops", breakages.swapped
    ),
    Saboteur(
        "unbroadcast",
        "the gradient of a broadcast operand is not summed over its copies",
        "ops",
        breakages.no_unbroadcast,
    ),
    Saboteur(
        "overwrite",
        "a second use of a value overwrites its cotangent, where it should add",
        "graphs",
        breakages.overwriting(2),
    ),
    Saboteur(
        "third_use",
        "the third use of a value and later ones overwrite its cotangent; two uses are right",
        "graphs",
        breakages.overwriting(3),
    ),
    Saboteur(
        "stale",
        "all calls of tanh save in one place, so that backward sees the last one's output",
        "graphs",
        breakages.stale,
    ),
    Saboteur(
        "aliasing",
        "an op that takes the same tensor twice counts only the first of its contributions",
        "graphs",
        breakages.aliasing,
    ),
    Saboteur(
        "square",
        "the gradient of matmul's left operand lacks a transpose when the right one is square",
        "ops",
        breakages.square,
    ),
    Saboteur("none", "the exponent of pow gets no gradient", "ops", breakages.no_gradient),
    Saboteur("mutated", "relu writes its result into its input", "ops", breakages.in_place),
)

SABOTEURS: Mapping[str, Saboteur] = MappingProxyType({row.name: row for row in _ROWS})
"""Every saboteur by its name."""
