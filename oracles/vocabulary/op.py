"""One row an op: its slots, its numpy meaning, its PyTorch meaning, and where it may be called.

A row holds **no derivative**: oracles get theirs by running `meaning` on other kinds of number
(complex, exact, Taylor balls), or from PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

Shapes = Literal[
    "broadcast", "one", "matmul", "concat", "index", "stack", "outer", "contraction", "vecdot",
    "take", "take along", "window"
]  # fmt: skip
"""How the shapes of the arguments hang together."""

Kind = Literal[
    "axes", "one axis", "flag", "shape", "permutation", "key", "target", "new axis", "unit axis",
    "low", "high", "correction", "count", "repetitions", "axis or none", "diagonal", "widths",
    "fill", "move", "roll", "split", "contraction", "shared axis",
    "window"
]  # fmt: skip
"""What values a parameter takes: see `parameters.py` in the suites for one drawer a kind."""

SINGULAR_MARGIN = 2.0**-10
"""A program is in the domain when every singularity is farther away than this."""


def everywhere(*args: Any, **params: Any) -> float:
    """The distance to the nearest singular point of an op that has none."""
    return np.inf


def least(x: Any) -> float:
    """The smallest entry; infinity if there are none."""
    return float(np.minimum.reduce(x, axis=None, initial=np.inf))


def axis_of(x: Any, axis: int) -> int:
    """The axis meant, counted from the front; raises `IndexError` for one that is not there.

    NumPy takes axes 0 and -1 of a 0-d array in places, and PyTorch everywhere; the array API has
    no axis to name there, and an engine that refuses it is right.
    """
    return range(x.ndim)[axis]


def inside(low: float, high: float) -> Callable[[Any], float]:
    """The domain low < x < high: the distance to the nearer end."""
    return lambda x: min(least(x - low), least(high - x))


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """A row of the vocabulary.

    `meaning(kit, *arrays, **params)` must be the same line for every kind of number; what compares
    or creates numbers asks the kit. `torch(torch, *tensors, **params)` is PyTorch's spelling.
    `domain(*arrays, **params)` is the distance of float64 arguments to the nearest singular point;
    `range` is where random programs keep the arguments, if not anywhere, so that no common formula
    saturates (the far ends are for focused checks). `leaves`: between which numbers new leaves for
    a slot are drawn, where most others would be refused.
    `exact`: integers in, integers out, without division. `static`: slots that take a plain number,
    with the numbers to try. `optional`: so many of the last slots may be left empty, and parameters
    take their place, the last `optional` of `params` in the order of the slots. `several`: the
    value is a tuple.
    """

    name: str
    args: int
    meaning: Callable[..., Any]
    torch: Callable[..., Any]
    area: str
    shapes: Shapes = "broadcast"
    params: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))
    kinds: tuple[str, ...] = ()
    domain: Callable[..., float] = everywhere
    range: tuple[float, float] | None = None
    leaves: Mapping[int, tuple[float, float]] = field(default_factory=lambda: MappingProxyType({}))
    operator: str | None = None
    aliases: tuple[str, ...] = ()
    sequence: bool = False
    several: bool = False
    optional: int = 0
    exact: bool = False
    differentiable: bool = True
    static: Mapping[int, tuple[float | int, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def kind(self, slot: int) -> str:
        """The kind of tensor that a slot takes: real unless the row says otherwise."""
        return self.kinds[slot] if slot < len(self.kinds) else "real"
