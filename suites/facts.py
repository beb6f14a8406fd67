"""The first and the last record of a run: who was tried with what, and how it ended."""

from __future__ import annotations

import difflib
import os
import platform
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from ..oracles.vocabulary import VOCABULARY
from ..reports.outcomes import OUTCOMES
from ..reports.records import AnyRecord, Case, Coverage, End, Run, Tally, Verdict
from .coverage import records as coverage_records
from .plans import PROFILES, SUITES

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
        configuration={"only": option("--assay-only"), "size": str(PROFILES[profile])},
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


def end_record(
    records: Sequence[AnyRecord], status: int, narrowed: bool, seconds: tuple[float, float]
) -> End:
    """The last record: counts, the exit code, and the verdict as a sentence."""
    counts = count(records)
    executed = sum(n for o, n in counts.items() if OUTCOMES[o].group != "not run")
    different = sum(n for o, n in counts.items() if differs(o))
    word = STATUS.get(status, "failed")
    code = status
    if word == "complete":
        code = 5 if not executed else 1 if different else 0
        word = "failed" if not executed else "incomplete" if narrowed else "complete"
    reason = "narrowed by an option: not to be graded" if word == "incomplete" else ""
    return End(
        status=word,
        exit_code=code,
        seconds=round(seconds[0], 3),
        cpu_seconds=round(seconds[1], 3),
        counts=dict(counts),
        sentence=_sentence(records, executed, different, word),
        reason=reason,
    )


def coverage(records: Sequence[AnyRecord], session: Session) -> Iterator[Coverage]:
    """What all plans drew together, and what never."""
    drawn: Counter[str] = Counter()
    for record in records:
        if isinstance(record, Tally):
            drawn.update(record.drawn)
    ranks = session.handle.hello.limits.ranks
    scalar = ranks is not None and set(ranks) == {0}
    return coverage_records(drawn, session.ops, scalar)


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


def _sentence(records: Sequence[AnyRecord], executed: int, different: int, status: str) -> str:
    if not executed:
        return "nothing was run, so nothing is known."
    stopped = " before it was interrupted" if status == "interrupted" else ""
    if not different:
        return f"no differences in {executed:,} programs{stopped}; not graded."
    ops = sorted({r.op for r in records if isinstance(r, Verdict) and differs(r.outcome)})
    where = f" (in {', '.join(ops[:6])}{', …' if len(ops) > 6 else ''})" if ops else ""
    return f"{different:,} of {executed:,} programs{stopped} differ{where}; not graded."


def unknown_op(name: str) -> str:
    """One line about a name that is no op, with the nearest that is."""
    names = [*VOCABULARY, *(a for op in VOCABULARY.values() for a in op.aliases)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no op {name!r}: {hint}`gradassay list ops` names them all"
