"""How large rounding noise is, measured: rerun the reference with every result rounded at random.

A tolerance that is guessed is either blind or unjust. Here the reference program itself is rerun
`DRAWS` times in float64, each result multiplied by (1 + unit·ξ), ξ uniform in [−1, 1], in the
forward and in the backward pass; the largest deviation, scaled to the unit roundoff of the dtype
under test, is the noise of every output and every gradient entry. (Stochastic arithmetic: Vignes,
Mathematics and Computers in Simulation 35, 1993.)

The virtual unit is 2^-44, because 1 + 2^-53·ξ would round away in float64. With PyTorch its own
forward and backward are perturbed, op by op; without, tangents are carried forward by the complex
step, and noise that only a backward pass has (a rule that reuses a rounded result) is not seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import complex_step, pytorch
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

Run = tuple[list[Array], list[Array | None]]
"""Outputs and gradients, as every oracle returns them."""


@dataclass(frozen=True, slots=True)
class Noise:
    """For each output and each leaf's gradient an array of absolute noise, and where it is from."""

    values: list[Array]
    gradients: list[Array | None]
    source: str


def measure(program: Program, dtype: str, seed: int) -> Noise:
    """The noise of computing a program at `dtype`, from `DRAWS` random roundings.

    Costs (1 + DRAWS) runs; meant for the few programs that need it.
    """
    try:
        values, gradients = _spread(lambda draw: _torch_run(program, draw, seed))
        source = "PyTorch rerun with random rounding"
    except UnsupportedError:
        values, gradients = _spread(lambda draw: _complex_run(program, draw, seed))
        source = "forward tangents rerun with random rounding"
    scale = UNIT[dtype] / VIRTUAL
    return Noise(
        [v * scale for v in values], [None if g is None else g * scale for g in gradients], source
    )


def along(
    program: Program, direction: list[Array | None], dtype: str, seed: int
) -> tuple[list[Array], float]:
    """The noise of every output, and of the derivative along `direction`: cheap, forward only."""
    base = [np.asarray(v) for v in _outputs(program, complex_step.run(program, direction))]
    noise = [np.zeros(b.shape) for b in base]
    slope = 0.0
    draw = complex_step.RandomRounding(seed, VIRTUAL)
    for _ in range(DRAWS):
        noisy = _outputs(program, complex_step.run(program, direction, draw))
        noise = [
            np.fmax(e, np.abs(np.real(x) - np.real(b)))
            for e, x, b in zip(noise, noisy, base, strict=True)
        ]
        slope = max(slope, abs(float(np.imag(noisy[-1] - base[-1]))))
    scale = UNIT[dtype] / VIRTUAL
    return [e * scale for e in noise], slope / complex_step.STEP * scale


def _outputs(program: Program, values: list[Any]) -> list[Any]:
    return [values[o] for o in program.outputs]


def _spread(run: Callable[[int], Run]) -> Run:
    """The largest deviation of `DRAWS` noisy runs from the run without noise (draw 0)."""
    base = _flat(run(0))
    spread: list[Array | None] = [None if b is None else np.zeros(b.shape) for b in base]
    with np.errstate(all="ignore"):
        for draw in range(1, DRAWS + 1):
            spread = [
                None if s is None or b is None or x is None else np.fmax(s, np.abs(x - b))
                for s, x, b in zip(spread, _flat(run(draw)), base, strict=True)
            ]
    count = len(run(0)[0])
    return [s for s in spread[:count] if s is not None], spread[count:]


def _flat(run: Run) -> list[Array | None]:
    return [*run[0], *run[1]]


def _torch_run(program: Program, draw: int, seed: int) -> Run:
    if draw == 0:
        return pytorch.gradient(program)
    try:
        from .dispatch import RandomRounding
    except ImportError:
        raise UnsupportedError("PyTorch is not installed") from None
    with RandomRounding(VIRTUAL, seed + draw):
        return pytorch.gradient(program)


def _complex_run(program: Program, draw: int, seed: int) -> Run:
    noise = complex_step.RandomRounding(seed + draw, VIRTUAL) if draw else None
    direction: list[Array | None] = [None] * len(program.leaves)
    values = complex_step.run(program, direction, noise)
    outputs = [np.asarray(np.real(values[o])) for o in program.outputs]
    gradients: list[Array | None] = [None] * len(program.leaves)
    for i in program.wanted:
        out = np.zeros(program.leaves[i].shape)
        for index in np.ndindex(out.shape):
            last = complex_step.run(program, unit(program, i, index), noise)[program.outputs[-1]]
            out[index] = float(np.imag(last)) / complex_step.STEP
        gradients[i] = out
    return outputs, gradients


def complex_gradient(program: Program) -> Run:
    """Outputs and gradients by the complex step, entry by entry."""
    return _complex_run(program, 0, 0)


def finite(run: Run) -> Any:
    """Whether nothing in a run is infinite or NaN."""
    return all(np.isfinite(x).all() for x in _flat(run) if x is not None)
