"""Deciding about one answer: from the cheapest test that can acquit to the truth at 200 bits.

Form first (errors, shapes, dtypes, missing and unasked gradients, mutation). Then, for integer
programs, equality with the exact oracle. Then the screen: one directional derivative against the
complex step in float64, PyTorch's gradient with measured noise at other dtypes. Whatever that does
not acquit, and a share of what it does, meets a Taylor ball along the same direction; and what is
left is judged entry by entry against the truth. Only the exact oracle and the truth can convict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..oracles import compare, complex_step, exact, pytorch, rounding, taylor, truth
from ..oracles.evaluate import UnsupportedError
from ..oracles.program import Array
from ..oracles.vocabulary import VOCABULARY
from ..reports.records import Case, Row
from .adapter import Answer, Failure
from .explain import DIAGNOSES, entry_rows
from .trial import Trial

if TYPE_CHECKING:
    from .run import Plan

SHARE = 1024
"""One program in this many goes past the screen to a ball, so that the screen is checked, too."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What to judge by: the dtype, the engine's declared habits, and oracles without a vote.

    `gives_all`: the engine has no notion of `requires_grad` and gives every leaf a gradient.
    """

    dtype: str = "float64"
    gives_all: bool = False
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome with its evidence. `score` is the error in units of the tolerance; −1 if none.

    `observed`: what the engine chose where mathematics leaves a choice, by its name. `value`: the
    number of the value whose shape or dtype is wrong, or whose call declined; −1 if there is none.
    """

    outcome: str
    oracle: str = ""
    score: float = -1.0
    resolution: float = -1.0
    message: str = ""
    rows: tuple[Row, ...] = ()
    tolerance: str = ""
    hint: str = ""
    traceback: str = ""
    oracle_errors: tuple[str, ...] = field(default=())
    observed: tuple[tuple[str, str], ...] = ()
    value: int = -1

    def case(self, plan: Plan, trial: Trial) -> Case:
        """The record of a program that was tried."""
        return Case(
            check=plan.check,
            op=plan.family,
            dtype=plan.dtype,
            device=plan.device,
            outcome=self.outcome,
            id=trial.id,
            oracle=self.oracle,
            score=min(max(self.score, -1.0), 1e300),
            resolution=min(max(self.resolution, -1.0), 1e300),
        )


CARRIER = {"bfloat16": "float32"}
"""The dtype in which numpy carries one that it does not have."""
ERRORS = {"unsupported": "declined", "keyword": "not offered"}


def judge(trial: Trial, answer: Answer, rules: Rules) -> Judgement:
    """The judgement on an engine's answer to a trial."""
    if trial.judged is not None:
        return trial.judged(trial, answer, rules)
    for test in (form, _exactly, _screen, _reference, _ball):
        found = test(trial, answer, rules)
        if found is not None:
            return found
    return in_full(trial, answer, rules)


def form(trial: Trial, answer: Answer, rules: Rules) -> Judgement | None:
    """What can be said without looking at numbers."""
    if answer.error is not None:
        return _failed(trial, answer.error)
    program, dtype = trial.program, np.dtype(CARRIER.get(rules.dtype, rules.dtype))
    for o, value in zip(program.outputs, answer.values, strict=True):
        name, want = program.name(o), np.shape(trial.facts.values[o])
        if value.shape != want:
            said = f"{name} has shape {value.shape}, not {want}"
            return Judgement("wrong shape", message=said, value=o)
        if value.dtype != dtype:
            return Judgement(
                "wrong dtype", message=f"{name} is {value.dtype}, not {dtype}", value=o
            )
    for i, (leaf, g) in enumerate(zip(program.leaves, answer.grads, strict=True)):
        found = _gradient_form(trial, i, leaf.requires_grad, g, rules)
        if found is not None:
            return found
    if answer.mutated:
        names = ", ".join(program.name(i) for i in answer.mutated)
        return Judgement("mutated input", message=f"the engine changed the entries of {names}")
    return None


def _failed(trial: Trial, failure: Failure) -> Judgement:
    """What an error comes to; of a call that declined, which value it would have made."""
    outcome = ERRORS.get(failure.kind, failure.kind)
    where = f" ({failure.where})" if failure.where else ""
    message = f"{failure.type}: {failure.message}{where}"
    names = [f"call {k}" for k in range(len(trial.program.calls))]
    value = -1
    if outcome == "declined" and failure.where in names:
        value = len(trial.program.leaves) + names.index(failure.where)
    return Judgement(outcome, message=message, traceback=failure.traceback, value=value)


def _gradient_form(
    trial: Trial, i: int, wanted: bool, g: Array | None, rules: Rules
) -> Judgement | None:
    name, shape = f"{trial.program.name(i)}.grad", trial.program.leaves[i].shape
    if g is None:
        if wanted and reaches(trial, i):
            return Judgement("missing gradient", message=f"{name} is none, though x{i} was used")
        return None
    if not wanted and not rules.gives_all and np.any(g):
        return Judgement("unasked gradient", message=f"{name} is there, but was not asked for")
    if wanted and g.shape != shape:
        return Judgement("wrong shape", message=f"{name} has shape {g.shape}, but x{i} has {shape}")
    dtype = np.dtype(CARRIER.get(rules.dtype, rules.dtype))
    if wanted and g.dtype != dtype:
        return Judgement("wrong dtype", message=f"{name} is {g.dtype}, but x{i} is {dtype}")
    return None


def reaches(trial: Trial, leaf: int) -> bool:
    """Whether the last output was computed from this leaf."""
    program = trial.program
    seen = {program.outputs[-1]}
    first = len(program.leaves)
    for number in range(first + len(program.calls) - 1, first - 1, -1):
        call = program.calls[number - first]
        if number in seen and (call.op not in VOCABULARY or VOCABULARY[call.op].differentiable):
            seen.update(call.refs)
    return leaf in seen


def _wanted(trial: Trial, answer: Answer) -> list[Array | None]:
    return [
        g if leaf.requires_grad else None
        for leaf, g in zip(trial.program.leaves, answer.grads, strict=True)
    ]


def _exactly(trial: Trial, answer: Answer, rules: Rules) -> Judgement | None:
    """Equality where nothing rounds; none if the program does not qualify at this dtype."""
    if not trial.whole:
        return None
    direction = trial.integers()
    try:
        want = exact.solve(trial.program, direction)
    except UnsupportedError:
        return None
    if want.bits > rounding.SIGNIFICANT[rules.dtype]:
        return None
    if (
        all(
            compare.exact(v, trial.facts.values[o])
            for o, v in zip(trial.program.outputs, answer.values, strict=True)
        )
        and exact.along(_wanted(trial, answer), direction) == want.tangent
    ):
        return Judgement("agrees", "exact", 0.0, 0.0)
    found = in_full(trial, answer, rules)
    if found.outcome not in DIAGNOSES:
        found = _entry_off(found, *next(_unequal(trial, answer)))
    nothing = "0: integers of few bits, nothing rounds, so engine and truth must be equal"
    return replace(found, oracle="exact", tolerance=nothing)


Off = tuple[str, str, tuple[int, ...], Any, Any]
"""An outcome, what it is about, the place of an entry, what was got, and what it should be."""


def _unequal(trial: Trial, answer: Answer) -> Iterator[Off]:
    """Entries that are not equal where nothing rounds, by however little: values first.

    The truth of a gradient's entry is the exact derivative along its own axis.
    """
    program = trial.program
    for o, v in zip(program.outputs, answer.values, strict=True):
        for at, want in np.ndenumerate(trial.facts.values[o]):
            if v[at] != want:
                yield "wrong value", program.name(o), at, v[at], want
    asked = [(i, g) for i, g in enumerate(_wanted(trial, answer)) if g is not None]
    for i, g in asked:
        for at in np.ndindex(g.shape):
            along = [np.zeros(leaf.shape, int) for leaf in program.leaves]
            along[i][at] = 1
            want = exact.solve(program, along).tangent
            if g[at] != want:
                yield "wrong gradient", f"{program.name(i)}.grad", at, g[at], want


def _entry_off(
    found: Judgement, outcome: str, name: str, at: tuple[int, ...], got: Any, want: Any
) -> Judgement:
    """The judgement that one entry is not what it should be."""
    place = f"{name}[{', '.join(map(str, at))}]" if at else name
    got, want = repr(float(got)), repr(float(want))
    return replace(
        found,
        outcome=outcome,
        score=max(found.score, 0.0),
        message=f"{place} is {got}, but should be {want}",
        rows=(Row(entry=place, got=got, want=want, wrong=True),),
        hint="",
    )


def _screen(trial: Trial, answer: Answer, rules: Rules) -> Judgement | None:
    """float64: acquit by one directional derivative, within a multiple of the unit roundoff."""
    if rules.dtype != "float64" or not trial.seed % SHARE:
        return None
    direction, want = trial.gaussian(), trial.slope
    try:
        if want is None:
            _, want = complex_step.derivative(trial.program, direction)
    except UnsupportedError:
        return None
    got, size = compare.along(_wanted(trial, answer), direction)
    score = compare.screen(got, want, size)
    values = zip(answer.values, trial.program.outputs, strict=True)
    if score <= 1.0 and all(compare.near(v, trial.facts.values[o]) for v, o in values):
        return Judgement("agrees", "complex_step", score)
    return None


def _reference(trial: Trial, answer: Answer, rules: Rules) -> Judgement | None:
    """Other dtypes: entry by entry against PyTorch in float64.

    What is within a few roundings agrees, whatever the noise; for the rest the noise is measured.
    What that does not acquit goes to the truth at once: one direction is a coarser sieve.
    """
    if rules.dtype == "float64" or "pytorch" in rules.without:
        return None
    try:
        run = pytorch.gradient(trial.program)
        if _close(_pairs(trial, answer, run), rules.dtype):
            return Judgement("agrees", "pytorch", 1.0, compare.few(rules.dtype))
        noise = rounding.measure(trial.program, rules.dtype, trial.seed % 2**31)
    except UnsupportedError:
        return None
    found = _compared(trial, answer, rules, run, noise)
    worst = max(f[4].worst for f in found)
    resolution = max(f[4].resolution for f in found)
    if worst > 1.0 or resolution > compare.blunt(rules.dtype):
        return in_full(trial, answer, rules)
    return Judgement("agrees", "pytorch", worst, resolution)


def _ball(trial: Trial, answer: Answer, rules: Rules) -> Judgement | None:
    """Acquit along one direction against a Taylor ball, with measured noise.

    One run at 200 bits instead of one a scalar: what the screen could not acquit is mostly noise.
    """
    program, direction, seed = trial.program, trial.gaussian(), trial.seed % 2**31
    got, size = compare.along(_wanted(trial, answer), direction)
    try:
        _, slope = taylor.derivative(program, direction)
        want = 0.0 if slope.contains(0) else float(slope.mid())
        if compare.hopeless(got, want, size, rules.dtype):
            return None  # the truth has to be asked anyway
        value_noise, noise = rounding.along(program, direction, rules.dtype, seed)
    except UnsupportedError:
        return None
    score = compare.measured(got, want, size, noise, rules.dtype)
    resolution = compare.resolution(want, size, noise, rules.dtype)
    right = all(
        compare.entries(_wide(v), trial.facts.values[o], n, rules.dtype).worst <= 1.0
        for v, o, n in zip(answer.values, program.outputs, value_noise, strict=True)
    )
    if score > 1.0 or resolution > compare.blunt(rules.dtype) or not right:
        return None
    return Judgement("agrees", "taylor", score, resolution)


def in_full(trial: Trial, answer: Answer, rules: Rules) -> Judgement:
    """Entry by entry against the truth, with measured noise."""
    try:
        known = truth.solve(trial.program, rules.dtype, trial.seed % 2**31, rules.without)
    except UnsupportedError as error:
        return Judgement("no power", message=f"no oracle can judge this: {error}")
    except truth.DisagreementError as error:
        return Judgement("oracles disagree", message=str(error))
    found = _compared(trial, answer, rules, known.run, known.noise)
    return _weigh(found, known, rules, trial.facts.size)


Pair = tuple[str, str, Array, Array]
"""An outcome, what it is about, what was got, and what it should be."""
Found = tuple[str, str, Array, Array, compare.Entries]
"""The same, and the errors."""


def _pairs(trial: Trial, answer: Answer, run: pytorch.Run) -> Iterator[Pair]:
    """Every output and every gradient beside a reference run; none that is due stands for zeros."""
    program = trial.program
    for o, v, want in zip(program.outputs, answer.values, run[0], strict=True):
        yield "wrong value", program.name(o), _wide(v), want
    for i, (g, want_g) in enumerate(zip(answer.grads, run[1], strict=True)):
        if want_g is not None:
            got = np.zeros(want_g.shape) if g is None else _wide(g)
            yield "wrong gradient", f"{program.name(i)}.grad", got, want_g


def _close(pairs: Iterable[Pair | Found], dtype: str) -> bool:
    """Whether all is within a few roundings of what it should be: right, whatever the noise."""
    return all(compare.close(pair[2], pair[3], dtype) for pair in pairs)


def _compared(
    trial: Trial, answer: Answer, rules: Rules, run: pytorch.Run, noise: rounding.Noise
) -> list[Found]:
    """What was got, beside a reference run, in units of a tolerance of measured noise."""
    noises = [*noise.values, *(n for n in noise.gradients if n is not None)]
    return [
        (*pair, compare.entries(pair[2], pair[3], n, rules.dtype))
        for pair, n in zip(_pairs(trial, answer, run), noises, strict=True)
    ]


def _weigh(found: list[Found], known: truth.Truth, rules: Rules, scale: float) -> Judgement:
    """The first wrong quantity decides; values before gradients.

    `scale` is the size of the largest number in the program.
    """
    worst = max(f[4].worst for f in found)
    resolution = max(f[4].resolution for f in found)
    common = {
        "oracle": known.source,
        "score": min(worst, 1e300),
        "resolution": min(resolution, 1e300),
        "oracle_errors": known.errors,
    }
    if worst <= 1.0:
        if resolution > compare.blunt(rules.dtype) and not _close(found, rules.dtype):
            return Judgement("no power", message="noise drowns the gradient", **common)  # type: ignore[arg-type]
        return Judgement("agrees", **common)  # type: ignore[arg-type]
    far = [
        f
        for f in found
        if f[4].worst > compare.FAR and compare.beyond_cancellation(f[2], f[3], scale, rules.dtype)
    ]
    kind, name, got, want, what = far[0] if far else max(found, key=lambda f: f[4].worst)
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(what.errors)), what.errors.shape))
    place = f"{name}[{', '.join(map(str, at))}]" if at else name
    return Judgement(
        kind if far else "inaccurate",
        message=f"{place} is {got[at]!s}, but should be {want[at]!s}",
        rows=entry_rows(name, got, want, what, known),
        tolerance=f"{what.tolerance[at]:.2g} ({known.noise.source})",
        hint=DIAGNOSES[kind](got, want),
        **common,  # type: ignore[arg-type]
    )


def _wide(x: Array) -> Array:
    return np.asarray(x, dtype=np.float64)
