"""Grades: what the checks of a run amount to, and what keeps the engine from the next one.

>>> ladder = [rung.name for rung in LADDER]
>>> ladder
['bronze', 'silver', 'gold', 'platinum']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .outcomes import OUTCOMES, Group
from .records import AnyRecord, Check, Run, Tally
from .text import plural

HOLDS, NOT_TRIED = ("holds",), ("not applicable", "blocked")
"""The outcomes of a check that holds, and of one that was not tried; any other is a difference."""
APPLICABLE = 0.7
"""The share of a level's MUSTs that must be applicable, or the grade names its limit."""
DECLINED, DECLINED_BY_OP = 0.25, 0.10
"""The shares of programs, in all and of one op, that an engine may decline."""
SUITES = ("ops", "graphs", "state")
"""The suites without which nothing can be graded."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A grade: how many checks of the standard ask for it, in which levels; dtypes it asks for."""

    name: str
    checks: int
    levels: str
    dtypes: tuple[str, ...] = ()


LADDER = (
    Rung("bronze", 27, "L1 and L2"),
    Rung("silver", 42, "L3, the first half of L4, and L9"),
    Rung("gold", 44, "the rest of L4, L7 and L8"),
    Rung("platinum", 41, "L5 and L6", ("float64", "float32", "float16", "bfloat16")),
)


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade reached (empty for none), with its limit, and what it is short of the next."""

    name: str
    short_of: str

    @property
    def height(self) -> int:
        """How high the grade is; 0 is none."""
        return height(self.name)


def height(grade: str) -> int:
    """The number of a grade on the ladder, from 1; 0 for none.

    >>> height("scalar bronze"), height("")
    (1, 0)
    """
    names = [rung.name for rung in LADDER]
    last = grade.split(" ")[-1]
    return names.index(last) + 1 if last in names else 0


def grade(records: Sequence[AnyRecord]) -> Grade:
    """The grade that the records of a whole run earn."""
    run = next(r for r in records if isinstance(r, Run))
    checks = [r for r in records if isinstance(r, Check)]
    obstacle = _obstacle(run, [r for r in records if isinstance(r, Tally)])
    if obstacle:
        return Grade("", f"Short of bronze: {obstacle}.")
    reached = ""
    limits: list[str] = []
    for rung in LADDER:
        asked = [c for c in checks if c.grade == rung.name]
        why = _missing(rung, asked) or _untried(rung, run)
        if why:
            return Grade(_limited(limits, reached, run), f"Short of {rung.name}: {why}.")
        reached = rung.name
        limits += [level for level in _levels(asked) if not _enough(asked, level)]
    return Grade(_limited(limits, reached, run), "")


def _obstacle(run: Run, tallies: Sequence[Tally]) -> str:
    """What keeps a run from any grade."""
    missing = [suite for suite in SUITES if suite not in run.suites]
    if missing:
        return f"the suite {missing[0]} was not run"
    tried = [tally for tally in tallies if tally.check != "training"]  # N15 counts training
    counts: Counter[str] = Counter()
    for tally in tried:
        counts.update(tally.counts)
    different = sum(n for o, n in counts.items() if _group(o) == "difference")
    if different:
        return plural(different, "program differs", "programs differ")
    for tally in tried:
        declined = tally.counts.get("declined", 0)
        if declined > DECLINED_BY_OP * sum(tally.counts.values()):
            return f"{declined} of {sum(tally.counts.values())} programs of {tally.op} declined"
    if counts["declined"] > DECLINED * sum(counts.values()):
        return f"{counts['declined']:,} programs were declined"
    return "" if any(_group(o) == "pass" for o in counts) else "no program agreed"


def _group(outcome: str) -> Group:
    return OUTCOMES[outcome].group


def _missing(rung: Rung, asked: Sequence[Check]) -> str:
    """What a rung still lacks; empty if it is reached."""
    lacking = [c for c in asked if c.requirement == "MUST" and not _stands(c)]
    if lacking:
        # Those that are blocked wait for the others, unless these are of another rung.
        failed = [c.id for c in lacking if c.outcome != "blocked"] or [c.id for c in lacking]
        more = f" and {len(failed) - 6} more" if len(failed) > 6 else ""
        said = "does not hold" if len(failed) == 1 else "do not hold"
        return f"{', '.join(failed[:6])}{more} {said}"
    if len(asked) < rung.checks:
        hold = f"; {len(asked)} of its {rung.checks} stand" if asked else ""
        return f"it asks for {rung.levels}, whose checks are not all written yet{hold}"
    return ""


def _untried(rung: Rung, run: Run) -> str:
    """The dtypes that a rung asks for and that were not run."""
    missing = [dtype for dtype in rung.dtypes if dtype not in run.dtypes]
    return f"it asks for {', '.join(missing)}, not run here" if missing else ""


def _stands(check: Check) -> bool:
    return check.outcome in (*HOLDS, "not applicable")


def _levels(asked: Sequence[Check]) -> list[str]:
    return list(dict.fromkeys(c.level for c in asked))


def _enough(asked: Sequence[Check], level: str) -> bool:
    """Whether enough of a level's MUSTs applied."""
    musts = [c for c in asked if c.level == level and c.requirement == "MUST"]
    applied = [c for c in musts if c.outcome != "not applicable"]
    return len(applied) >= APPLICABLE * len(musts)


def _limited(limits: Sequence[str], reached: str, run: Run) -> str:
    """The grade with its limit in its name, where much of a level was not applicable."""
    if not limits or not reached:
        return reached
    ranks = run.limits.get("ranks")
    if ranks is not None and max(ranks, default=0) == 0:
        return f"scalar {reached}"
    return f"{run.style if run.style != 'tape' else 'partial'} {reached}"
