"""A saboteur tried by the checks of the standard that must catch it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...oracles.vocabulary import VOCABULARY
from ...reports.records import Check
from ..adapter import op_table
from ..checks import CLAUSES
from ..checks.examine import Examiner
from ..host import EngineHandle, open_engine
from ..run import Plan, Session, run
from ..training import CLAUSE, clause_record
from . import BY_CHECKS, Saboteur

PATIENCE = 1.0
"""Seconds for a script that is not expected to end; a right engine takes milliseconds."""


def tried(saboteur: Saboteur) -> tuple[Check, ...]:
    """What each of its checks says of a saboteur."""
    with _opened(saboteur) as handle:
        examiner = Examiner(handle)
        return tuple(
            trained(handle, saboteur.op) if name == CLAUSE[0] else examiner.check(CLAUSES[name])
            for name in saboteur.check.split()
        )


def trained(handle: EngineHandle, names: str) -> Check:
    """The check that the suite `training` decides, of these trainings alone."""
    session = Session(handle)
    records = [
        record for name in names.split() for record in run(Plan(check="training", op=name), session)
    ]
    found = clause_record(records)
    assert found is not None
    return found


def caught(saboteur: Saboteur, found: Check) -> bool:
    """Whether a check convicts as it must; to be blocked by another check is not enough."""
    return found.outcome == saboteur.outcome


def unproven() -> tuple[str, ...]:
    """The checks that no saboteur is meant for: nobody has seen them differ for a known reason."""
    proven = {name for row in BY_CHECKS.values() for name in row.check.split()}
    return tuple(name for name in CLAUSES if name not in proven)


@contextmanager
def _opened(saboteur: Saboteur) -> Iterator[EngineHandle]:
    """The broken engine: in this process, or, if it hangs, in a worker that can be killed."""
    ops = op_table(VOCABULARY)
    if saboteur.outcome == "timed out":
        with open_engine(f"saboteur:{saboteur.name}", ops, timeout=PATIENCE) as handle:
            yield handle
    else:
        with saboteur.broken(), open_engine("reference", ops, in_process=True) as handle:
            yield handle
