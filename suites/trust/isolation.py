"""What isolation costs: the same plans in our process and in a worker, by turns.

`python -m gradassay.suites.trust.isolation [ENGINE…]` prints the table of docs/isolation.md. Both
processes are counted, and whatever else the engine starts; starting them is not. Linux only: the
processor time of a child that lives is read from `/proc`.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...oracles.vocabulary import VOCABULARY
from ..adapter import op_table
from ..host import open_engine
from ..run import Plan, Session, run

ENGINES = ("reference", "torch", "autograd", "mygrad", "micrograd")
OPS = ("add", "multiply", "divide", "pow", "sum", "matmul", "exp", "getitem")
TICK = 1.0 / os.sysconf("SC_CLK_TCK")


def spent() -> float:
    """Seconds of processor time of this process and of all that it started."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + reaped.ru_utime + reaped.ru_stime + sum(_living(os.getpid()))


def _living(parent: int) -> Iterator[float]:
    """Seconds of each process that lives and descends from `parent`."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything.
            fields = file.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == parent:
            yield (int(fields[11]) + int(fields[12])) * TICK
            yield from _living(int(file.parent.name))


def costs(engine: str, rounds: int, count: int) -> tuple[int, list[float]]:
    """Programs a round, and for each round the share that isolation has in the run's time."""
    ops = op_table(VOCABULARY)
    with open_engine(engine, ops, in_process=True) as here, open_engine(engine, ops) as apart:
        sessions = [Session(here), Session(apart)]
        for session in sessions:
            list(session.probe())
        offered = [op for op in OPS if op in sessions[0].ops]
        shares = []
        for seed in range(rounds + 1):
            plans = [Plan(check="graphs", seed=seed, count=count)]
            plans += [Plan(check="ops", op=op, seed=seed, count=count) for op in offered]
            turns = (0, 1) if seed % 2 else (1, 0)  # each is first in half of the rounds
            seconds = {turn: _timed(plans, sessions[turn]) for turn in turns}
            inside, isolated = seconds[0], seconds[1]
            shares.append((isolated - inside) / isolated)
    return count * (1 + len(offered)), shares[1:]  # the first round warms up


def _timed(plans: Sequence[Plan], session: Session) -> float:
    start = spent()
    for plan in plans:
        for _ in run(plan, session):
            pass
    return spent() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engines", nargs="*", metavar="ENGINE", default=ENGINES)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--programs", type=int, default=300, help="programs a plan, as in `quick`")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # of PyTorch, here and in the worker
    print("| engine | programs | share of the run | quartiles |\n| --- | --: | --: | --: |")
    for engine in options.engines:
        each, share = costs(engine, options.rounds, options.programs)
        low, middle, high = (f"{100 * q:.0f} %" for q in statistics.quantiles(share, n=4))
        row = f"`{engine}`", f"{each * options.rounds:,}", middle, f"{low} to {high}"
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
