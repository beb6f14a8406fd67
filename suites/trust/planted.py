"""Detection by size: factors planted in programs that an engine gets right.

A factor stands in the gradient of one leaf, or in what one call of the sweep passes on. Nothing
else of the answer is touched, so whatever is found was found by its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ...oracles.vocabulary import VOCABULARY
from ..adapter import Answer, op_table
from ..engines.reference import Reference
from ..host import open_engine
from ..judge import judge
from ..run import Session, trials
from ..saboteurs.hunt import kills, opened
from ..saboteurs.patch import attribute
from ..trial import Trial
from .measures import plans_over

SIZES = tuple(10.0**-k for k in range(1, 13))
"""Relative sizes of planted factors."""
PLACES = ("a leaf's gradient", "an op's vjp")
SCREENS = frozenset({"complex_step", "pytorch"})
"""The cheap oracles: by one direction in float64, entry by entry with measured noise in float32."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Of programs with a factor 1 + `size` planted that changed the answer, how many were found.

    `exact` and `other` are programs that the exact oracle decides, and the rest; of these, the
    cheap oracle did not acquit `alarmed`, and the truth convicted `convicted`.
    """

    dtype: str
    place: str
    size: float
    exact: int
    exact_found: int
    other: int
    alarmed: int
    convicted: int


def detection(dtype: str, count: int, seed: int, sizes: Sequence[float] = SIZES) -> list[Detection]:
    """Factors of every size planted in the same programs, which the engine gets right."""
    with open_engine("reference", op_table(VOCABULARY), in_process=True) as handle:
        session = opened(handle)
        plans = plans_over(count, session, dtype, seed, "planted")
        drawn = [t for plan in plans for t in trials(plan, session) if isinstance(t, Trial)]
        return [_detected(session, drawn, dtype, place, size) for place in PLACES for size in sizes]


def _detected(
    session: Session, drawn: list[Trial], dtype: str, place: str, size: float
) -> Detection:
    counts: Counter[str] = Counter()
    for trial in drawn:
        clean = session.answer(trial.program, dtype, "cpu")
        plant = _in_leaf if place == PLACES[0] else _in_sweep
        wrong = plant(session, trial, clean, dtype, 1 + size)
        if wrong is None or not _differs(clean, wrong):
            continue
        found = judge(trial, wrong, session.rules(dtype))
        exact = found.oracle == "exact"
        counts["exact" if exact else "other"] += 1
        counts["exact found" if exact else "convicted"] += kills(found.outcome)
        counts["alarmed"] += not exact and not (
            found.outcome == "agrees" and found.oracle in SCREENS
        )
    names = ("exact", "exact found", "other", "alarmed", "convicted")
    return Detection(dtype, place, size, *(counts[name] for name in names))


def _in_leaf(
    session: Session, trial: Trial, clean: Answer, dtype: str, factor: float
) -> Answer | None:
    """The gradient of one leaf, which one by the program's id, times the factor."""
    given = [i for i, g in enumerate(clean.grads) if g is not None and g.any()]
    if not given:
        return None
    at = given[trial.seed % len(given)]
    grads = [g * g.dtype.type(factor) if i == at else g for i, g in enumerate(clean.grads)]
    return replace(clean, grads=tuple(grads))


def _in_sweep(
    session: Session, trial: Trial, clean: Answer, dtype: str, factor: float
) -> Answer | None:
    """What one call of the sweep passes on to its operands, times the factor."""
    with _scaling(Reference.torch, -1, 1.0) as calls:
        session.answer(trial.program, dtype, "cpu")
    if not calls:
        return None
    with _scaling(Reference.torch, trial.seed % len(calls), factor):
        return session.answer(trial.program, dtype, "cpu")


@contextmanager
def _scaling(engine: Any, at: int, factor: float) -> Iterator[list[str]]:
    """The engine with the cotangent of the `at`-th swept call scaled; the names of all swept."""
    pull_back, swept = engine.sweep.pull_back, []

    def scaled(node: Any, rule: Any, g: Any, *rest: Any) -> None:
        swept.append(rule.name)
        pull_back(node, rule, g * factor if len(swept) == at + 1 else g, *rest)

    with attribute(engine.sweep, "pull_back", scaled):
        yield swept


def _differs(one: Answer, other: Answer) -> bool:
    return any(
        (g is None) != (h is None) or (g is not None and g.tobytes() != h.tobytes())
        for g, h in zip(one.grads, other.grads, strict=True)
    )
