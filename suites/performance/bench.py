"""`gradassay bench`: engines beside one another on every family, as a table and as records."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from ...oracles.program import ProgramError
from ...oracles.vocabulary import VOCABULARY
from ...reports.html import render
from ...reports.records import Bench, End, Run, Writer, read
from ..adapter import op_table
from ..facts import installed
from ..host import EngineHandle, open_engine
from .families import FAMILIES, Family
from .measure import Timing, growth, machine, measure, single_threaded

BESIDE = "torch"
"""The engine that ratios are given against."""


def bench(options: argparse.Namespace, argv: Sequence[str]) -> int:
    """Time the engines; 0 unless none of them could be timed at all."""
    families = chosen(options.family)
    single_threaded()
    with ExitStack() as stack:
        engines = {
            spec: stack.enter_context(open_engine(spec, op_table(VOCABULARY), timeout=60.0))
            for spec in options.engines
        }
        return _timed(families, engines, options, argv)


def chosen(names: Sequence[str] | None) -> list[Family]:
    """The families of these names, or all; raises `ProgramError` for a name that is none."""
    for name in names or ():
        if name not in FAMILIES:
            raise ProgramError(f"there is no family {name!r}: there are {', '.join(FAMILIES)}")
    return [FAMILIES[name] for name in names] if names else list(FAMILIES.values())


def _timed(
    families: Sequence[Family],
    engines: dict[str, EngineHandle],
    options: argparse.Namespace,
    argv: Sequence[str],
) -> int:
    out, start = Path(options.out), time.monotonic()
    known: dict[tuple[str, str], list[Timing]] = {}
    with Writer(out / "results.jsonl") as writer:
        writer.write(_run_record(engines, families, options, argv))
        for k, made in enumerate(measure(families, engines, options.device, options.rounds)):
            _progress(made[0], k)
            for timing in (t for t in made if t.rounds):
                known.setdefault((timing.family.name, timing.engine), []).append(timing)
                writer.write(_record(timing, options.device))
            print("\n".join(_lines(made)), flush=True)
        count = sum(map(len, known.values()))
        writer.write(_end(count, time.monotonic() - start))
    print("\n".join(_growths(known)))
    (out / "report.html").write_text(render(read(out / "results.jsonl")), encoding="utf-8")
    print(f"\nreport    {out / 'report.html'}")
    return 0 if known else 5


def _progress(timing: Timing, done: int) -> None:
    """A heading before the first size of each family."""
    if timing.size != timing.family.sizes[0]:
        return
    if not done:
        print(f"load {machine()['load']}; one thread an engine; µs are CPU time", end="")
        print(" on the CPU, the collector off")
    family = timing.family
    print(f"\n{family.name} ({family.says}, {family.dtype})")
    print(f"  {family.axis:>10}  {'engine':12} {'forward µs':>12} {'backward µs':>12} ", end="")
    print(f"{'µs a call':>10} {'total/forward':>13} {'× ' + BESIDE:>8}")


def _lines(made: Sequence[Timing]) -> Iterator[str]:
    """A line an engine."""
    beside = next((t for t in made if t.engine == BESIDE and t.rounds), None)
    for t in made:
        if not t.rounds:
            yield f"  {t.size:>10,}  {t.engine:12} {t.why_not}"
            continue
        ratio = f"{t.times(beside):8.2f}" if beside else f"{'':8}"
        yield (
            f"  {t.size:>10,}  {t.engine:12} {1e6 * t.forward:12,.1f} {1e6 * t.backward:12,.1f} "
            f"{t.per_call:10.2f} {t.total / max(t.forward, 1e-12):13.2f} {ratio}"
        )


def _growths(known: dict[tuple[str, str], list[Timing]]) -> Iterator[str]:
    """The exponent of growth of each family and engine that was timed at three sizes or more."""
    yield "\ngrowth of both passes with the size, and its standard error"
    for (family, engine), timings in known.items():
        if len(timings) > 2:
            exponent, error = growth(timings)
            yield f"  {family:18} {engine:12} {exponent:5.2f} ± {error:.2f}"


def _record(t: Timing, device: str) -> Bench:
    seconds = {"forward": t.forward, "backward": t.backward}
    return Bench(
        workload=t.family.name, size=t.size, engine=t.engine, device=device, seconds=seconds
    )


def _run_record(
    engines: dict[str, EngineHandle],
    families: Sequence[Family],
    options: argparse.Namespace,
    argv: Sequence[str],
) -> Run:
    versions = {name: handle.hello.version for name, handle in engines.items()}
    first = next(iter(engines.values())).hello
    return Run(
        engine=", ".join(engines),
        engine_version=", ".join(versions.values()),
        spec=" ".join(engines),
        style=first.style,
        seed=0,
        profile="bench",
        command=shlex.join(["gradassay", *argv]),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        suites=["performance"],
        devices=[options.device],
        configuration={"families": [f.name for f in families], "rounds": options.rounds},
        environment={**first.environment, **machine()},
        gradassay=installed("gradassay"),
    )


def _end(count: int, seconds: float) -> End:
    return End(
        status="complete" if count else "failed",
        exit_code=0 if count else 5,
        seconds=round(seconds, 3),
        cpu_seconds=round(time.process_time(), 3),
        counts={},
        sentence=f"{count} timings; nothing was judged." if count else "nothing could be timed.",
    )


def show_families() -> list[tuple[str, str]]:
    """The families by name, with what they are."""
    return [
        (f.name, f"{f.says}; {f.axis} {', '.join(map(str, f.sizes))}") for f in FAMILIES.values()
    ]
