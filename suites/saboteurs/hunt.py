"""A suite set on a saboteur, to the first kill."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

from ...oracles.vocabulary import VOCABULARY
from ...reports.outcomes import group
from ...reports.records import Case, Verdict
from ..adapter import op_table
from ..findings import investigate
from ..host import EngineHandle, open_engine
from ..plans import dtypes, plans
from ..run import Plan, Session, run, trials
from ..trial import Trial
from . import Saboteur

PROFILE = "quick"


@dataclass(frozen=True, slots=True)
class Catch:
    """How a saboteur was caught: the suite, its verdict, and what it took.

    `seconds` is CPU time from the first program drawn to the kill, before anything is reduced.
    """

    suite: str
    verdict: Verdict
    programs: int
    seconds: float

    @property
    def oracle(self) -> str:
        """The oracle that decided; `form`, where no number had to be looked at."""
        return self.verdict.oracle or "form"

    @property
    def outcome(self) -> str:
        """In what way it failed."""
        return self.verdict.outcome

    @property
    def op(self) -> str:
        """The op that is blamed."""
        return self.verdict.op

    @property
    def calls(self) -> int:
        """The calls of the reduced program."""
        return len(self.verdict.ops)


def hunt(saboteur: Saboteur, seed: int = 0) -> Catch | None:
    """Break the engine in this process, run the saboteur's suite to the first kill, undo it."""
    ops = op_table(VOCABULARY)
    with saboteur.broken(), open_engine("reference", ops, in_process=True) as handle:
        return first_kill(handle, saboteur.suite, seed, saboteur.op)


def opened(handle: EngineHandle, op: str = "") -> Session:
    """A session ready to run: all ops take part, or those named."""
    session = Session(handle, only=frozenset(op.split()) or None)
    list(session.probe())
    return session


def first_kill(handle: EngineHandle, suite: str, seed: int = 0, op: str = "") -> Catch | None:
    """Run a suite (of it, the programs of some ops) as quick does, but only to its first kill."""
    session = opened(handle, op)
    start = time.process_time()
    cases = judged(session, suite, seed)
    for programs, (plan, case) in enumerate(cases, start=1):
        if kills(case.outcome):
            cases.close()  # a worker that is left in the middle of a batch has to start anew
            seconds = time.process_time() - start
            return Catch(suite, _verdict(plan, session, case), programs, seconds)
    return None


def kills(outcome: str) -> bool:
    """Whether an outcome convicts: a difference, or an error that an oracle has proven."""
    return group(outcome) == "difference" or outcome == "inaccurate"


def judged(session: Session, suite: str, seed: int = 0) -> Generator[tuple[Plan, Case], None, None]:
    """The programs of a suite in order, each judged."""
    for plan in plans(suite, session, PROFILE, seed, dtypes(session, None, PROFILE), "cpu"):
        for record in run(plan, session):
            if isinstance(record, Case):
                yield plan, record


def _verdict(plan: Plan, session: Session, case: Case) -> Verdict:
    """The one failing program in full; the plan draws it again."""
    drawn = (t for t in trials(plan, session) if isinstance(t, Trial))
    trial = next(t for t in drawn if t.id == case.id)
    judgement = session.try_(trial, plan.dtype, plan.device)
    verdict = investigate(plan, session, trial, judgement)
    if verdict is None:
        raise RuntimeError(f"{judgement.outcome} is no news in this session")
    return verdict
