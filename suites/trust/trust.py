"""How far the suites can be trusted, measured: `make trust` writes docs/trust.md and its plots.

`python -m gradassay.suites.trust [--clean N] [--special N] [--planted N] [--limit SECONDS]
[--seed SEED] [--seeds N] [--jobs N] [--to FOLDER]`. Progress goes to stderr. Every figure but the
times is a function of the seed and the counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..saboteurs import BY_PROGRAMS
from ..saboteurs.escapes import ESCAPES
from . import plots
from .gradcheck import Rival, rival
from .measures import Alarms, Kill, alarms, kill, special_alarms
from .page import page
from .planted import Detection, detection

CLEAN_SEED = 1000
"""Clean programs have seeds of their own: this one, plus the seed of the run."""
DTYPES = ("float64", "float32")


@dataclass(slots=True)
class Measured:
    """All that the page is made from."""

    kills: list[Kill] = field(default_factory=list)
    escapes: list[Kill] = field(default_factory=list)
    detections: list[Detection] = field(default_factory=list)
    alarms: list[Alarms] = field(default_factory=list)
    rivals: list[Rival] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    cpu: float = 0.0


Job = tuple[str, Callable[..., Any], tuple[Any, ...]]


def jobs(
    clean: int,
    special: int,
    planted: int,
    limit: float,
    seed: int,
    seeds: int,
    names: Sequence[str],
) -> Iterator[Job]:
    """What is to be measured, long things first: the name of a list, a function, its arguments."""
    for engine in ("torch", "reference"):
        for dtype in reversed(DTYPES):
            yield "alarms", alarms, (engine, dtype, clean, CLEAN_SEED + seed)
            for again in range(special):
                yield "alarms", special_alarms, (engine, dtype, CLEAN_SEED + seed + again)
    yield "tables", checkers, (20,)
    for dtype in DTYPES:
        yield "detections", detection, (dtype, planted, seed)
    for name in names:
        yield "rivals", rival, (name, seed, limit)
    for again in range(seed, seed + seeds):
        for name in names:
            yield "kills", kill, (name, again)
    for name in ESCAPES:
        yield "escapes", kill, (name, seed)


def timed(work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, float]:
    """A result, and the CPU seconds of this process that it took."""
    start = time.process_time()
    return work(*arguments), time.process_time() - start


def warm() -> None:
    """Imports and first calls, so that they count for nobody; PyTorch on one thread."""
    import torch

    torch.set_num_threads(1)
    kill("factor", 0)


def measure(todo: Sequence[Job], workers: int) -> Measured:
    """All jobs, in processes of their own; results in the order of the jobs."""
    found = Measured()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=warm) as pool:
        futures: list[tuple[Job, Future[Any]]] = [
            (job, pool.submit(timed, job[1], job[2])) for job in todo
        ]
        for k, ((what, _, arguments), future) in enumerate(futures, start=1):
            result, seconds = future.result()
            found.cpu += seconds
            getattr(found, what).extend(result if isinstance(result, list) else [result])
            told = " ".join(map(str, arguments))
            print(f"{k}/{len(todo)} {what} {told}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return found


def checkers(runs: int) -> str:
    """The table of existing checkers, as their own command prints it; nothing if there is none."""
    name = f"{__package__}.checkers"
    if importlib.util.find_spec(name) is None:
        return ""
    command = [sys.executable, "-m", name, "--runs", str(runs)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(found: Measured, limit: float, seed: int, to: Path) -> Path:
    """The page and its plots."""
    images = to / "images"
    images.mkdir(parents=True, exist_ok=True)
    for dtype in DTYPES:
        drawn = plots.sizes(found.detections, dtype)
        (images / f"trust-{dtype}.svg").write_text(drawn, encoding="utf-8")
    times = plots.seconds([k for k in found.kills if k.seed == seed], found.rivals)
    (images / "trust-kills.svg").write_text(times, encoding="utf-8")
    about = {"seed": seed, "cpu": found.cpu, "limit": limit}
    path = to / "trust.md"
    parts = found.kills, found.escapes, found.detections, found.alarms, found.rivals
    path.write_text(page(*parts, about, "\n".join(found.tables)), encoding="utf-8")
    return path


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write; the exit code is 1 if a saboteur escaped or a clean engine differed."""
    parser = argparse.ArgumentParser("python -m gradassay.suites.trust")
    parser.add_argument("--clean", type=int, default=20_000, help="clean programs, each engine")
    parser.add_argument("--special", type=int, default=20, help="seeds of numerics, each engine")
    parser.add_argument("--planted", type=int, default=400, help="programs with planted factors")
    parser.add_argument("--limit", type=float, default=20.0, help="CPU seconds of gradcheck, each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=3, help="how many, for the saboteurs")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--to", type=Path, default=Path("docs"), metavar="FOLDER")
    parser.add_argument("--only", nargs="*", default=list(BY_PROGRAMS), metavar="SABOTEUR")
    options = parser.parse_args(argv)
    todo = jobs(
        options.clean,
        options.special,
        options.planted,
        options.limit,
        options.seed,
        options.seeds,
        options.only,
    )
    found = measure(list(todo), options.jobs)
    print(write(found, options.limit, options.seed, options.to))
    escaped = any(not k.outcome for k in found.kills)
    return int(escaped or any(a.of("difference") for a in found.alarms))
