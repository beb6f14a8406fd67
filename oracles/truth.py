"""What is right, entry by entry, and how sure that is: precedence of the oracles, with their noise.

First a Taylor ball, which is rigorous. Where there is none, PyTorch, if the complex step agrees
with it; if not, the oracles disagree and nobody is accused. An oracle that shares the engine's code
has no vote. An oracle outside a ball is named in `errors`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import compare, pytorch, taylor
from .evaluate import UnsupportedError
from .program import Program
from .pytorch import Run
from .rounding import Noise, complex_gradient, finite, measure

ORACLES: dict[str, Callable[[Program], Run]] = {
    "taylor": taylor.gradient,
    "pytorch": pytorch.gradient,
    "complex_step": complex_gradient,
}


class DisagreementError(Exception):
    """The oracles disagree, and no rigorous ball settles it."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Outputs and gradients in float64, their noise at a dtype, and who says so."""

    run: Run
    noise: Noise
    source: str
    others: dict[str, Run]
    errors: tuple[str, ...]


def solve(program: Program, dtype: str, seed: int, without: frozenset[str] = frozenset()) -> Truth:
    """The truth about a program. `without` names oracles that share code with the engine.

    Raises `UnsupportedError` if no oracle can tell, `DisagreementError` if they cannot agree.
    """
    runs: dict[str, Run] = {}
    for name, oracle in ORACLES.items():
        if name not in without:
            try:
                run = oracle(program)
            except UnsupportedError:
                continue
            if finite(run):
                runs[name] = run
    if not runs:
        raise UnsupportedError("no oracle can judge this program")
    noise = measure(program, dtype, seed)
    source = next(iter(runs))
    truth = runs.pop(source)
    off = tuple(name for name, run in runs.items() if _differs(run, truth, noise))
    if source != "taylor" and off:
        raise DisagreementError(f"{source} and {', '.join(off)}")
    return Truth(truth, noise, source, runs, off)


def _differs(run: Run, truth: Run, noise: Noise) -> bool:
    """Whether an oracle is far from the truth, judged as an engine would be."""
    pairs = [*zip(run[0], truth[0], noise.values, strict=True)]
    for g, t, n in zip(run[1], truth[1], noise.gradients, strict=True):
        if g is not None and t is not None and n is not None:
            pairs.append((g, t, n))
    return any(compare.entries(a, b, n, "float64").worst > compare.FAR for a, b, n in pairs)
