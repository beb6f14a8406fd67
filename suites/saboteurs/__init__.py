"""Engines broken on purpose, by which the suites are proven: each must be caught by its suite.

Every saboteur is the reference engine with one breakage inside: a row of its rule table, its
summing of cotangents, its undoing of broadcasts, its memory. `elementwise`, `arrays`, `order`,
`sweep` and `tape` hold them, `engines` is the door (`path/engines.py:NAME`, in a worker or not),
and `hunt` runs a suite to the first kill.

>>> print(SABOTEURS["swapped"].says)
divide gives each operand the gradient of the other
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import arrays, elementwise, order, sweep, tape
from .saboteur import Saboteur

__all__ = ["PARTS", "SABOTEURS", "Saboteur"]

PARTS = (elementwise, arrays, order, sweep, tape)
SABOTEURS: Mapping[str, Saboteur] = MappingProxyType(
    {row.name: row for part in PARTS for row in part.ROWS}
)
"""Every saboteur by its name."""
