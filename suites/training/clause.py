"""N15: what the trainings amount to, as a check of the standard."""

from __future__ import annotations

from collections.abc import Sequence

from ...reports.outcomes import OUTCOMES
from ...reports.records import AnyRecord, Check, Tally, Verdict
from ..checks.clause import LEVELS
from ..hints import command
from .trainings import TRAININGS

CLAUSE = (
    "N15",
    "Losses and parameters over 100 steps of training equal the oracle's within rounding.",
)
"""Its id and its sentence."""
EXPLAINS = (
    "The optimiser's updates are the host's own, in float64; the gradients are the engine's. The "
    "program of the step at which a path went wrong is among the differences, reduced."
)


def clause_record(records: Sequence[AnyRecord], spec: str = "", python: str = "") -> Check | None:
    """The check, from the records of a run; none if no training was tried."""
    tallies = [r for r in records if isinstance(r, Tally) and r.check == "training"]
    if not tallies:
        return None
    by_group: dict[str, list[str]] = {}
    for tally in tallies:
        for outcome in tally.counts:
            by_group.setdefault(OUTCOMES[outcome].group, []).append(tally.op)
    different = by_group.get("difference", [])
    accepted = [t.op for t in tallies if "accepted" in t.counts]
    outcome = (
        "differs" if different
        else "accepted" if accepted
        else "holds" if "pass" in by_group
        else "not applicable"
    )  # fmt: skip
    verdicts = [r for r in records if isinstance(r, Verdict) and r.check == "training"]
    verdict = next((v for v in verdicts if (v.outcome == "accepted") == (not different)), None)
    told = verdict.message if verdict else "reduced in an earlier test"
    return Check(
        id=CLAUSE[0],
        level=LEVELS["L3"],
        requirement="MUST",
        outcome=outcome,
        specification=CLAUSE[1],
        message=_message(outcome, different or accepted, by_group)
        + (f"; {told}" if different else ""),
        needs=sorted({op for t in TRAININGS.values() for op in t.model.ops}),
        grade="silver",
        reason=verdict.reason if verdict and not different else "",
        text=verdict.text if verdict and different else "",
        hint=EXPLAINS if different else "",
        replay=command("check", spec, "--suite", "training", python=python) if different else "",
    )


def _message(outcome: str, named: Sequence[str], by_group: dict[str, list[str]]) -> str:
    if outcome in ("differs", "accepted"):
        known = "differ" if outcome == "differs" else "differ as accepted"
        return f"{len(named)} of {len(TRAININGS)} trainings {known}: {', '.join(named)}"
    if outcome == "not applicable":
        return "the engine lacks an op of every model"
    missing = by_group.get("not run", [])
    return f"not tried: {', '.join(missing)}" if missing else ""
