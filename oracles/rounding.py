"""How large rounding noise is, measured: rerun the reference with every result rounded at random.

A tolerance that is guessed is either blind or unjust. Here the reference program itself is rerun
`DRAWS` times in float64, each result multiplied by (1 + unit·ξ); the largest deviation, scaled to
the unit roundoff of the dtype under test, is the noise. (After the stochastic arithmetic of Vignes,
1993, as in the CADNA and Verificarlo tools.)

The virtual unit is 2^-44: 1 + 2^-53·ξ would round away in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .complex_step import STEP, Noise, run
from .evaluate import UnsupportedError
from .program import Array, Program
from .taylor import unit

DRAWS = 16
VIRTUAL = 2.0**-44
UNIT = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
"""Unit roundoff: half the distance from 1 to the next number."""
SIGNIFICANT = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}
"""Significant bits: integers up to 2^p are exact."""
TINY = {"float64": 1e-300, "float32": 1e-37, "float16": 6e-8, "bfloat16": 1e-37}
"""Below this, gradual underflow rules and relative errors mean nothing."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the complex step says, with the noise of computing it at a dtype.

    `values` and `value_noise` have an entry for each output; `gradients` and `gradient_noise` one
    for each leaf (none where no gradient was asked).
    """

    values: list[Array]
    value_noise: list[Array]
    gradients: list[Array | None]
    gradient_noise: list[Array | None]


def measure(program: Program, dtype: str, seed: int) -> Reference:
    """Reference and noise of every output and every gradient entry, entry by entry.

    Costs (1 + DRAWS) runs for each scalar; meant for the few programs that need it. Raises
    `UnsupportedError` if the reference is not finite.
    """
    scale = UNIT[dtype] / VIRTUAL
    rest: list[Array | None] = [None] * len(program.leaves)
    values, value_noise, _, _ = _deviations(program, rest, seed)
    gradients: list[Array | None] = list(rest)
    noise: list[Array | None] = list(rest)
    for i in program.wanted:
        shape = program.leaves[i].shape
        g, e = np.zeros(shape), np.zeros(shape)
        for n, index in enumerate(np.ndindex(shape)):
            _, _, g[index], e[index] = _deviations(program, unit(program, i, index), seed + n + 1)
        gradients[i], noise[i] = g, e * scale
    if not all(np.isfinite(x).all() for x in [*values, *(g for g in gradients if g is not None)]):
        raise UnsupportedError("the complex run is not finite")
    return Reference(values, [v * scale for v in value_noise], gradients, noise)


def _deviations(
    program: Program, direction: list[Array | None], seed: int
) -> tuple[list[Array], list[Array], float, float]:
    """Outputs, their largest deviations, the derivative, its largest deviation (virtual unit)."""
    values, slope = _look(program, run(program, direction))
    value_noise = [np.zeros(np.shape(v)) for v in values]
    slope_noise = 0.0
    noise = Noise(seed, VIRTUAL)
    for _ in range(DRAWS):
        noisy, noisy_slope = _look(program, run(program, direction, noise))
        value_noise = [
            np.maximum(e, np.abs(a - b))
            for e, a, b in zip(value_noise, noisy, values, strict=True)
        ]
        slope_noise = max(slope_noise, abs(noisy_slope - slope))
    return values, value_noise, slope, slope_noise


def _look(program: Program, values: list[Any]) -> tuple[list[Array], float]:
    outputs = [np.real(values[o]) for o in program.outputs]
    return outputs, float(np.imag(values[program.outputs[-1]])) / STEP
