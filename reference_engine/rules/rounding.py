"""Rows that round: flat between their jumps, so their derivative is 0."""

from __future__ import annotations

from typing import Any

from .table import rule

for name in ("floor", "ceil", "round", "trunc"):
    rule(
        name,
        lambda xp, x, name=name: getattr(xp, name)(x),
        lambda ops, g: ops.zeros_like(g),
    )

for name in ("isnan", "isinf", "isfinite", "signbit"):
    rule(name, lambda xp, x, name=name: getattr(xp, name)(x))


def remainder_vjp(ops: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    """x - y·⌊x/y⌋ falls by the number of times that y fits."""
    return -g * ops.floor_divide(x, y)


rule(
    "remainder",
    lambda xp, x, y: xp.remainder(x, y),
    lambda ops, g, _out, _x, _y: g,
    remainder_vjp,
)
rule(
    "fmod",
    lambda xp, x, y: xp.fmod(x, y),
    lambda ops, g, _out, _x, _y: g,
    lambda ops, g, _out, x, y: -g * ops.trunc(x / y),
)
rule(
    "floor_divide",
    lambda xp, x, y: xp.floor_divide(x, y),
    lambda ops, g: ops.zeros_like(g),
    lambda ops, g: ops.zeros_like(g),
)
rule("logical_xor", lambda xp, x, y: xp.logical_xor(x, y))
rule(
    "copysign",
    lambda xp, x, y: xp.copysign(x, y),
    lambda ops, g, out, x, _y: ops.where(x == 0, 0, g * (ops.sign(out) * ops.sign(x))),
    lambda ops, g, _out, _x, _y: ops.zeros_like(g),
)
