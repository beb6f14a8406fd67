"""Complex-step derivatives: exact to rounding, without a derivative rule and without cancellation.

f(x + i h d) = f(x) + i h f'(x)d + O(h²); with h = 1e-200 the error term is zero in float64
(Squire and Trapp, SIAM Review 40, 1998), so that one run gives value and derivative. Also the
source of *measured* rounding noise: the same run with every result perturbed by its rounding error.

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> p = Program((Leaf.of(2.0, True),), (Call("multiply", (0, 0)),), (1,))
>>> derivative(p, [np.array(1.0)])
(4.0, 4.0)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .evaluate import UnsupportedError, apply
from .kit import ComplexKit
from .program import Array, Program

STEP = 1e-200
"""Its square is 0 in float64: sums and products leave the real part as float64 has it."""


def run(
    program: Program, direction: Sequence[Array | None], noise: RandomRounding | None = None
) -> list[Any]:
    """All values of the program with tangents `direction` (one array a leaf, or none) times `STEP`.

    With `noise` every result is rounded at random.
    """
    kit = ComplexKit()
    values: list[Any] = [
        leaf.array if d is None else seeded(leaf.array, d)
        for leaf, d in zip(program.leaves, direction, strict=True)
    ]
    with np.errstate(all="ignore"):
        for call in program.calls:
            args = [values[a] if isinstance(a, int) else a.value for a in call.args]
            if noise is not None:
                args = [noise.tangent(x) for x in args]
            result = apply(kit, call.op, args, call.keywords)
            values.append(result if noise is None else noise.perturb(result))
    return values


def seeded(array: Array, direction: Array) -> Array:
    """An array with a tangent."""
    return np.asarray(array + direction * (STEP * 1j))


def derivative(program: Program, direction: Sequence[Array | None]) -> tuple[float, float]:
    """The last output and its derivative along `direction`.

    Raises `UnsupportedError` where complex numbers cannot tell (an overflow on the way).
    """
    last = complex(run(program, direction)[program.outputs[-1]])
    if not (math.isfinite(last.real) and math.isfinite(last.imag)):
        raise UnsupportedError("the complex run is not finite")
    return last.real, last.imag / STEP


class RandomRounding:
    """Random rounding: every result times 1 + unit·ξ, ξ uniform in [−1, 1].

    The real part (the value) and the imaginary part (its tangent) are perturbed apart, as a program
    that computes both would round both. An op's contributions are rounded one by one before they
    meet (x / x has two that cancel), so the tangent that enters each slot is perturbed as well.
    """

    def __init__(self, seed: int, unit: float) -> None:
        """Draw from `seed`, with relative size `unit`."""
        self.draw = np.random.default_rng(seed)
        self.unit = unit

    def tangent(self, x: Any) -> Any:
        """x with its tangent rounded, its value as it is."""
        if not isinstance(x, np.ndarray | np.generic) or x.dtype.kind != "c":
            return x
        xi = self.draw.uniform(-self.unit, self.unit, x.shape)
        return x.real + (x.imag * (1.0 + xi)) * 1j

    def perturb(self, x: Any) -> Any:
        """x with its rounding error; whatever is not floating point stays as it is."""
        if isinstance(x, tuple):
            return tuple(map(self.perturb, x))
        if x.dtype.kind not in "cf":
            return x
        xi = self.draw.uniform(-self.unit, self.unit, (2, *x.shape))
        if x.dtype.kind == "f":
            return x * (1.0 + xi[0])
        return x.real * (1.0 + xi[0]) + (x.imag * (1.0 + xi[1])) * 1j
