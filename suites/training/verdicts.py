"""What came of a training, as records: like a program's, and explained by one.

A path that is wrong is wrong because of a gradient: the first program on it that the judge of
single programs convicts is reduced as any other, and the verdict says where the path was left too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec.structs import replace as replaced

from ...oracles.compare import FAR
from ...reports.outcomes import OUTCOMES
from ...reports.records import Case, Tally, Verdict
from ..accept import Entry
from ..findings import as_it_is, blamed_op, investigate
from ..judge import Judgement
from ..refusals import refusals
from ..trial import Trial
from .trainings import TRAININGS, Training
from .walk import Walk, expected, walk

if TYPE_CHECKING:
    from ..run import Plan, Session

HINT = (
    "The program of one step of a training, reduced. The path of a training is a sum of gradients: "
    "one that is lost, doubled or stale shows in every step after it."
)


def train(plan: Plan, session: Session) -> Iterator[Case | Verdict | Tally]:
    """Walk the training that the plan names: a `Case`, a `Verdict` if it differs, a `Tally`."""
    start = time.process_time()
    training = TRAININGS[plan.op]
    if not takes(training, session):
        yield _tally(plan, None, Judgement("not offered"), start)
        return
    want = expected(plan.op, plan.dtype, session.rules(plan.dtype).without)
    found = walk(
        training,
        want,
        lambda programs: list(session.handle.answers(programs, plan.dtype, plan.device)),
        plan.dtype,
    )
    convicted = _convicted(plan, session, found)
    alone = convicted is not None
    trial, judgement = convicted or _of_path(found, want.source)
    entry = _known(plan, session, trial, judgement, alone)
    outcome = "accepted" if entry else judgement.outcome
    yield replace(judgement, outcome=outcome).case(plan, trial)
    if OUTCOMES[judgement.outcome].group in ("difference", "unproven"):
        explain = investigate if alone else as_it_is
        verdict = explain(plan, session, trial, judgement)
        if verdict is not None:
            why = entry.name if entry else ""
            yield _told(training, found, judgement, replaced(verdict, outcome=outcome, reason=why))
    yield _tally(plan, trial, replace(judgement, outcome=outcome), start)


def _known(
    plan: Plan, session: Session, trial: Trial, judgement: Judgement, alone: bool
) -> Entry | None:
    """The entry that accepts a difference: of the op to blame, or of the training by its name."""
    if not session.accepted.entries or OUTCOMES[judgement.outcome].group != "difference":
        return None
    op = blamed_op(plan, session, trial, judgement) if alone else plan.op
    entry = session.accepted.of_program(op, judgement.outcome, judgement.message)
    session.covered.update([entry] if entry else [])
    return entry


def takes(training: Training, session: Session) -> bool:
    """Whether an engine has all that a training needs."""
    limits = session.handle.hello.limits
    model = training.model
    leaves = model.program(0, model.start).leaves
    return (
        {*model.ops} <= {*session.handle.hello.offers} - {*session.handle.withdrawn}
        and (limits.ranks is None or {0, 1, 2} <= {*limits.ranks})
        and (limits.zero_dimensional or all(leaf.shape for leaf in leaves))
        and not any(op in limits.static for op in model.ops)
        and (limits.max_chain or len(model.calls)) >= len(model.calls)
    )


def _convicted(plan: Plan, session: Session, found: Walk) -> tuple[Trial, Judgement] | None:
    """The first program up to where the path was left that is wrong by itself."""
    if not found.failed and found.gap is None:
        return None
    last = len(found.programs) if found.gap is None else found.gap.step + 1
    for program in (p for step in found.programs[:last] for p in step):
        trial = Trial.of(program)
        judgement = session.try_(trial, plan.dtype, plan.device)
        differs = OUTCOMES[judgement.outcome].group == "difference"
        if differs or (found.failed and judgement.outcome != "agrees"):
            return trial, judgement
    return None


def _of_path(found: Walk, source: str) -> tuple[Trial, Judgement]:
    """The judgement on the path as a whole, and the program of the step that it is about."""
    gap = found.gap
    trial = Trial.of(found.programs[gap.step if gap else 0][-1])
    if found.failed:
        said = "a step of the path gave no gradient, but its programs do when asked alone"
        return trial, Judgement("not repeatable", source, message=said)
    if gap is not None:
        outcome = "wrong gradient" if gap.score > FAR else "inaccurate"
        tolerance = f"{gap.tolerance:.2g} (the path walked again with random rounding)"
        return trial, Judgement(outcome, source, gap.score, message=str(gap), tolerance=tolerance)
    if found.sharp < len(found.programs) // 2:
        said = f"noise drowns the path from step {found.sharp + 1} on"
        return trial, Judgement("no power", source, found.score, message=said)
    return trial, Judgement("agrees", source, found.score)


def _told(training: Training, found: Walk, judgement: Judgement, verdict: Verdict) -> Verdict:
    """The verdict, with where the training went wrong."""
    where = f"{found.gap}: " if found.gap and str(found.gap) != judgement.message else ""
    said = f"in training {training.says}, {where}{verdict.message}"
    return replaced(verdict, message=said, hint="\n".join(filter(None, [verdict.hint, HINT])))


def _tally(plan: Plan, trial: Trial | None, judgement: Judgement, start: float) -> Tally:
    declined = [(trial, judgement)] if trial and judgement.outcome == "declined" else []
    return Tally(
        check=plan.check,
        op=plan.op,
        dtype=plan.dtype,
        device=plan.device,
        counts={judgement.outcome: 1},
        decided_by={judgement.oracle: 1} if judgement.oracle else {},
        cpu_seconds=time.process_time() - start,
        area="training",
        declined=refusals(plan, declined),
    )
