"""What the records of a run come to: counts, failure groups, the smallest failing program.

Every output (page, terminal, summary) reads a `Digest`, so that they all say the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from .grades import LADDER
from .groups import SEVERITY, FailureGroup, group_verdicts, outcome, size
from .outcomes import OUTCOMES, Group
from .records import (
    AnyRecord,
    Bench,
    Case,
    Check,
    Coverage,
    End,
    Gauge,
    Profile,
    RecordsError,
    Refusal,
    Run,
    Tally,
    Verdict,
)
from .text import number, placeless, plural, share, shorten

MANY_OPS = 3
"""From so many ops on, half of what is offered or more, what is alike has one cause."""


def _dtypes(message: str) -> str:
    """Which dtype stood for which, by the message of a wrong one; nothing if it says neither.

    >>> _dtypes("v1 is float32, not float64"), _dtypes("x0.grad is float32, but x0 is float64")
    ('float32 for float64', 'float32 for float64')
    """
    found = re.search(r"is (\w+), (?:not|but \w+ is) (\w+)$", message)
    return f"{found[1]} for {found[2]}" if found else ""


SHARED: tuple[tuple[str, Callable[[str], str], str], ...] = (
    (
        "raised",
        placeless,
        "{n} ops raise the same: {what}. "
        "So many at once have one cause, most often the adapter: mend that first.",
    ),
    (
        "wrong dtype",
        _dtypes,
        "{n} ops give {given} where {asked} was asked: if the engine has no {asked}, take it from "
        "the adapter's `dtypes`.",
    ),
)
"""An outcome that many ops may have for one reason: what of a message is it, and what to do."""


def _sum(counts: dict[str, int]) -> int:
    return sum(counts.values())


def _untold(tally: Tally) -> list[Refusal]:
    """What a tally without reasons, as older files have them, says of what declined."""
    n = tally.counts.get("declined", 0)
    return [Refusal(op=tally.op, count=n)] if n else []


@dataclass(frozen=True)
class Digest:
    """The records of one run, sorted by kind, and what follows from them."""

    run: Run
    end: End | None
    tallies: list[Tally]
    cases: list[Case]
    verdicts: list[Verdict]
    checks: list[Check]
    coverage: list[Coverage]
    profiles: list[Profile]
    benches: list[Bench]
    gauges: list[Gauge]

    @classmethod
    def of(cls, records: Iterable[AnyRecord]) -> Digest:
        """Sort the records; raises `RecordsError` if there is no `Run` among them."""
        kinds: dict[type, list[AnyRecord]] = {}
        for record in records:
            kinds.setdefault(type(record), []).append(record)
        if Run not in kinds:
            raise RecordsError("these records hold no run record, so they say nothing of a run")
        ends = kinds.get(End, [])
        order = (Tally, Case, Verdict, Check, Coverage, Profile, Bench, Gauge)
        lists = [kinds.get(k, []) for k in order]
        return cls(kinds[Run][0], ends[-1] if ends else None, *lists)  # type: ignore[arg-type]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many programs ended how, in the order of `OUTCOMES`.

        The tallies say it. A run that was cut short may hold cases and verdicts that no tally
        covers yet, so the source that knows of most programs is believed.
        """
        tallied: dict[str, int] = {}
        for tally in self.tallies:
            for name, n in tally.counts.items():
                tallied[name] = tallied.get(name, 0) + n
        listed: dict[str, int] = {}
        for case in self.cases:
            listed[case.outcome] = listed.get(case.outcome, 0) + 1
        ended = self.end.counts if self.end else {}
        sources: list[dict[str, int]] = [tallied, listed, ended]
        most = max(sources, key=_sum)
        best = dict(most)
        for group in group_verdicts(self.verdicts):
            if not best.get(group.outcome.name):
                best[group.outcome.name] = group.seen
        order = {name: i for i, name in enumerate(OUTCOMES)}
        return {k: best[k] for k in sorted(best, key=lambda k: (order.get(k, 99), k)) if best[k]}

    @cached_property
    def cells(self) -> list[Tally]:
        """The tallies, or in a run that was cut short before them, the same from its cases."""
        if sum(_sum(t.counts) for t in self.tallies) >= len(self.cases):
            return self.tallies
        area = {t.op: t.area for t in self.tallies}
        found: dict[tuple[str, str, str, str], dict[str, int]] = {}
        for c in self.cases:
            counts = found.setdefault((c.check, c.op, c.dtype, c.device), {})
            counts[c.outcome] = counts.get(c.outcome, 0) + 1
        return [
            Tally(check=k, op=op, dtype=d, device=at, counts=n, area=area.get(op, ""))
            for (k, op, d, at), n in found.items()
        ]

    def total(self, *groups: Group) -> int:
        """How many programs ended in one of these groups of outcomes."""
        return sum(n for name, n in self.counts.items() if outcome(name).group in groups)

    @property
    def executed(self) -> int:
        """How many programs were executed."""
        return self.total("pass", "difference", "unproven")

    @property
    def differences(self) -> int:
        """How many programs show a difference."""
        return self.total("difference")

    @property
    def only_timed(self) -> bool:
        """Whether engines were timed in this run, and nothing else was tried."""
        tried = self.cases or self.cells or self.verdicts or self.checks
        return bool(self.benches or self.gauges) and not tried

    @property
    def untried(self) -> str:
        """What the run says nothing of, right or wrong: ops, dtypes, orders, clauses."""
        ops = [op for op in self.run.not_offered if "(" not in op]
        dtypes = [d for d in LADDER[-1].dtypes if d not in self.run.dtypes]
        ungraded = sum(outcome(c.outcome).group == "not run" for c in self.checks)
        said = [
            f"{plural(len(ops), 'op')} that the engine does not offer" if ops else "",
            ", ".join(dtypes),
            "derivatives of derivatives" if self.run.limits.get("order", 1) == 1 else "",
            f"{number(ungraded)} of the standard's {plural(len(self.checks), 'check')}"
            if ungraded
            else "",
        ]
        return f"Nothing is said of: {'; '.join(s for s in said if s)}." if any(said) else ""

    @property
    def state(self) -> str:
        """complete, incomplete, interrupted, failed, or `cut short` when the end is missing."""
        return self.end.status if self.end else "cut short"

    @property
    def failed_checks(self) -> list[Check]:
        """The checks of the standard that do not hold."""
        return [c for c in self.checks if outcome(c.outcome).group == "difference"]

    @property
    def clean(self) -> bool:
        """Whether a complete run found no difference and at least one program agreed."""
        found = self.differences or self.failed_checks
        return self.state == "complete" and not found and self.total("pass") > 0

    @cached_property
    def failures(self) -> list[FailureGroup]:
        """The groups of differences."""
        found = (v for v in self.verdicts if outcome(v.outcome).group == "difference")
        return group_verdicts(found, self.tallies)

    @property
    def shared(self) -> str:
        """The sentences on one cause that meets many ops; nothing if there is none."""
        return " ".join(filter(None, (self._in_many(*row) for row in SHARED)))

    def _in_many(self, name: str, cause: Callable[[str], str], sentence: str) -> str:
        """The sentence on the most frequent cause of an outcome, if it meets many ops."""
        met: dict[str, set[str]] = {}
        for group in self.failures:
            if group.outcome.name == name:
                met.setdefault(cause(group.smallest.message), set()).add(group.op)
        what, ops = max(met.items(), key=lambda item: len(item[1]), default=("", set()))
        if not what or len(ops) < max(MANY_OPS, len(self.run.offered) / 2):
            return ""
        given, _, asked = what.partition(" for ")
        return sentence.format(
            n=number(len(ops)), what=shorten(what, 120), given=given, asked=asked
        )

    @cached_property
    def unproven(self) -> list[FailureGroup]:
        """The groups of verdicts that prove nothing, such as oracles that disagree."""
        return group_verdicts(v for v in self.verdicts if outcome(v.outcome).group == "unproven")

    @cached_property
    def not_run(self) -> list[FailureGroup]:
        """The groups of what was accepted, declined or not offered."""
        return group_verdicts(v for v in self.verdicts if outcome(v.outcome).group == "not run")

    @cached_property
    def declined(self) -> list[Refusal]:
        """How often each op declined and what the engine said first, the most often first."""
        counts: Counter[str] = Counter()
        said: dict[str, str] = {}
        for tally in self.tallies:
            for refusal in tally.declined or _untold(tally):
                counts[refusal.op] += refusal.count
                said[refusal.op] = said.get(refusal.op) or refusal.message
        return [Refusal(op=op, count=n, message=said[op]) for op, n in counts.most_common()]

    @property
    def smallest(self) -> Verdict | None:
        """The smallest failing program among the most serious kind of difference."""
        failing = [g.smallest for g in self.failures]
        return min(
            failing,
            key=lambda v: (SEVERITY.get(outcome(v.outcome).symbol, 3), size(v), len(v.text)),
            default=None,
        )

    @property
    def proved_nothing(self) -> str:
        """The sentence on the share of executed programs that proved nothing."""
        n, executed = self.total("unproven"), self.executed
        if not executed:
            return "No program was executed, so nothing was proved."
        return f"{share(n, executed)} proved nothing ({number(n)} of {number(executed)} executed)."

    @property
    def held(self) -> str:
        """The sentence on the standard's checks; nothing if the run had none."""
        groups = [outcome(c.outcome).group for c in self.checks]
        tried = len(groups) - groups.count("not run")
        if not groups:
            return ""
        if not tried:
            return "No check of the standard was applicable."
        return f"{groups.count('pass')} of {tried} applicable checks of the standard hold."

    @property
    def sentence(self) -> str:
        """The verdict in one sentence: the run's own, or an honest one where it has no end."""
        if self.end and self.end.sentence:
            return self.end.sentence
        tried, found = plural(self.executed, "program"), self.differences
        shown = (
            f"{number(found)} of them {'shows' if found == 1 else 'show'} a difference"
            if found
            else "no difference was found"
        )
        if self.state != "complete":
            return f"No verdict: the run was {self.state} after {tried}; {shown}."
        return f"{self.run.engine} was tried on {tried}; {shown}."

    @property
    def graded(self) -> str:
        """The grade reached, what kept it from the next one, and the change, if they are known."""
        if not self.end:
            return ""
        grade = f"Grade reached: {self.end.grade}." if self.end.grade else ""
        return " ".join(p for p in (grade, self.end.short_of, self.end.change) if p)

    @property
    def warning(self) -> str:
        """What a reader must know before believing the counts; nothing for a complete run."""
        if self.end is None:
            return (
                "This run was cut short: its closing record is missing, so it was killed or is "
                "still going. What stands here is what was known by then. What had not been "
                "tried by then is not listed, and no grade can be given."
            )
        reason = f" {self.end.reason}" if self.end.reason else ""
        said = {
            "complete": "",
            "incomplete": "This run is incomplete: it tried only a part, so it is not graded.",
            "interrupted": "This run was interrupted before it had tried everything.",
            "failed": "This run failed: it could not do all its work.",
        }.get(self.end.status, f"This run ended as “{self.end.status}”.")
        return said + reason if said else ""
