"""Programs a CPU-second, stage by stage, beside gradcheck on the same programs.

`python -m gradassay.suites.trust.bulk [--programs N] [--engine ENGINE]` prints a table for
each workload. All is CPU time on one thread; blocks of each stage and of gradcheck (slow mode,
default settings) take turns, so that ratios are of pairs, and medians are shown. Gradcheck runs a
quarter of each block through PyTorch, without programs that have an empty leaf: it refuses them.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import math
import resource
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from ...oracles.program import Program
from ...oracles.pytorch import apply
from ...oracles.vocabulary import VOCABULARY
from ..adapter import op_table
from ..builder import Scope
from ..choices import RandomChoices
from ..generate import graph
from ..host import EngineHandle, open_engine
from ..judge import Rules, in_full, judge
from ..run import BATCH, WHOLE_GRAPHS, Session
from ..trial import Trial


@dataclass(frozen=True, slots=True)
class Workload:
    """Programs of one kind: the ranks of their tensors, their calls, and their entries.

    `entries` is the least number of entries with a gradient: gradcheck's cost grows with it.
    """

    name: str
    ranks: frozenset[int] | None = None
    calls: range = range(100)
    entries: int = 0

    def has(self, program: Program) -> bool:
        """Whether a program is one of these."""
        return len(program.calls) in self.calls and entries(program) >= self.entries


MATRICES = frozenset({1, 2})
WORKLOADS = (
    Workload("random graphs, as the suite draws them"),
    Workload("vectors and matrices up to 4 × 4, 5 to 20 calls", MATRICES, range(5, 21)),
    Workload("the same with 16 entries to differentiate, or more", MATRICES, range(5, 21), 16),
    Workload("the same with 32 entries or more", MATRICES, range(5, 21), 32),
)
STAGES = ("generation", "engine", "judge")
Times = dict[str, list[float]]
T = TypeVar("T")


def entries(program: Program) -> int:
    """The entries that a gradient is asked for."""
    return sum(math.prod(program.leaves[i].shape) for i in program.wanted)


def drawn(scope: Scope, seed: int) -> Trial | None:
    """The random graph that belongs to a seed."""
    return graph(RandomChoices(seed), scope, seed % WHOLE_GRAPHS == 0)


def seeds(scope: Scope, workload: Workload) -> Iterator[int]:
    """The seeds of the programs of a workload: what else is drawn counts for nobody."""
    for seed in itertools.count():
        trial = drawn(scope, seed)
        if trial is not None and workload.has(trial.program):
            yield seed


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of this process, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def blocks(
    handle: EngineHandle, scope: Scope, workload: Workload, count: int
) -> tuple[Times, list[Trial]]:
    """CPU microseconds a program, of each stage in each block, and the programs."""
    known = list(itertools.islice(seeds(scope, workload), count + BATCH))
    for trial in _trials(scope, known[:BATCH]):  # imports and first calls count for nobody
        in_full(trial, next(handle.answers([trial.program])), Rules())
        gradcheck([trial.program])
    gc.collect()
    gc.freeze()
    times: Times = defaultdict(list)
    seen: list[Trial] = []
    for first in range(BATCH, len(known), BATCH):
        seen += _block(handle, scope, known[first : first + BATCH], times)
    return times, seen


def _trials(scope: Scope, known: Sequence[int]) -> list[Trial]:
    return [trial for seed in known if (trial := drawn(scope, seed)) is not None]


def _block(handle: EngineHandle, scope: Scope, known: Sequence[int], times: Times) -> list[Trial]:
    """One block through every stage, and a quarter of it through gradcheck."""
    generate, some = timed(lambda: _trials(scope, known))
    programs = [t.program for t in some]
    ask, answers = timed(lambda: list(handle.answers(programs)))
    decide, found = timed(
        lambda: [judge(t, a, Rules()) for t, a in zip(some, answers, strict=True)]
    )
    if any(j.outcome != "agrees" for j in found):
        raise RuntimeError(f"not all agree: {Counter(j.outcome for j in found)}")
    check, checked = timed(lambda: gradcheck(programs[::4]))
    for name, seconds in zip(STAGES, (generate, ask, decide), strict=True):
        times[name].append(seconds * 1e6 / len(some))
    times["gradcheck"].append(check * 1e6 / checked)
    return some


def gradcheck(programs: Sequence[Program]) -> int:
    """Check programs with `torch.autograd.gradcheck` in slow mode; how many there were."""
    import torch

    full = [p for p in programs if all(leaf.data for leaf in p.leaves)]
    for program in full:
        wanted = [torch.tensor(program.leaves[i].array, requires_grad=True) for i in program.wanted]
        torch.autograd.gradcheck(_function(program), wanted, raise_exception=False)
    return max(1, len(full))


def _function(program: Program) -> Callable[..., Any]:
    import torch

    constants = [torch.from_numpy(leaf.array.copy()) for leaf in program.leaves]

    def run(*given: Any) -> Any:
        leaves = dict(zip(program.wanted, given, strict=True))
        values = [leaves.get(i, constant) for i, constant in enumerate(constants)]
        for call in program.calls:
            values.append(apply(torch, call, values))
        return values[program.outputs[-1]]

    return run


def wire(engine: str, programs: Sequence[Program]) -> tuple[float, float]:
    """CPU microseconds a program through a worker: what the host spends, and the worker."""

    def spent(asked: Sequence[Program]) -> tuple[float, float]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open_engine(engine, op_table(VOCABULARY)) as handle:
            host, _ = timed(lambda: list(handle.answers(asked)))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return host, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    idle, busy = spent(programs[:BATCH]), spent(programs)
    each = 1e6 / (len(programs) - BATCH)
    return (busy[0] - idle[0]) * each, (busy[1] - idle[1]) * each


def report(times: Times, seen: Sequence[Trial], host: float, worker: float) -> Iterator[str]:
    """What the programs were, and the table."""
    for what, numbers in (
        ("calls", [len(t.program.calls) for t in seen]),
        ("leaves", [len(t.program.leaves) for t in seen]),
        ("entries with a gradient", [entries(t.program) for t in seen]),
    ):
        spread = ", ".join(f"{q:.0f}" for q in np.percentile(numbers, [5, 50, 95]))
        yield f"{what}: mean {np.mean(numbers):.1f}; 5, 50 and 95 % quantiles {spread}"
    rows = {name: times[name] for name in STAGES}
    rows["checker alone"] = _sum(times["generation"], times["judge"])
    rows["whole pipeline, in process"] = _sum(rows["checker alone"], times["engine"])
    rows["whole pipeline, through a worker"] = [x + host + worker for x in rows["checker alone"]]
    rows["gradcheck slow"] = times["gradcheck"]
    yield f"\n| {'stage':32} | µs a program | programs a CPU-second | × gradcheck |"
    yield "| --- | --: | --: | --: |"
    for name, us in rows.items():
        ratio = statistics.median(g / x for g, x in zip(times["gradcheck"], us, strict=True))
        middle = statistics.median(us)
        yield f"| {name:32} | {middle:.0f} | {1e6 / statistics.mean(us):,.0f} | {ratio:.1f} |"


def _sum(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [a + b for a, b in zip(one, other, strict=True)]


def main() -> None:
    """Print the tables."""
    import torch

    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=2048)
    parser.add_argument("--engine", default="reference")
    options = parser.parse_args()
    for workload in WORKLOADS:
        with open_engine(options.engine, op_table(VOCABULARY), in_process=True) as handle:
            session = Session(handle)
            list(session.probe())
            scope = replace(session.scope(), ranks=workload.ranks)
            times, seen = blocks(handle, scope, workload, options.programs)
        host, worker = wire(options.engine, [t.program for t in seen])
        print(f"\n{workload.name}; float64, engine {options.engine}, {len(seen)} programs")
        print("\n".join(report(times, seen, host, worker)), flush=True)


if __name__ == "__main__":
    main()
