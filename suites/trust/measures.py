"""What is measured of the suites themselves: kills, and alarms without a cause.

Everything here is data in, data out: `page` writes it down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...oracles.vocabulary import VOCABULARY
from ...reports.outcomes import group
from ...reports.records import Case, Tally, Verdict
from ..accept import in_force
from ..adapter import op_table
from ..host import open_engine
from ..plans import plans
from ..run import Plan, Session, run
from ..saboteurs import BY_PROGRAMS
from ..saboteurs.escapes import ESCAPES
from ..saboteurs.hunt import hunt, kills, opened


def plans_over(count: int, session: Session, dtype: str, seed: int, check: str) -> list[Plan]:
    """Plans of about `count` programs: half random graphs, half about each op in turn."""
    each = max(1, round(count / 2 / len(session.ops)))
    graphs = Plan(
        check=check, dtype=dtype, seed=seed, count=max(1, count - each * len(session.ops))
    )
    about = (Plan(check=check, op=op, dtype=dtype, seed=seed, count=each) for op in session.ops)
    return [graphs, *about]


# ---- kills -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kill:
    """How a saboteur was caught; `outcome` is empty if it was not."""

    name: str
    kind: str
    suite: str
    oracle: str = ""
    outcome: str = ""
    calls: int = 0
    programs: int = 0
    seconds: float = 0.0
    seed: int = 0

    @property
    def tier(self) -> str:
        """The step of the judge that convicted."""
        return self.oracle if self.oracle in ("form", "exact", "") else "truth"


def kill(name: str, seed: int) -> Kill:
    """One saboteur hunted, or one of the faults that may escape."""
    saboteur = BY_PROGRAMS[name] if name in BY_PROGRAMS else ESCAPES[name]
    missed = Kill(saboteur.name, saboteur.kind, saboteur.suite, seed=seed)
    catch = hunt(saboteur, seed)
    if catch is None:
        return missed
    return replace(
        missed,
        oracle=catch.oracle,
        outcome=catch.outcome,
        calls=catch.calls,
        programs=catch.programs,
        seconds=catch.seconds,
    )


# ---- false alarms ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alarms:
    """What became of programs on an engine that is taken to be right."""

    engine: str
    dtype: str
    seed: int
    outcomes: dict[str, int]
    seconds: float
    found: tuple[str, ...] = ()
    suite: str = "ops and graphs"

    @property
    def tried(self) -> int:
        """Programs that were judged."""
        return sum(self.outcomes.values())

    def of(self, kind: str) -> int:
        """How many ended in an outcome of this group."""
        return sum(n for outcome, n in self.outcomes.items() if group(outcome) == kind)


def alarms(engine: str, dtype: str, count: int, seed: int) -> Alarms:
    """The outcomes of about `count` programs, and a line on each difference."""
    return _alarms(
        Alarms(engine, dtype, seed, {}, 0.0),
        lambda session: plans_over(count, session, dtype, seed, "clean"),
    )


def special_alarms(engine: str, dtype: str, seed: int) -> Alarms:
    """The same of the suite `numerics`: kinks, singular points and far ends."""
    return _alarms(
        Alarms(engine, dtype, seed, {}, 0.0, suite="numerics"),
        lambda session: list(plans("numerics", session, "quick", seed, [dtype], "cpu")),
    )


def _alarms(about: Alarms, drawn: Callable[[Session], Sequence[Plan]]) -> Alarms:
    outcomes: Counter[str] = Counter()
    lines, seconds = [], 0.0
    with open_engine(about.engine, op_table(VOCABULARY), in_process=True) as handle:
        session = opened(handle)
        session.accepted = in_force(None, about.engine)
        for plan in drawn(session):
            for record in run(plan, session):
                if isinstance(record, Case):
                    outcomes[record.outcome] += 1
                elif isinstance(record, Tally):
                    seconds += record.cpu_seconds
                elif isinstance(record, Verdict) and kills(record.outcome):
                    lines.append(f"`{record.op}`: {record.outcome}: {record.message}")
    return replace(about, outcomes=dict(outcomes), seconds=seconds, found=tuple(lines))


def together(found: Sequence[Alarms]) -> list[Alarms]:
    """Those of one engine, suite and dtype added up, under the first seed.

    >>> one = Alarms("mine", "float64", 1, {"agrees": 3}, 1.0)
    >>> two = replace(one, seed=2, outcomes={"agrees": 4, "tie": 1})
    >>> [(a.seed, a.outcomes, a.seconds) for a in together([one, two])]
    [(1, {'agrees': 7, 'tie': 1}, 2.0)]
    """
    kinds: dict[tuple[str, str, str], Alarms] = {}
    for a in found:
        kind = a.suite, a.engine, a.dtype
        have = kinds.get(kind)
        kinds[kind] = a if have is None else replace(
            have,
            outcomes=dict(Counter(have.outcomes) + Counter(a.outcomes)),
            seconds=have.seconds + a.seconds,
            found=have.found + a.found,
        )  # fmt: skip
    return list(kinds.values())
