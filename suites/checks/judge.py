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
    Alike,
    Alternative,
    AnyExpectation,
    AtMost,
    Choice,
    Equals,
    Flag,
    Raises,
    Ref,
    Returns,
    Script,
    shown,
)
from .text import phrase, steps, wanted


@dataclass(frozen=True, slots=True)
class Finding:
    """`holds`, `differs`, `not applicable` if a step is not supported (or how the worker died).

    What the engine `chose`. Of a difference: the message, the step that it is about, and what that
    step gave.
    """

    outcome: str
    message: str = ""
    step: Ref = -1
    got: str = ""
    chosen: dict[str, str] = field(default_factory=dict)


def judge(script: Script, results: Sequence[Result] | Failure, dtype: str = "float64") -> Finding:
    """Hold what came of each step against what was expected; the first difference decides.

    `dtype` is the one of the run.
    """
    if isinstance(results, Failure):
        return Finding(results.kind, results.message)
    chosen: dict[str, str] = {}
    where, said = _first(script, results, dtype, chosen)
    raised = _raised(script, results)
    if raised:  # an error that nothing allows explains what comes after it
        where, said, declined = raised
        if declined:
            return Finding("not applicable", said)
    if not said:
        return Finding("holds", chosen=chosen)
    return Finding("differs", said, where, describe(results[where]), chosen)


def _first(
    script: Script, results: Sequence[Result], dtype: str, chosen: dict[str, str]
) -> tuple[Ref, str]:
    """The first expectation that does not hold: its step and what is wrong, which may be nothing.

    What the engine chose is noted in `chosen`.
    """
    for expected in sorted(script.expected, key=_step):
        if isinstance(expected, Choice):
            label = _choice(expected, results, dtype)
            said = _undecided(expected, label, chosen, script, results)
        else:
            said = "" if holds(expected, results, dtype) else _message(expected, script, results)
        if said:
            return expected.step, said
    return -1, ""


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
        return _neither(expected, script, results)
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
    if isinstance(expected, AtMost):
        return bool(result.array is not None and np.all(result.array <= expected.most))
    if isinstance(expected, Alike):
        return _alike(result, results[expected.to])
    if isinstance(expected, Absent):
        return result.none
    if isinstance(expected, Returns):
        return bool(result.data == expected.want)
    return result.flag is expected.want if isinstance(expected, Flag) else True


def _clear(result: Result) -> bool:
    """Whether a step raised an exception of its own."""
    return result.error is not None and result.error.kind != "blocked"


def _equal(expected: Equals, array: Array, dtype: str) -> bool:
    want = expected.want.array
    if array.shape != want.shape or not _typed(array, expected.dtype, dtype):
        return False
    if expected.rounded:
        return rounded(array, want)
    return bool(np.all((array == want) | ((array != array) & (want != want))))


def _typed(array: Array, named: str, run: str) -> bool:
    """Whether an array has the dtype that is asked of it."""
    if named == "float":
        return array.dtype.kind == "f"
    return not named or array.dtype.name == (run if named == "run" else named)


def _alike(one: Result, other: Result) -> bool:
    """Whether two results are arrays of the same bits."""
    arrays = one.array, other.array
    forms = [None if a is None else (a.dtype, a.shape, a.tobytes()) for a in arrays]
    return forms[0] is not None and forms[0] == forms[1]


def _choice(expected: Choice, results: Sequence[Result], dtype: str) -> str | None:
    """The label of the first alternative that holds; those by which a step raises come first.

    A sweep that raised leaves what was there before, which can look like another way.
    """
    for alternative in sorted(expected.among, key=_raises_nothing):
        if all(holds(e, results, dtype) for e in alternative.holds):
            return alternative.label
    return None


def _raises_nothing(alternative: Alternative) -> bool:
    """Whether no step raises, this way."""
    return not any(isinstance(e, Raises) for e in alternative.holds)


def _raised(script: Script, results: Sequence[Result]) -> tuple[Ref, str, bool] | None:
    """A step that raised though nothing lets it, and whether it says that it is not supported."""
    may_raise = {k for e in _every(script) if isinstance(e, Raises) for k in (e.step, *e.earlier)}
    lines = dict(steps(script))
    for k, result in enumerate(results):
        if result.error is not None and k not in may_raise and result.error.kind != "blocked":
            said = f"{result.error.type}: {result.error.message}".splitlines()[0]
            lacking = result.error.kind in ("unsupported", "keyword")
            return k, f"`{lines[k].strip()}` raised {said}", lacking
    return None


def _every(script: Script) -> Iterator[AnyExpectation]:
    """The expectations, those inside choices included."""
    for expected in script.expected:
        yield expected
        if isinstance(expected, Choice):
            yield from (e for way in expected.among for e in way.holds)


def _message(expected: AnyExpectation, script: Script, results: Sequence[Result]) -> str:
    """`x.grad is 9., but should be 12.: why`."""
    name = phrase(script, expected.step)
    why = f": {expected.why}" if expected.why else ""
    if isinstance(expected, Raises):
        return f"`{name}` raised nothing, but should{why}"
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
        want = "the run's dtype" if expected.dtype == "run" else f"dtype {expected.dtype}"
        return f"{got} of dtype {result.array.dtype.name}", f"of {want}"
    return got, want


def _neither(expected: Choice, script: Script, results: Sequence[Result]) -> str:
    """`a second sweep: x.grad is 9., which is none of adds (12.), replaces (6.)`."""
    ways = ", ".join(map(_way, expected.among))
    why = f": {expected.why}" if expected.why else ""
    got = f"{phrase(script, expected.step)} is {describe(results[expected.step])}"
    return f"{expected.name}: {got}, which is none of {ways}{why}"


def _way(alternative: Alternative) -> str:
    """A label, with the value that it means."""
    wants = [shown(e.want.array) for e in alternative.holds if isinstance(e, Equals)]
    return f"{alternative.label} ({wants[0]})" if wants else alternative.label


def describe(result: Result) -> str:
    """A result in a few words; empty for one that only stands for itself."""
    if result.error is not None:
        if result.error.kind == "blocked":
            return "unknown, since an earlier step failed"
        first = (result.error.message.splitlines() or [""])[0]
        return f"an error ({result.error.type}: {first})"
    if result.array is not None:
        return shown(result.array)
    if result.data is not None:
        return repr(result.data)
    return "none" if result.none else str(result.flag) if result.flag is not None else ""
