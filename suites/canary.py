"""Whether what an engine says of a program depends on those before it.

An engine with global state may be left in disorder by an error. Then a program is asked again that
the engine was right about: is it wrong about it now, and right again in a fresh process, so the
programs in between are not to blame for what they gave. They are asked once more, and from then on
each difference is followed by a fresh process.

The canary may stay right while other programs do not. So what is found is tried in a fresh process
before it is told: that is where its script will run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ..reports.outcomes import OUTCOMES
from ..reports.records import Verdict
from .adapter import Answer
from .findings import Finding, as_it_is
from .judge import Judgement
from .trial import Trial

if TYPE_CHECKING:
    from .run import Plan, Session

T = TypeVar("T")
ADVICE = (
    "A program that failed before it had left something behind. If the engine keeps global state, "
    "clear it in the adapter's `reset()`, which is called before each program."
)

KEPT = (
    "The engine keeps something between programs, or reads memory that it never set. If that is "
    "global state, clear it in the adapter's `reset()`, which is called before each program."
)
AMONG = "only after other programs in the same process"
CERTAIN = ("crashed", "timed out", "not repeatable")
"""Outcomes that were seen in a fresh process already, or that none would change."""


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


def alone(session: Session, plan: Plan, findings: Sequence[Finding]) -> list[Finding]:
    """Findings as a fresh process has them: what only other programs bring about says so.

    All share one, until one of them is right there: from then on each wrong answer has its own.
    Errors hardly ever depend on what was before, other than by what the canary sees: they are tried
    where there is a fresh process anyway. In our own process there is none.
    """
    doubtful = [f for f in findings if wrong(f.judgement) and f.judgement.outcome not in CERTAIN]
    answers = [f for f in doubtful if f.judgement.outcome != "raised"]
    if not (session.handle.isolated and answers):
        return [*findings]
    session.handle.renew()
    tried = [(f, session.try_(f.trial, plan.dtype, plan.device)) for f in doubtful]
    right = [f for f, found in tried if not wrong(found)]
    session.keeps |= bool(right)
    suspects = [*right, *(answers if session.keeps else ())]
    return [_alone(session, plan, f) if f in suspects else f for f in findings]


def _alone(session: Session, plan: Plan, finding: Finding) -> Finding:
    """A finding if it is one alone; if not, the program that it was reduced from, if that is."""

    def fresh(trial: Trial) -> Judgement:
        session.handle.renew()
        return session.try_(trial, plan.dtype, plan.device)

    outcome = finding.judgement.outcome
    small = fresh(finding.trial)
    if wrong(small):
        return finding
    whole = fresh(finding.original)
    if whole.outcome == outcome:
        return replace(finding, trial=finding.original, judgement=whole, wrong=finding.blamed)
    right = "agrees" if small.outcome == "agrees" else f"is {small.outcome}"
    said = f"{AMONG}: alone it {right}. {finding.judgement.message}"
    return replace(finding, judgement=replace(finding.judgement, message=said, hint=KEPT))


def told(session: Session, plan: Plan) -> Iterator[Verdict]:
    """The verdict on an engine that was spoilt, once."""
    if session.spoilt is None or session.told or session.canary is None:
        return
    session.told = True
    said = f"right in a fresh process, and after a program that failed: {session.spoilt.message}"
    judgement = Judgement("not repeatable", message=said, hint=ADVICE)
    yield as_it_is(replace(plan, op=""), session, session.canary, judgement)
