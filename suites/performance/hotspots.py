"""Where engines spend their time: samples of both passes of a chain, as records.

`python -m gradassay.suites.performance.hotspots FOLDER` reads FOLDER/results.jsonl, samples every
engine that was timed on a chain there, and writes FOLDER/profiles.jsonl.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ...oracles.vocabulary import VOCABULARY
from ...reports.records import Bench, Gauge, Run, Writer, read
from .. import worker
from ..adapter import locate, op_table
from . import sampled
from .families import FAMILIES
from .measure import single_threaded

FAMILY = "chain"
SECONDS = 4.0
"""Processor time that is sampled, in each engine; the clock of samples ticks every few ms."""
PATIENCE = 120.0
KEPT = 12
"""Places that are recorded, the most frequent."""
KIND = "profile"


def places(engine: str, size: int, python: str) -> Counter[str]:
    """How many samples of a chain fell into each place; raises `RuntimeError`."""
    program = FAMILIES[FAMILY].make(size)
    asked = {
        "ops": op_table(VOCABULARY),
        "program": msgspec.Raw(program.to_json()),
        "dtype": FAMILIES[FAMILY].dtype,
        "seconds": SECONDS,
    }
    command = [python, sampled.__file__, str(Path(worker.__file__).parent), locate(engine).engine]
    done = subprocess.run(
        command,
        input=msgspec.json.encode(asked),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{engine} could not be sampled: {done.stderr.decode()[-400:]}")
    return Counter(msgspec.json.decode(done.stdout, type=dict[str, int]))


def files(found: Counter[str]) -> Counter[str]:
    """The same by file."""
    summed: Counter[str] = Counter()
    for place, count in found.items():
        summed[place.partition(" ")[0]] += count
    return summed


def shares(engine: str, size: int, found: Counter[str]) -> Iterator[Gauge]:
    """The share of each file and of each function, the largest first."""
    total = found.total()
    for count in (files(found), found):
        for place, times in count.most_common(KEPT):
            yield Gauge(
                kind=KIND,
                rule=place,
                engine=engine,
                outcome="measured",
                text=f"{times} of {total} samples",
                workload=FAMILY,
                size=size,
                measured=times / total,
            )


def sizes(benches: Sequence[Bench]) -> Mapping[str, int]:
    """Each engine that was timed on a chain, with the length to sample: 1,000, or its longest."""
    found: dict[str, int] = {}
    for b in benches:
        if b.workload == FAMILY and b.rounds and b.size <= 1000:
            found[b.engine] = b.size
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Sample and write."""
    parser = argparse.ArgumentParser("python -m gradassay.suites.performance.hotspots")
    parser.add_argument("folder", type=Path, help="where `gradassay bench` left its results.jsonl")
    folder = parser.parse_args(argv).folder
    records = read(folder / "results.jsonl")
    run = next(r for r in records if isinstance(r, Run))
    pythons = run.configuration.get("python", {})
    single_threaded()
    with Writer(folder / "profiles.jsonl") as writer:
        writer.write(run)
        for engine, size in sizes([r for r in records if isinstance(r, Bench)]).items():
            try:
                found = places(engine, size, pythons.get(engine, sys.executable))
            except (RuntimeError, subprocess.SubprocessError) as error:
                print(f"{engine}: {error}", file=sys.stderr, flush=True)
                continue
            writer.write(*shares(engine, size, found))
            top = ", ".join(f"{p} {n / found.total():.0%}" for p, n in files(found).most_common(3))
            print(f"{engine}: {top}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
