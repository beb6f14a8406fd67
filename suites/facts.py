"""The first and the last record of a run: who was tried with what, and how it ended."""

from __future__ import annotations

import difflib
import os
import platform
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import msgspec

from ..oracles.vocabulary import VOCABULARY
from ..reports.changes import changes
from ..reports.grades import HOLDS, NOT_TRIED, Grade, grade, height
from ..reports.groups import group_verdicts
from ..reports.outcomes import OUTCOMES
from ..reports.records import AnyRecord, Case, Check, Coverage, End, Run, Tally, Verdict
from .coverage import records as coverage_records
from .plans import PROFILES, SUITES
from .training import clause_record

if TYPE_CHECKING:
    import pytest

    from .run import Session

STATUS = {0: "complete", 1: "complete", 2: "interrupted", 5: "failed"}


def installed(package: str) -> str:
    """A package's version, or `not installed`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def run_record(session: Session, config: pytest.Config, dtypes: Sequence[str]) -> Run:
    """The first record."""
    import msgspec

    hello, option = session.handle.hello, config.getoption
    profile = option("--assay-profile")
    keywords = sorted(f"{op}({keyword})" for op, keyword in session.without)
    return Run(
        engine=hello.name,
        engine_version=hello.version,
        spec=option("--engine"),
        python=session.python,
        style=hello.style,
        seed=option("--assay-seed"),
        profile=profile,
        command=option("--assay-command") or " ".join(["pytest", *sys.argv[1:]]),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        suites=[s for s in SUITES if not option("--assay-suite") or s in option("--assay-suite")],
        dtypes=list(dtypes),
        devices=[option("--assay-device")],
        oracles=oracles(),
        offered=list(session.ops),
        not_offered=[op for op in VOCABULARY if op not in hello.offers] + keywords,
        limits=msgspec.to_builtins(hello.limits),
        configuration={
            "only": option("--assay-only"),
            "size": str(PROFILES[profile].divided(hello.limits.slow)),
        },
        environment={
            "python": platform.python_version(),
            "platform": platform.platform(),
            "processors": str(os.cpu_count()),
            "numpy": installed("numpy"),
            **{f"engine's {k}": v for k, v in hello.environment.items()},
        },
        adapter=hello.source,
        gradassay=installed("gradassay"),
    )


def oracles() -> dict[str, str]:
    """Each oracle with the version of what it stands on."""
    return {
        "exact": f"gradassay {installed('gradassay')}",
        "complex step": f"numpy {installed('numpy')}",
        "taylor": f"python-flint {installed('python-flint')}",
        "pytorch": f"torch {installed('torch')}",
    }


def differs(outcome: str) -> bool:
    """Whether an outcome is a difference."""
    return OUTCOMES[outcome].group == "difference"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run must meet beside its programs: a grade; no accepted difference that is `stale`.

    `baseline` holds the records of an earlier run that it is to be compared with.
    """

    grade: str | None = None
    stale: tuple[str, ...] = ()
    baseline: Sequence[AnyRecord] = ()


def fails(check: Check) -> bool:
    """Whether a check is a MUST that was tried and does not hold."""
    known = (*HOLDS, *NOT_TRIED, "accepted")
    return check.requirement == "MUST" and check.outcome not in known


def end_record(
    records: Sequence[AnyRecord],
    status: int,
    narrowed: bool,
    seconds: tuple[float, float],
    asked: Asked | None = None,
) -> End:
    """The last record: counts, the grade, the exit code, and the verdict as a sentence."""
    asked = asked or Asked()
    counts = count(records)
    checks = [r for r in records if isinstance(r, Check)]
    executed = sum(n for o, n in counts.items() if OUTCOMES[o].group != "not run")
    tried = executed + sum(c.outcome not in NOT_TRIED for c in checks)
    different = sum(n for o, n in counts.items() if differs(o)) + sum(map(fails, checks))
    word = STATUS.get(status, "failed")
    code, reached = status, Grade("", "")
    if word == "complete":
        code = 5 if not tried else 1 if different else 0
        word = "failed" if not tried else "incomplete" if narrowed else "complete"
    if word == "complete":
        reached = grade(records)
    if asked.grade and word in ("complete", "incomplete"):
        code = 6 if word == "incomplete" else int(reached.height < height(asked.grade))
    reason = ""
    if asked.stale and word == "complete":
        code, reason = code or 1, f"Accepted, but not seen any more: {'; '.join(asked.stale)}."
    end = End(
        status=word,
        exit_code=code,
        seconds=round(seconds[0], 3),
        cpu_seconds=round(seconds[1], 3),
        counts=dict(counts),
        sentence=_sentence(records, executed, word),
        reason=reason,
        grade=reached.name,
        short_of=reached.short_of,
    )
    if not asked.baseline:
        return end
    change = changes(asked.baseline, [*records, end]).sentence
    return msgspec.structs.replace(end, change=change)


def coverage(records: Sequence[AnyRecord], session: Session) -> Iterator[Coverage]:
    """What all plans drew together, and what never."""
    drawn: Counter[str] = Counter()
    for record in records:
        if isinstance(record, Tally):
            drawn.update(record.drawn)
    ranks = session.handle.hello.limits.ranks
    scalar = ranks is not None and set(ranks) == {0}
    return coverage_records(drawn, session.ops, scalar)


def covered(records: Sequence[AnyRecord], session: Session) -> Iterator[Check | Coverage]:
    """What only all records together say: the checks that suites decide, and the coverage."""
    trained = clause_record(records, session.spec, session.python)
    if trained is not None:
        yield trained
    yield from coverage(records, session)


def count(records: Sequence[AnyRecord]) -> Counter[str]:
    """Programs by outcome: from the tallies, and case by case where a plan was cut short."""
    counts: Counter[str] = Counter()
    open_: Counter[str] = Counter()
    for record in records:
        if isinstance(record, Case):
            open_[record.outcome] += 1
        elif isinstance(record, Tally):
            counts.update(record.counts)
            open_.clear()
    return counts + open_


def _sentence(records: Sequence[AnyRecord], executed: int, status: str) -> str:
    """What came of the programs, and what of the checks."""
    said = [*_of_programs(records, executed), *_of_checks(records)]
    stopped = " It was interrupted before it had tried everything." * (status == "interrupted")
    slow = next((r.limits.get("slow", 1) for r in records if isinstance(r, Run)), 1)
    fewer = f" Counts were divided by {slow}, as its adapter says that it is slow." * (slow != 1)
    return (
        f"{'; '.join(said)}.{stopped}{fewer}" if said else "nothing was run, so nothing is known."
    )


def _of_programs(records: Sequence[AnyRecord], executed: int) -> Iterator[str]:
    different = sum(n for o, n in count(records).items() if differs(o))
    if executed and not different:
        yield f"no differences in {executed:,} programs"
    elif executed:
        verdicts = [r for r in records if isinstance(r, Verdict) and differs(r.outcome)]
        groups = group_verdicts(verdicts, [r for r in records if isinstance(r, Tally)])
        ops = list(dict.fromkeys(group.op for group in groups))  # the most serious first
        where = f" (in {', '.join(ops[:6])}{', …' if len(ops) > 6 else ''})" if ops else ""
        yield f"{different:,} of {executed:,} programs differ{where}"


def _of_checks(records: Sequence[AnyRecord]) -> Iterator[str]:
    checks = [r for r in records if isinstance(r, Check) and r.outcome not in NOT_TRIED]
    failed = [c.id for c in checks if c.outcome not in (*HOLDS, "accepted")]
    known = sum(c.outcome == "accepted" for c in checks)
    if known:
        yield f"{known} of {len(checks)} checks do not hold, which is accepted"
    if failed:
        more = ", …" if len(failed) > 6 else ""
        yield f"{len(failed)} of {len(checks)} checks do not hold ({', '.join(failed[:6])}{more})"
    elif checks and not known:
        alone = "the check that applies holds"
        yield alone if len(checks) == 1 else f"all {len(checks)} checks that apply hold"


def unknown_op(name: str) -> str:
    """One line about a name that is no op, with the nearest that is."""
    names = [*VOCABULARY, *(a for op in VOCABULARY.values() for a in op.aliases)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no op {name!r}: {hint}`gradassay list ops` names them all"
