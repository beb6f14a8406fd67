"""How large rounding noise is, measured: rerun the reference with every result rounded at random.

A tolerance that is guessed is either blind or unjust. Here the reference program itself is rerun
`DRAWS` times in float64, each result multiplied by (1 + unit·ξ), ξ uniform in [−1, 1], in the
forward and in the backward pass; the largest deviation, scaled to the unit roundoff of the dtype
under test, is the noise of every output and every gradient entry. (Stochastic arithmetic: Vignes,
Mathematics and Computers in Simulation 35, 1993.)

For float64 the unit drawn is 2^-44, because 1 + 2^-53·ξ would round away; other dtypes use their
own. With PyTorch its own forward and backward are perturbed, op by op; without, tangents are
carried forward by the complex step, and noise that only a backward pass has (a rule that reuses a
rounded result) is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import complex_step, pytorch
from .evaluate import UnsupportedError
from .program import Array, Program
from .pytorch import Run
from .taylor import unit

DRAWS = 32
VIRTUAL = 2.0**-44
UNIT = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
"""Unit roundoff: half the distance from 1 to the next number."""
SIGNIFICANT = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}
"""Significant bits: integers up to 2^p are exact."""
TINY = {"float64": 1e-300, "float32": 1e-37, "float16": 6e-8, "bfloat16": 1e-37}
"""Below this, gradual underflow rules and relative errors mean nothing."""


@dataclass(frozen=True, slots=True)
class Noise:
    """For each output and each leaf's gradient an array of absolute noise, and where it is from."""

    values: list[Array]
    gradients: list[Array | None]
    source: str


def drawn_at(dtype: str) -> float:
    """The unit at which noise is drawn: the dtype's own, where float64 can hold it.

    So noise that is not linear in the unit (the variance of equal numbers) has its true size.
    """
    return max(VIRTUAL, UNIT[dtype])


def measure(program: Program, dtype: str, seed: int) -> Noise:
    """The noise of computing a program at `dtype`, entry by entry, from `DRAWS` random roundings.

    About 1.5 ms with PyTorch, which draws all at once; (1 + DRAWS) runs a scalar without.
    """
    try:
        noisy = pytorch.rounded(program, DRAWS, drawn_at(dtype), seed)
        base = pytorch.gradient(program)
        source = "PyTorch rerun with random rounding"
    except UnsupportedError:
        base, noisy = _complex_run(program), _complex_runs(program, drawn_at(dtype), seed)
        source = "forward tangents rerun with random rounding"
    scale = UNIT[dtype] / drawn_at(dtype)
    values = [_spread(x, b) * scale for x, b in zip(noisy[0], base[0], strict=True)]
    gradients = [
        None if x is None or b is None else _spread(x, b) * scale
        for x, b in zip(noisy[1], base[1], strict=True)
    ]
    return Noise(values, gradients, source)


def _spread(noisy: Array, base: Array) -> Array:
    """The largest deviation over the draws, which are the first axis."""
    with np.errstate(all="ignore"):
        return np.asarray(np.fmax.reduce(np.abs(noisy - base), axis=0, initial=0.0))


def along(
    program: Program, direction: list[Array | None], dtype: str, seed: int
) -> tuple[list[Array], float]:
    """The noise of every output, and of the derivative along `direction`.

    With PyTorch the noise of every entry, added up; without, that of forward tangents.
    """
    if pytorch.available():
        try:
            noise = measure(program, dtype, seed)
            return noise.values, _added_up(noise.gradients, direction)
        except UnsupportedError:
            pass
    return _forward(program, direction, dtype, seed)


def _added_up(noise: list[Array | None], direction: list[Array | None]) -> float:
    pairs = zip(noise, direction, strict=True)
    return sum(float((n * np.abs(d)).sum()) for n, d in pairs if n is not None and d is not None)


def _forward(
    program: Program, direction: list[Array | None], dtype: str, seed: int
) -> tuple[list[Array], float]:
    base = [np.asarray(v) for v in _outputs(program, complex_step.run(program, direction))]
    noise = [np.zeros(b.shape) for b in base]
    slope = 0.0
    draw = complex_step.RandomRounding(seed, drawn_at(dtype))
    for _ in range(DRAWS // 2):
        noisy = _outputs(program, complex_step.run(program, direction, draw))
        noise = [
            np.fmax(e, np.abs(np.real(x) - np.real(b)))
            for e, x, b in zip(noise, noisy, base, strict=True)
        ]
        slope = max(slope, abs(float(np.imag(noisy[-1] - base[-1]))))
    scale = UNIT[dtype] / drawn_at(dtype)
    return [e * scale for e in noise], slope / complex_step.STEP * scale


def _outputs(program: Program, values: list[Any]) -> list[Any]:
    return [values[o] for o in program.outputs]


def _complex_runs(program: Program, unit_: float, seed: int) -> Run:
    """Half as many draws, forward, one run a scalar."""
    draws = range(seed + 1, seed + DRAWS // 2 + 1)
    runs = [_complex_run(program, complex_step.RandomRounding(draw, unit_)) for draw in draws]
    values = [np.stack([r[0][k] for r in runs]) for k in range(len(program.outputs))]
    gradients = [
        np.stack([np.asarray(r[1][i]) for r in runs]) if leaf.requires_grad else None
        for i, leaf in enumerate(program.leaves)
    ]
    return values, gradients


def _complex_run(program: Program, noise: complex_step.RandomRounding | None = None) -> Run:
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


def complex_gradient(program: Program, noise: complex_step.RandomRounding | None = None) -> Run:
    """Outputs and gradients by the complex step, entry by entry; rounded at random with `noise`."""
    return _complex_run(program, noise)


def finite(run: Run) -> bool:
    """Whether nothing in a run is infinite or NaN."""
    return all(bool(np.isfinite(x).all()) for x in (*run[0], *run[1]) if x is not None)
