"""Whether a program that failed spoils the engine for those after it.

An engine with global state may be left in disorder by an error. Then a program is asked again that
the engine was right about: is it wrong about it now, and right again in a fresh process, so the
programs in between are not to blame for what they gave. They are asked once more, and from then on
each difference is followed by a fresh process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ..reports.outcomes import OUTCOMES
from ..reports.records import Verdict
from .adapter import Answer
from .findings import as_it_is
from .judge import Judgement
from .trial import Trial

if TYPE_CHECKING:
    from .run import Plan, Session

T = TypeVar("T")
ADVICE = (
    "A program that failed before it had left something behind. If the engine keeps global state, "
    "clear it in the adapter's `reset()`, which is called before each program."
)


def wrong(judgement: Judgement) -> bool:
    """Whether this is a difference."""
    return OUTCOMES[judgement.outcome].group == "difference"


def answered(
    session: Session,
    tried: Sequence[Trial],
    at: tuple[str, str],
    read: Callable[[Trial, Answer], T],
    failed: Callable[[T], bool],
) -> Iterator[tuple[Trial, T]]:
    """What is read from the answer to each program, at a dtype and device, from a sound engine."""
    done = 0
    while done < len(tried):
        held: list[tuple[Trial, T]] = []
        rest = tried[done:]
        for trial, answer in zip(
            rest, session.handle.answers([t.program for t in rest], *at), strict=True
        ):
            found = trial, read(trial, answer)
            if held or failed(found[1]):
                held.append(found)
                if session.spoilt is not None:
                    break  # what is left is asked of a fresh process
            else:
                done += 1
                yield found
        if held and session.spoilt is None and spoils(session):
            del held[1:]
        done += len(held)
        yield from held


def spoils(session: Session) -> bool:
    """Whether the engine, after a difference, is wrong about what it was right about before.

    If so, it has a fresh process now.
    """
    if session.canary is None or session.spoilt is not None:
        return False
    found = session.again(session.canary)
    if not wrong(found) or found.outcome in ("crashed", "timed out"):
        return False
    session.handle.renew()
    if wrong(session.again(session.canary)):
        return False  # no fresh process helps
    session.spoilt = found
    return True


def told(session: Session, plan: Plan) -> Iterator[Verdict]:
    """The verdict on an engine that was spoilt, once."""
    if session.spoilt is None or session.told or session.canary is None:
        return
    session.told = True
    said = f"right in a fresh process, and after a program that failed: {session.spoilt.message}"
    judgement = Judgement("not repeatable", message=said, hint=ADVICE)
    yield as_it_is(replace(plan, op=""), session, session.canary, judgement)
