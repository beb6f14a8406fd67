"""`gradassay bench`: engines beside one another on every family, as tables and as records."""

from __future__ import annotations

import argparse
import math
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ...oracles.program import ProgramError
from ...reports.html import render
from ...reports.records import Bench, End, Gauge, Run, Writer, read
from ..facts import installed
from . import goals, tables
from .accumulation import accumulation
from .compare import compared, conclusion
from .depth import deep
from .entrants import Entrants, entrants
from .families import FAMILIES, Family
from .measure import LONGEST, SECONDS, Timing, machine, measure, single_threaded
from .spread import median
from .verdicts import verdicts

ROUNDS, ROUNDS_OF_A_PAIR = 5, 9
"""Turns that engines take; in nine a pair may have two outliers and still be told apart."""
YARDSTICK = "by-hand"
"""What is no engine, but what engines are measured by: nothing is asked of it."""
INTERRUPTED, NOTHING, DIFFERS = 2, 5, 1


@dataclass(slots=True)
class Job:
    """What was measured so far, and where it is written."""

    options: argparse.Namespace
    entrants: Entrants
    families: Sequence[Family]
    writer: Writer
    timings: dict[tuple[str, str], list[Timing]] = field(default_factory=dict)
    gauges: list[Gauge] = field(default_factory=list)
    interrupted: bool = False


def bench(options: argparse.Namespace, argv: Sequence[str]) -> int:
    """Time the engines; the exit code: 1 if a comparison tripped, 5 if nothing could be timed."""
    families = chosen(options.family)
    single_threaded()
    out, start = Path(options.out), time.monotonic()
    with entrants(options) as who, Writer(out / "results.jsonl") as writer:
        job = Job(options, who, families, writer)
        writer.write(_run_record(job, argv))
        for step in (_measured, _judged):
            try:
                step(job)
            except KeyboardInterrupt:
                job.interrupted = True
        code, end = _end(job, time.monotonic() - start)
        writer.write(end)
    (out / "report.html").write_text(render(read(out / "results.jsonl")), encoding="utf-8")
    print(f"\n{end.sentence}\nreport    {out / 'report.html'}")
    return code


def chosen(names: Sequence[str] | None) -> list[Family]:
    """The families of these names, or all; raises `ProgramError` for a name that is none."""
    for name in names or ():
        if name not in FAMILIES:
            raise ProgramError(f"there is no family {name!r}: there are {', '.join(FAMILIES)}")
    return [FAMILIES[name] for name in names] if names else list(FAMILIES.values())


# ---- measuring ---------------------------------------------------------------------------------


def _measured(job: Job) -> None:
    """Every family and size, each written and shown as soon as it is known."""
    rounds = job.options.rounds or (ROUNDS_OF_A_PAIR if job.entrants.pair else ROUNDS)
    steps = [(family, size) for family in job.families for size in family.sizes]
    print(tables.preface(machine()["load"]))
    for k, (family, size) in enumerate(steps):
        if size == family.sizes[0]:
            print(tables.heading(family, [*job.entrants.engines]))
        with _progress(f"{k + 1}/{len(steps)}  {family.name}, {size:,} {family.axis}"):
            made = _one(job, family, size, rounds)
        for timing in made:
            job.timings.setdefault((family.name, timing.engine), []).append(timing)
        job.writer.write(*_benches(made, job.options.device))
        print("\n".join(tables.rows(made)), flush=True)
        if job.entrants.pair:
            _compared(job, made)


def _one(job: Job, family: Family, size: int, rounds: int) -> list[Timing]:
    """One size of a family; an engine that would take too long by how it has grown is let off."""
    longest = job.options.longest
    too_late = {
        name: why
        for name in job.entrants.engines
        if (why := hopeless(job.timings.get((family.name, name), []), size, longest))
    }
    ready = {name: e for name, e in job.entrants.engines.items() if name not in too_late}
    one, seconds = [replace(family, sizes=(size,))], 0.0 if job.options.rounds else SECONDS
    made = next(measure(one, ready, job.options.device, rounds, seconds, longest), [])
    given = {t.engine: t for t in made}
    return [
        given.get(name) or Timing(family, size, name, 0, why_not=too_late[name])
        for name in job.entrants.engines
    ]


def late(why_not: str) -> bool:
    """Whether an engine was let off because it takes too long."""
    return why_not.startswith(("takes", "would take")) or "no answer within" in why_not


def hopeless(before: Sequence[Timing], size: int, longest: float = LONGEST) -> str:
    """Why a size is not tried: what the sizes before it took, or that one of them failed."""
    if not before:
        return ""
    last = before[-1]
    if late(last.why_not):
        return "would take longer than a smaller size, which took too long"
    if last.why_not:
        return last.why_not if last.why_not.startswith("has no") else f"failed at {last.size:,}"
    if len(before) < 2:
        return ""
    steps = math.log(size / last.size) / math.log(last.size / before[-2].size)
    expected = last.total * (last.total / before[-2].total) ** steps
    if expected <= longest:
        return ""
    return f"would take {expected:,.0f} s by its growth, more than {longest:g} s a pass"


class _progress:  # noqa: N801  used as a statement
    """A line on a terminal that says what is timed, gone when it is done."""

    def __init__(self, said: str) -> None:
        self.said = said

    def __enter__(self) -> None:
        if sys.stderr.isatty():
            print(f"  timing {self.said} …", end="\r", file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            print("\x1b[2K", end="\r", file=sys.stderr, flush=True)


# ---- judging -----------------------------------------------------------------------------------


def _compared(job: Job, made: Sequence[Timing]) -> None:
    assert job.entrants.pair is not None
    by_name = {t.engine: t for t in made}
    first, second = (by_name[name] for name in job.entrants.pair)
    gauge = compared(first, second, job.options.tripwire)
    job.gauges.append(gauge)
    job.writer.write(gauge)


def _judged(job: Job) -> None:
    """What all timings together say: growth, the comparison, verdicts."""
    print("\n".join(tables.growths(job.timings)))
    if job.entrants.pair:
        said = conclusion(job.gauges, job.options.tripwire)
        print("\n".join(["", *tables.comparisons(job.gauges), *said]))
        return
    for gauge in _verdicts(job):
        job.gauges.append(gauge)
        job.writer.write(gauge)
    print("\n".join(tables.verdicts(job.gauges)), flush=True)
    wanted = goals.ENGINE in job.entrants.engines and job.options.device == "cpu"
    if wanted and not job.interrupted:
        _goals(job)


def _goals(job: Job) -> None:
    """What is asked of the reference engine, beside what was measured."""
    with _progress("the bare reference engine"):
        found = list(goals.goals([family.name for family in job.families], job.timings))
    job.gauges += found
    job.writer.write(*found)
    print("\n".join(tables.goals(found)), flush=True)


def _verdicts(job: Job) -> Iterator[Gauge]:
    """From the timings, and from what only a longer look shows, unless one asked for an end."""
    device, names = job.options.device, {family.name for family in job.families}
    engines = {k: e for k, e in job.entrants.engines.items() if e.hello.name != YARDSTICK}
    yield from verdicts({key: t for key, t in job.timings.items() if key[1] in engines})
    if "fan-out" in names and not job.interrupted:
        with _progress("what a further use of a large value costs"):
            yield from accumulation(engines, device, job.options.longest)
    if "chain" in names and not job.interrupted:
        with _progress("chains of up to a million ops"):
            yield from deep({k: e for k, e in engines.items() if not _dawdles(job, k)}, device)


def _dawdles(job: Job, name: str) -> bool:
    """Whether an engine was let off a chain because it takes too long."""
    return any(late(t.why_not) for t in job.timings.get(("chain", name), []))


# ---- records -----------------------------------------------------------------------------------


def _benches(made: Sequence[Timing], device: str) -> Iterator[Bench]:
    """A record an engine, each beside every other."""
    for t in made:
        yield Bench(
            workload=t.family.name,
            size=t.size,
            engine=t.engine,
            device=device,
            seconds={"forward": t.forward, "backward": t.backward} if t.rounds else {},
            memory=t.memory,
            axis=t.family.axis,
            calls=t.calls,
            rounds=t.rounds,
            collected=t.collected,
            beside={o.engine: _ends(t, o) for o in made if o is not t and o.rounds and t.rounds},
            memory_by=t.memory_by,
            objects=t.objects,
            why_not=t.why_not,
        )


def _ends(t: Timing, other: Timing) -> list[float]:
    ratio = median(t.ratios(other))
    return [x for x in (ratio.middle, ratio.low, ratio.high) if x is not None]


def _run_record(job: Job, argv: Sequence[str]) -> Run:
    engines = job.entrants.engines
    hellos = {name: handle.hello for name, handle in engines.items()}
    first = next(iter(hellos.values()))
    return Run(
        engine=", ".join(engines),
        engine_version=", ".join(h.version for h in hellos.values()),
        spec=" ".join(engines),
        style=first.style,
        seed=0,
        profile="bench",
        command=shlex.join(["gradassay", *argv]),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        suites=["performance"],
        devices=[job.options.device],
        configuration={
            "families": [f.name for f in job.families],
            "rounds": job.options.rounds,
            "against": job.options.against or "",
            "tripwire": job.options.tripwire,
            "longest": job.options.longest,
            "versions": {name: hello.version for name, hello in hellos.items()},
            "python": dict(job.entrants.pythons),
            "absent": dict(job.entrants.absent),
        },
        environment={**first.environment, **machine()},
        gradassay=installed("gradassay"),
    )


def _end(job: Job, seconds: float) -> tuple[int, End]:
    """The exit code, and the record that says how the run ended."""
    count = sum(bool(t.rounds) for series in job.timings.values() for t in series)
    tripped = sum(g.outcome == "tripped" for g in job.gauges)
    said = [f"{count} timings"]
    if job.entrants.pair:
        said.append(f"{tripped} of {len(job.gauges)} comparisons tripped")
    for kind, bad in (("verdict", "broken"), ("goal", "missed")):
        mine = [g.outcome for g in job.gauges if g.kind == kind]
        if mine:
            said.append(f"{mine.count(bad)} of {len(mine)} {kind}s {bad}")
    known = [g for g in job.gauges if g.outcome != "not known"]
    done = count and (known or not job.entrants.pair)
    status, code = ("complete", DIFFERS if tripped else 0) if done else ("failed", NOTHING)
    if job.interrupted:
        status, code = "interrupted", INTERRUPTED
    return code, End(
        status=status,
        exit_code=code,
        seconds=round(seconds, 3),
        cpu_seconds=round(time.process_time(), 3),
        counts={},
        sentence=f"{'; '.join(said)}." if done else "nothing could be timed, or compared.",
    )


def show_families() -> list[tuple[str, str]]:
    """The families by name, with what they are."""
    return [
        (f.name, f"{f.says}; {f.axis} {', '.join(map(str, f.sizes))}") for f in FAMILIES.values()
    ]
