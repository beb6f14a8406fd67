"""Rows of writing in place, and complex numbers taken apart.

`steps` are the view operations that lead from a tensor to the part that is written to: pairs
(row, params). The sweep walks them as the forward did.
"""

from __future__ import annotations

import math
from typing import Any

from .table import OPS_OF, rule

Steps = tuple[tuple[str, dict[str, Any]], ...]


def walked(ops: Any, x: Any, steps: Steps) -> Any:
    """The part of x to which the steps lead."""
    for name, params in steps:
        x = getattr(ops, name)(x, **params)
    return x


def region(xp: Any, like: Any, steps: Steps) -> Any:
    """True where the part lies to which the steps lead."""
    shape = tuple(like.shape)
    places = xp.reshape(xp.arange(math.prod(shape), device=like.device), shape)
    chosen = xp.zeros(math.prod(shape), dtype=xp.bool, device=like.device)
    chosen[xp.reshape(walked(OPS_OF[type(places)], places, steps), (-1,))] = True
    return xp.reshape(chosen, shape)


def overwrite(xp: Any, old: Any, value: Any, steps: Steps) -> Any:
    """The old entries, but the value's where the steps lead."""
    out = xp.reshape(xp.asarray(old, copy=True), (-1,))
    places = xp.reshape(xp.arange(out.shape[0], device=old.device), tuple(old.shape))
    places = walked(OPS_OF[type(places)], places, steps)
    out[places] = xp.astype(xp.broadcast_to(xp.asarray(value), tuple(places.shape)), out.dtype)
    return xp.reshape(out, tuple(old.shape))


rule("region", region)
rule(
    "overwrite",
    overwrite,
    lambda ops, g, *, steps: ops.where(ops.region(g, steps=steps), 0, g),
    lambda ops, g, *, steps: walked(ops, g, steps),
)
# All entries at once: nothing remains of the old ones, and they say so with zeros.
rule(
    "copy",
    lambda xp, old, value: xp.broadcast_to(value, tuple(old.shape)),
    lambda ops, g: ops.zeros_like(g),
    lambda ops, g: g,
)
