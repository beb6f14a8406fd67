"""Engines broken on purpose, by which the suites are proven: each must be caught by its suite.

Every saboteur is the reference engine with one breakage inside: a row of its rule table, its
summing of cotangents, its undoing of broadcasts, its memory. `elementwise`, `arrays`, `windows`,
`order`, `sweep`, `tape` and `numerics` hold those that programs must catch: `hunt` runs their suite
to the first kill. `scalars`, `tensors`, `trainings`, `lifecycles`, `lifecycles_full`, `mutations`,
`extensions`, `higher_orders`, `scales`, `chains` and `paths` hold those that checks of the standard
must catch: `trial` plays these. `engines` is the door (`path/engines.py:NAME`, in a worker or not).

>>> print(SABOTEURS["swapped"].says)
divide gives each operand the gradient of the other
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import (
    arrays,
    chains,
    elementwise,
    extensions,
    higher_orders,
    lifecycles,
    lifecycles_full,
    mutations,
    numericals,
    numerics,
    order,
    paths,
    scalars,
    scales,
    sweep,
    tape,
    tensors,
    trainings,
    windows,
)
from .saboteur import Saboteur

__all__ = ["BY_CHECKS", "BY_PROGRAMS", "PARTS", "SABOTEURS", "Saboteur"]

PARTS = (
    *(elementwise, arrays, windows, order, sweep, tape, numerics),
    *(scalars, tensors, trainings, lifecycles, lifecycles_full, mutations, extensions),
    numericals,
    *(higher_orders, scales, chains, paths),
)
SABOTEURS: Mapping[str, Saboteur] = MappingProxyType(
    {row.name: row for part in PARTS for row in part.ROWS}
)
"""Every saboteur by its name."""
BY_PROGRAMS = {
    name: row for name, row in SABOTEURS.items() if row.suite not in ("state", "training")
}
"""Those that programs of a suite must catch."""
BY_CHECKS = {name: row for name, row in SABOTEURS.items() if row.check}
"""Those that checks of the standard must catch."""
