"""From a program that failed to a finding: rerun, blame, reduce, explain, and a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..oracles.program import Leaf, Program, describe
from ..reports.outcomes import OUTCOMES
from ..reports.records import Node, Verdict
from .builder import is_real
from .formulas import told
from .hints import command, of_exception
from .judge import Judgement
from .locate import first_wrong, maker
from .reduce import BUDGET, reduce
from .standalone import script
from .trial import Trial

if TYPE_CHECKING:
    from .run import Plan, Session

REDUCED = 3
"""Failing programs of one outcome and op that a session reduces; the rest are counted."""
SLOW = frozenset({"crashed", "timed out"})
"""Each try costs a process: fewer of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A failing program and the smallest one that fails likewise, each with its first wrong value.

    The value is -1 where none is to blame.
    """

    original: Trial
    blamed: int
    trial: Trial
    judgement: Judgement
    wrong: int


def investigate(
    plan: Plan, session: Session, trial: Trial, judgement: Judgement, accepted: str = ""
) -> Verdict | None:
    """The verdict on a failing program, in full; none if enough of its kind are known."""
    finding = find(plan, session, trial, judgement, accepted)
    return None if finding is None else tell(plan, session, finding)


def find(
    plan: Plan, session: Session, trial: Trial, judgement: Judgement, accepted: str = ""
) -> Finding | None:
    """What is to be told of a failing program; none if enough of its kind are known.

    What an entry covers, whose name is `accepted`, is counted apart: it hides nothing new.
    """
    again = session.try_(trial, plan.dtype, plan.device)
    if again.outcome != judgement.outcome:
        judgement = Judgement(
            "not repeatable",
            message=f"first {judgement.outcome}, then {again.outcome}: {judgement.message}",
        )
        return Finding(trial, -1, trial, judgement, -1)
    if OUTCOMES[judgement.outcome].group != "difference":
        return Finding(trial, -1, trial, judgement, -1)
    blamed = _blame(plan, session, trial, judgement)
    op = _op(trial, blamed)
    kind = accepted or judgement.outcome, op
    session.reduced[kind] += 1
    if session.reduced[kind] > REDUCED:
        return None
    smallest = _smallest(plan, session, trial, judgement, op)
    final = session.try_(smallest, plan.dtype, plan.device)
    if final.outcome != judgement.outcome:  # an engine whose answers change
        smallest, final = trial, judgement
    return Finding(trial, blamed, smallest, final, _blame(plan, session, smallest, final))


def as_it_is(plan: Plan, session: Session, trial: Trial, judgement: Judgement) -> Verdict:
    """The verdict on a program that stands for more than itself: not rerun, not reduced."""
    return tell(plan, session, Finding(trial, -1, trial, judgement, -1))


def blamed_op(plan: Plan, session: Session, trial: Trial, judgement: Judgement) -> str:
    """The op to blame for a failure: the first one that a program ending there shows it with."""
    return _op(trial, _blame(plan, session, trial, judgement))


def _blame(plan: Plan, session: Session, trial: Trial, judgement: Judgement) -> int:
    if trial.judged and judgement.value < 0 and plan.op in trial.program.ops:
        # Alone, the op may be right by convention: what it is in shows the fault.
        return len(trial.program.leaves) + trial.program.ops.index(plan.op)
    return first_wrong(trial, judgement, lambda t: session.try_(t, plan.dtype, plan.device))


def _op(trial: Trial, value: int) -> str:
    return trial.program.calls[value - len(trial.program.leaves)].op


def _smallest(plan: Plan, session: Session, trial: Trial, judgement: Judgement, op: str) -> Trial:
    """Reduced, with the same outcome at the same op."""

    def fails(smaller: Trial) -> bool:
        found = session.try_(smaller, plan.dtype, plan.device)
        if found.outcome != judgement.outcome or op not in smaller.program.ops:
            return False
        return _op(smaller, _blame(plan, session, smaller, found)) == op

    return reduce(trial, fails, 25 if judgement.outcome in SLOW else BUDGET)


def tell(plan: Plan, session: Session, finding: Finding) -> Verdict:
    """A finding in full."""
    trial, judgement, wrong = finding.trial, finding.judgement, finding.wrong
    program, hello = trial.program, session.handle.hello
    last = maker(program, len(program.leaves) + len(program.calls) - 1)
    blamed = _op(trial, wrong) if wrong >= 0 else plan.op or _op(trial, last)
    worst = next((r for r in judgement.rows if r.wrong), None)
    return Verdict(
        id=trial.id,
        check=plan.check,
        op=blamed,
        outcome=judgement.outcome,
        dtype=plan.dtype,
        device=plan.device,
        message=judgement.message,
        ops=list(program.ops),
        got=worst.got if worst else "",
        want=worst.want if worst else "",
        rows=list(judgement.rows),
        tolerance=judgement.tolerance,
        oracle=judgement.oracle,
        program=msgspec.Raw(trial.json),
        original=msgspec.Raw(finding.original.json),
        text=str(program),
        nodes=_nodes(plan, session, trial, wrong),
        first_wrong=wrong,
        hint=_taught(judgement, blamed),
        traceback=judgement.traceback,
        script=script(trial, judgement, plan, hello, session.rules(plan.dtype), session.spec),
        replay=command(
            "replay", trial.id, "--engine", session.spec or hello.name, python=session.python
        ),
    )


def _taught(judgement: Judgement, blamed: str) -> str:
    """The hint; of a wrong gradient with the op's derivative, of an exception what it may mean."""
    if "gradient" in judgement.outcome:
        return f"{judgement.hint} {told(blamed)}".strip()
    return judgement.hint or of_exception(judgement.message) * (judgement.outcome == "raised")


def _nodes(plan: Plan, session: Session, trial: Trial, wrong: int) -> list[Node]:
    """Every value as the report draws it, with what the engine makes of it."""
    program = trial.program
    engine = _engine_values(plan, session, program, trial)
    nodes = []
    for i, value in enumerate(trial.facts.values):
        node = program.leaves[i] if i < len(program.leaves) else None
        call = None if node else program.calls[i - len(program.leaves)]
        text = describe(node) if isinstance(node, Leaf) else program.describe_call(call)  # type: ignore[arg-type]
        nodes.append(
            Node(
                name=program.name(i),
                text=text,
                op=call.op if call else "",
                args=list(call.refs) if call else [],
                shape=list(np.shape(value)),
                requires_grad=bool(node and node.requires_grad),
                engine=_short(engine.get(i)),
                truth=_short(value),
                wrong=i == wrong,
            )
        )
    return nodes


def _engine_values(plan: Plan, session: Session, program: Program, trial: Trial) -> dict[int, Any]:
    """What the engine has at each real value, as far as it answers."""
    first, values = len(program.leaves), trial.facts.values
    inner = [i for i in range(first, len(values)) if is_real(values[i])]
    outputs = tuple(i for i in inner if i != program.outputs[-1]) + program.outputs[-1:]
    answer = session.answer(
        Program(program.leaves, program.calls, outputs), plan.dtype, plan.device
    )
    if session.spoilt is not None:
        session.handle.renew()  # it failed once more
    if answer.error is not None:
        return {}
    return dict(zip(outputs, answer.values, strict=True))


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(_short, value))
    text = np.array2string(np.asarray(value), precision=6, separator=", ", threshold=16)
    return " ".join(text.split())
