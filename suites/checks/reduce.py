"""The smallest script that still shows a difference.

A shorter story may have another end, so what is expected cannot simply be kept: a script without
its second sweep should not end in twice the gradient. A `witness`, another engine, answers for
that: a step may go only if the engine still differs *and* the witness still does what is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from .judge import Finding
from .script import Alike, AnyExpectation, Choice, Raises, Script, Step

Play = Callable[[Script], Finding]


def reduced(script: Script, play: Play, witness: Play) -> Script:
    """The script without the steps that its difference does not need.

    `play` is the engine that differs, `witness` one that does what the script expects.
    """
    got = play(script).got
    if witness(script).outcome != "holds":
        return script
    smaller: Script | None = script
    while smaller is not None:
        script = smaller
        smaller = next(
            (s for s in _smaller(script) if _shows(s, play, got) and witness(s).outcome == "holds"),
            None,
        )
    return script


def _shows(script: Script, play: Play, got: str) -> bool:
    """Whether it is the same difference: what the engine gives is still the same."""
    found = play(script)
    return found.outcome == "differs" and found.got == got


def _smaller(script: Script) -> Iterator[Script]:
    """One expectation instead of all, or a step less, its dependents with it; the last first."""
    if len(script.expected) > 1:
        yield from (Script(script.steps, (expected,)) for expected in script.expected)
    for k in reversed(range(len(script.steps))):
        cut = without(script, k)
        if cut.expected:
            yield cut


def without(script: Script, k: int) -> Script:
    """The script without step k, what depends on it, and what was expected of them.

    A block loses both its ends.
    """
    gone = {k, *_partner(script, k)}
    for n, step in enumerate(script.steps):
        if any(ref in gone for ref in step.refs):
            gone.add(n)
    kept = [n for n in range(len(script.steps)) if n not in gone]
    number = {old: new for new, old in enumerate(kept)}
    steps = tuple(_renumbered(script.steps[n], number) for n in kept)
    expected = [_moved(e, number) for e in script.expected if _refs(e) <= {*kept}]
    return Script(steps, tuple(expected))


def _partner(script: Script, k: int) -> Iterator[int]:
    """The other end of the block that step k begins or ends."""
    open_: list[int] = []
    for n, step in enumerate(script.steps):
        if step.verb == "enter":
            open_.append(n)
        elif step.verb == "leave":
            begin = open_.pop()
            if k in (begin, n):
                yield from (begin, n)


def _renumbered(step: Step, number: dict[int, int]) -> Step:
    of = tuple(number[a] if isinstance(a, int) else a for a in step.of)
    return msgspec.structs.replace(step, of=of)


def _refs(expected: AnyExpectation) -> set[int]:
    """The steps that an expectation is about."""
    refs = {expected.step}
    if isinstance(expected, Alike):
        refs.add(expected.to)
    if isinstance(expected, Raises):
        refs.update(expected.earlier)
    if isinstance(expected, Choice):
        refs.update(ref for way in expected.among for e in way.holds for ref in _refs(e))
    return refs


def _moved(expected: AnyExpectation, number: dict[int, int]) -> AnyExpectation:
    step = number[expected.step]
    if isinstance(expected, Alike):
        return msgspec.structs.replace(expected, step=step, to=number[expected.to])
    if isinstance(expected, Raises):
        earlier = tuple(number[k] for k in expected.earlier)
        return msgspec.structs.replace(expected, step=step, earlier=earlier)
    if isinstance(expected, Choice):
        among = tuple(
            msgspec.structs.replace(way, holds=tuple(_moved(e, number) for e in way.holds))
            for way in expected.among
        )
        return msgspec.structs.replace(expected, step=step, among=among)
    return msgspec.structs.replace(expected, step=step)
