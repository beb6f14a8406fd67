"""Judging at kinks and singular points: against the limits of the gradient around them.

- Finite limits: the gradient lies in their hull, along every direction of zeros and ones with
  signs. So shares of a tie add up, and where there is one limit the gradient equals it. Which
  point of the hull it is, the engine chooses, and is observed; the same for all entries.
- A slope that is infinite or one-sided on the way: an ordinary chain rule makes NaN of 0·∞, so a
  non-finite result is a convention, and only a number that no limit allows is wrong. Where all
  slopes grow without bound, that is any number but 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from ...oracles import compare, limits, pytorch
from ...oracles.evaluate import UnsupportedError
from ...oracles.limits import Limits
from ...oracles.program import Array, Program
from ...reports.records import Row
from ..adapter import Answer
from ..judge import Judgement, Rules
from ..trial import Trial
from .conventions import choices, named, observed, pattern, shares, strict, unbounded
from .place import CONES, extreme, label, nan_leaf, singular_ops
from .values import CLAMPED, wrong_value

SOURCE = "limits"


@lru_cache(maxsize=4096)
def _limits(json: bytes) -> Limits:
    return limits.solve(Program.from_json(json))


@lru_cache(maxsize=4096)
def _ordinary(json: bytes) -> bool:
    """Whether PyTorch's formula gives finite numbers here; False without PyTorch."""
    try:
        run = pytorch.gradient(Program.from_json(json))
    except UnsupportedError:
        return False
    return all(bool(np.isfinite(g).all()) for g in run[1] if g is not None)


def judge_near(trial: Trial, answer: Answer, rules: Rules) -> Judgement:
    """The judgement on an answer whose form is right."""
    wrong = wrong_value(trial, answer, rules.dtype)
    if wrong is not None:
        return wrong
    got = _flat(trial.program, answer)
    if nan_leaf(trial.program):
        return _convention(trial, answer, got, None)
    try:
        known = _limits(trial.json)
    except UnsupportedError as error:
        return Judgement("no power", message=f"no limits: {error}")
    if known.polyhedral and (_demanded(trial) or np.isfinite(got).all()):
        found = _in_hull(trial, answer, got, known, rules.dtype)
    else:
        found = _convention(trial, answer, got, known)
    if _lost(found, got, _names(trial.program)) and extreme(
        trial.program, trial.facts.values, rules.dtype
    ):
        return Judgement("no power", SOURCE, message="no ordinary formula gets here")
    return found


def _lost(found: Judgement, got: Array, names: list[str]) -> bool:
    """Whether all that is wrong is 0 or not finite, as overflow and underflow leave it.

    Where each entry lies between its limits and only a sum does not, one such entry explains it.
    """
    wrong = {row.entry for row in found.rows if row.wrong}
    odd = dict(zip(names, (got == 0) | ~np.isfinite(got), strict=True))
    entries = [odd[name] for name in wrong & {*names}]
    return all(entries) if entries else bool(found.rows) and any(odd.values())


def raised(trial: Trial, answer: Answer) -> Judgement:
    """At a singular point an exception is a convention, too."""
    kind = answer.error.type if answer.error else ""
    return Judgement("agrees", SOURCE, observed=observed(label(trial.program), f"raises {kind}"))


def _demanded(trial: Trial) -> bool:
    """Whether a finite gradient can be asked for: no infinite slope on the way, or PyTorch has it.

    Where the one place without a slope is the tip of a cone, no slope on the way is infinite.
    """
    return singular_ops(trial.program, trial.facts.values) <= CONES or _ordinary(trial.json)


def _flat(program: Program, answer: Answer) -> Array:
    """The gradients of all wanted leaves, one after another; zeros where there is none."""
    parts = []
    for i in program.wanted:
        g = answer.grads[i]
        parts.append(np.zeros(program.leaves[i].array.size) if g is None else
                     np.asarray(g, float).ravel())  # fmt: skip
    return np.concatenate(parts) if parts else np.zeros(0)


def _names(program: Program) -> list[str]:
    names = []
    for i in program.wanted:
        for index in np.ndindex(program.leaves[i].shape):
            place = f"[{', '.join(map(str, index))}]" if index else ""
            names.append(f"{program.name(i)}.grad{place}")
    return names


def _in_hull(trial: Trial, answer: Answer, got: Array, known: Limits, dtype: str) -> Judgement:
    """Along every direction between the least and the greatest limit; entries first."""
    corners = known.gradients
    directions = _directions(len(got))
    along, there = directions @ got, corners @ directions.T
    low, high = there.min(axis=0), there.max(axis=0)
    size = float(np.max(np.abs(corners), initial=0.0)) * len(got)
    off = compare.outside(along, low, high, size, dtype)
    worst = int(np.argmax(off > 1.0))
    names = _names(trial.program)
    if off[worst] > 1.0:
        what, want = _sum(directions[worst], names), _interval(low[worst], high[worst])
        rows = _rows(names, got, corners, dtype, size)
        if not any(row.wrong for row in rows):
            total = repr(float(along[worst]))
            rows = (
                *rows,
                Row(entry=what, got=total, want=want, error=f"{off[worst]:.3g}", wrong=True),
            )
        return Judgement(
            "wrong gradient", SOURCE, float(np.clip(off[worst], 0, 1e300)), 0.0,
            f"{what} is {along[worst]:g}, but should {'lie in' if '[' in want else 'be'} {want}, "
            "by the limits from all sides", rows,
            f"{compare.ROUNDINGS:g} roundings ({SOURCE} of the gradient around the point)",
        )  # fmt: skip
    if known.unique is not None:
        return Judgement("agrees", SOURCE, float(off.max()), 0.0)
    name = label(trial.program)
    if not named(name):
        return Judgement("agrees", SOURCE, float(off.max()), 0.0)
    chosen = shares(trial.program, got, corners)
    if chosen is None:
        said = "entries in the same place are treated in different ways: "
        return Judgement("wrong gradient", SOURCE, 1e300, 0.0,
                         said + ", ".join(f"{n} is {g:g}" for n, g in zip(names, got, strict=True)),
                         _rows(names, got, corners, dtype, size))  # fmt: skip
    return Judgement("agrees", SOURCE, float(off.max()), 0.0,
                     observed=observed(name, chosen))  # fmt: skip


@lru_cache(maxsize=16)
def _directions(size: int) -> Array:
    """Unit vectors, the vector of ones, then all of zeros and ones with signs, if they are few."""
    first = [*np.eye(size), np.ones(size)]
    few = itertools.product((0.0, 1.0, -1.0), repeat=size) if size <= 6 else ()
    return np.array([*first, *(np.array(d) for d in few)])


def _sum(d: Array, names: list[str]) -> str:
    """`x0.grad[0] - x1.grad[0]`."""
    terms = [f"{'-' if c < 0 else '+'} {n}" for c, n in zip(d, names, strict=True) if c]
    return " ".join(terms).removeprefix("+ ")


def _interval(low: float, high: float) -> str:
    return f"{low:.17g}" if low == high else f"[{low:.17g}, {high:.17g}]"


def _rows(names: list[str], got: Array, corners: Array, dtype: str, size: float) -> tuple[Row, ...]:
    low, high = corners.min(axis=0), corners.max(axis=0)
    off = compare.outside(got, low, high, size, dtype)
    return tuple(
        Row(entry=n, got=repr(float(g)), want=_interval(a, b),
            error=f"{e:.3g}", wrong=bool(e > 1.0))
        for n, g, a, b, e in zip(names, got, low, high, off, strict=True)
    )  # fmt: skip


def _convention(trial: Trial, answer: Answer, got: Array, known: Limits | None) -> Judgement:
    """What an engine makes of a singular point; wrong only where no side allows the number."""
    want, poles = strict(known, len(got)), unbounded(known, len(got))
    names = _names(trial.program)
    for name, g, w, pole in zip(names, got, want, poles, strict=True):
        said = _disallowed(g, w, pole)
        if said:
            row = Row(entry=name, got=repr(float(g)), want=f"{pole or w:g}", wrong=True)
            hint = CLAMPED if pole and np.isfinite(g) else ""
            return Judgement("wrong gradient", SOURCE, 1e300, 0.0,
                             f"{name} is {g:g}, but on every side where there is a slope it {said}",
                             (row,), hint=hint)  # fmt: skip
    name, seen = label(trial.program), pattern(trial.program, got)
    others = choices(name, pattern(trial.program, want))
    shown = "" if seen in others.values() else _unlike(seen, others)
    return Judgement("no power" if shown else "agrees", SOURCE, 0.0, 0.0, shown,
                     observed=observed(name, seen))  # fmt: skip


def _unlike(seen: str, others: Mapping[str, str]) -> str:
    told = ", ".join(f"{who} [{what}]" for who, what in others.items())
    return (
        f"the gradient is {seen}, unlike any known choice ({told}); mathematics leaves one here, "
        "so this is neither right nor wrong"
    )


def _disallowed(got: float, want: float, pole: float) -> str:
    """What the slope is instead, on every side; nothing where `got` is a convention.

    0 is one, also at a pole: an engine says so that it hands nothing on. Any other number there
    belongs to no side, and follows from some small number in the rule.
    """
    if pole and np.isfinite(got) and got != 0:
        return "grows without bound"
    beyond = np.isfinite(want) and np.isfinite(got) and got != 0
    if beyond and abs(got - want) > 1e-3 * (1 + abs(want)):
        return f"is {want:g}"
    return f"is {want:g}" if np.isinf(want) and np.isinf(got) and want != got else ""
