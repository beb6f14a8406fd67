"""Directions in which to look: all entries, some of them, one.

>>> import numpy as np
>>> [group.tolist() for group in alike(np.array([2.0, 1e-9, 1.0, 0.0]))]
[[1], [0, 2], [3]]
"""

from __future__ import annotations

import numpy as np

from ...oracles.program import Array


def one(shape: tuple[int, ...], at: tuple[int, ...], step: float) -> Array:
    """The direction that moves one entry."""
    direction = np.zeros(shape)
    direction[at] = step
    return direction


def part(direction: Array, entries: Array) -> Array:
    """A direction with nothing but some of its entries (flat positions)."""
    part = np.zeros(direction.size)
    part[entries] = direction.ravel()[entries]
    return part.reshape(direction.shape)


def alike(products: Array) -> list[Array]:
    """Groups of entries of like size, so that large ones do not drown small ones."""
    size = np.abs(products).ravel()
    with np.errstate(all="ignore"):
        decade = np.where(np.isfinite(size) & (size > 0), np.floor(np.log10(size) / 4), 999.0)
    return [np.flatnonzero(decade == d) for d in np.unique(decade)]
