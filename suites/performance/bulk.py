"""Programs a CPU-second, stage by stage, beside gradcheck on the same programs.

`python -m gradassay.suites.performance.bulk [--programs N] [--engine ENGINE]` prints the table.
Stages are timed in blocks of CPU time on one thread; gradcheck (slow mode, default settings) runs a
sample of the same programs through PyTorch, those with an empty leaf left out: it refuses them.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from ...oracles.program import Program
from ...oracles.pytorch import apply
from ...oracles.rounding import measure
from ...oracles.vocabulary import VOCABULARY
from ..adapter import op_table
from ..host import open_engine
from ..judge import judge
from ..run import Plan, Session, trials
from ..trial import Trial

SAMPLE = 200


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def stages(engine: str, count: int, in_process: bool) -> dict[str, float]:
    """CPU microseconds a program for each stage (a worker's own time is not counted)."""
    with open_engine(engine, op_table(VOCABULARY), in_process=in_process) as handle:
        session = Session(handle)
        list(session.probe())
        rules = session.rules("float64")

        def draw(seed: int, n: int) -> list[Trial]:
            plan = Plan(check="bulk", seed=seed, count=n)
            return [t for t in trials(plan, session) if isinstance(t, Trial)]

        warm = draw(1, 50)
        for trial in warm:
            judge(trial, session.answer(trial.program, "float64", "cpu"), rules)
        measure(warm[0].program, "float64", 0)
        generate, drawn = timed(lambda: draw(0, count))
        ask, answers = timed(lambda: list(handle.answers([t.program for t in drawn])))
        decide, found = timed(
            lambda: [judge(t, a, rules) for t, a in zip(drawn, answers, strict=True)]
        )
    print("  outcomes:", dict(Counter(j.outcome for j in found)))
    each = 1e6 / len(drawn)
    return {"generate": generate * each, "engine": ask * each, "judge": decide * each}


def gradcheck(programs: list[Program]) -> float:
    """CPU microseconds a program of `torch.autograd.gradcheck` in slow mode."""
    import torch

    def function(program: Program) -> tuple[Any, list[Any]]:
        wanted = [torch.tensor(program.leaves[i].array, requires_grad=True) for i in program.wanted]

        def run(*given: Any) -> Any:
            leaves = dict(zip(program.wanted, given, strict=True))
            values = [
                leaves.get(i, torch.from_numpy(leaf.array.copy()))
                for i, leaf in enumerate(program.leaves)
            ]
            for call in program.calls:
                values.append(apply(torch, call, values))
            return values[program.outputs[-1]]

        return run, wanted

    made = [function(p) for p in programs]
    check = torch.autograd.gradcheck
    seconds, _ = timed(lambda: [check(f, x, raise_exception=False) for f, x in made])
    return seconds * 1e6 / len(programs)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=3000)
    parser.add_argument("--engine", default="reference")
    options = parser.parse_args()
    print(f"random graphs, float64, {options.programs} programs, engine {options.engine}")
    inside = stages(options.engine, options.programs, in_process=True)
    outside = stages(options.engine, options.programs, in_process=False)
    with open_engine("reference", op_table(VOCABULARY), in_process=True) as handle:
        plan = Plan(check="bulk", count=SAMPLE)
        drawn = [t for t in trials(plan, Session(handle)) if isinstance(t, Trial)]
    full = [t.program for t in drawn if all(leaf.data for leaf in t.program.leaves)]
    slow = gradcheck(full)
    checker = inside["generate"] + inside["judge"]
    rows = [
        ("generation", inside["generate"]),
        ("engine, in process", inside["engine"]),
        ("judge", inside["judge"]),
        ("checker alone", checker),
        ("whole pipeline, in process", sum(inside.values())),
        ("host's share of the wire", outside["engine"]),
        ("gradcheck slow", slow),
    ]
    print(f"\n{'stage':28} {'us a program':>12} {'programs/s':>11} {'x gradcheck':>12}")
    for name, us in rows:
        print(f"{name:28} {us:12.0f} {1e6 / us:11.0f} {slow / us:12.1f}")


if __name__ == "__main__":
    main()
