"""What came of a script, beside what was expected of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...oracles.compare import rounded
from ...oracles.program import Array
from ..adapter import Failure, Result
from .script import (
    Absent,
    AnyExpectation,
    Choice,
    Equals,
    Flag,
    Raises,
    Ref,
    Script,
    shown,
)
from .text import names, steps, wanted


@dataclass(frozen=True, slots=True)
class Finding:
    """`holds` or `differs`; the message, the step it is about, and what the engine chose."""

    outcome: str
    message: str = ""
    step: Ref = -1
    chosen: dict[str, str] = field(default_factory=dict)


def judge(script: Script, results: Sequence[Result] | Failure, dtype: str = "float64") -> Finding:
    """Hold what came of each step against what was expected; the first difference decides.

    `dtype` is the one of the run.
    """
    if isinstance(results, Failure):
        return Finding(results.kind, results.message)
    chosen: dict[str, str] = {}
    raised = _raised(script, results)
    for expected in sorted(script.expected, key=_step):
        if isinstance(expected, Choice):
            label = _choice(expected, results, dtype)
            said = _undecided(expected, label, chosen, script, results)
        else:
            said = "" if holds(expected, results, dtype) else _message(expected, script, results)
        if said:
            where, said = raised or (expected.step, said)
            return Finding("differs", said, where, chosen)
    if raised:
        return Finding("differs", raised[1], raised[0], chosen)
    return Finding("holds", chosen=chosen)


def _step(expected: AnyExpectation) -> Ref:
    return expected.step


def _undecided(
    expected: Choice,
    label: str | None,
    chosen: dict[str, str],
    script: Script,
    results: Sequence[Result],
) -> str:
    """What is wrong with a choice; empty if it is one of the alternatives, and as before."""
    if label is None:
        return _neither(expected, names(script), results)
    if chosen.setdefault(expected.name, label) != label:
        return f"{expected.name}: once {chosen[expected.name]}, then {label}"
    return ""


def holds(expected: AnyExpectation, results: Sequence[Result], dtype: str) -> bool:
    """Whether one expectation holds; NaN equals nothing but an expected NaN."""
    if isinstance(expected, Raises):
        return any(_clear(results[k]) for k in (expected.step, *expected.earlier))
    result = results[expected.step]
    if result.error is not None:
        return False
    if isinstance(expected, Equals):
        return result.array is not None and _equal(expected, result.array, dtype)
    if isinstance(expected, Absent):
        return result.none
    return result.flag is expected.want if isinstance(expected, Flag) else True


def _clear(result: Result) -> bool:
    """Whether a step raised an exception of its own."""
    return result.error is not None and result.error.kind != "blocked"


def _equal(expected: Equals, array: Array, dtype: str) -> bool:
    want = expected.want.array
    named = dtype if expected.dtype == "run" else expected.dtype
    if array.shape != want.shape or (named and array.dtype.name != named):
        return False
    if expected.rounded:
        return rounded(array, want)
    return bool(np.all((array == want) | ((array != array) & (want != want))))


def _choice(expected: Choice, results: Sequence[Result], dtype: str) -> str | None:
    """The label of the first alternative that holds."""
    for alternative in expected.among:
        if all(holds(e, results, dtype) for e in alternative.holds):
            return alternative.label
    return None


def _raised(script: Script, results: Sequence[Result]) -> tuple[Ref, str] | None:
    """A step that raised though nothing lets it."""
    may_raise = {k for e in _every(script) if isinstance(e, Raises) for k in (e.step, *e.earlier)}
    lines = dict(steps(script))
    for k, result in enumerate(results):
        if result.error is not None and k not in may_raise and result.error.kind != "blocked":
            said = f"{result.error.type}: {result.error.message}".splitlines()[0]
            return k, f"`{lines[k].strip()}` raised {said}"
    return None


def _every(script: Script) -> Iterator[AnyExpectation]:
    """The expectations, those inside choices included."""
    for expected in script.expected:
        yield expected
        if isinstance(expected, Choice):
            yield from (e for way in expected.among for e in way.holds)


def _message(expected: AnyExpectation, script: Script, results: Sequence[Result]) -> str:
    """`x.grad is 9., but should be 12.: why`."""
    line = dict(steps(script))[expected.step].strip()
    name = line.partition(" = ")[2] or line
    why = f": {expected.why}" if expected.why else ""
    if isinstance(expected, Raises):
        return f"`{line}` raised nothing, but should{why}"
    got = describe(results[expected.step])
    want = wanted(expected, "").strip().removeprefix("==").removeprefix("is").strip()
    if isinstance(expected, Equals):
        got, want = _told_apart(expected, results[expected.step], got, want)
    return f"{name} is {got}, but should be {want}{why}"


def _told_apart(expected: Equals, result: Result, got: str, want: str) -> tuple[str, str]:
    """The two texts with the dtype or the shape, where that is what differs."""
    if result.array is None:
        return got, want
    if result.array.shape != expected.want.shape:
        return f"{got} of shape {result.array.shape}", f"{want} of shape {expected.want.shape}"
    if expected.dtype and got == want:
        return f"{got} of dtype {result.array.dtype.name}", f"of dtype {expected.dtype}"
    return got, want


def _neither(expected: Choice, called: list[str], results: Sequence[Result]) -> str:
    first = expected.among[0].holds[0].step if expected.among[0].holds else expected.step
    labels = " or ".join(a.label for a in expected.among)
    why = f": {expected.why}" if expected.why else ""
    got = describe(results[first])
    return f"{expected.name} should be {labels}, but {called[first]} is {got}{why}"


def describe(result: Result) -> str:
    """A result in a few words."""
    if result.error is not None:
        if result.error.kind == "blocked":
            return "unknown, since an earlier step failed"
        return f"an error ({result.error.type}: {result.error.message.splitlines()[:1] or ['']})"
    if result.array is not None:
        return shown(result.array)
    return "none" if result.none else str(result.flag) if result.flag is not None else "something"
