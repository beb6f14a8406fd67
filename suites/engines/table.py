"""`docs/engines.md`: the bundled engines and what checking them has given, from their results.

`python -m gradassay.suites.engines.table RESULTS… --again AGAIN… --write docs/engines.md` takes
folders that `gradassay check` left, and the folders of second runs from the same seed. Nothing in
the page is written by hand but the notes below and the causes.
"""

from __future__ import annotations

import argparse
import io
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...reports.grades import HOLDS, NOT_TRIED
from ...reports.groups import first_wrong_op
from ...reports.outcomes import OUTCOMES
from ...reports.records import AnyRecord, Case, Check, End, Run, Verdict, read
from ..facts import count
from .causes import CAUSES
from .environments import ENVIRONMENTS

WIDTH = 88
"""Columns of a line of adapter code; a longer one counts as several."""
HEAD = """# Engines

What checking each bundled engine has given, from the `results.jsonl` of one run each. *Lines* are
the adapter's: code without blank lines, comments and docstrings, at 88 columns. *Differences* count
programs, before they are reduced; what an engine declined or does not offer is no difference.
*Checks* are the clauses of the [standard](standard.md) that apply, and how many hold.
*Slow* is what the adapter says: the counts of the run were divided by it. *Same again* says whether
a second run from the same seed gave the same verdict for every program and check.

`make engines` installs those that have an environment of their own, then
`gradassay check NAME --python build/engines/NAME/bin/python` checks one. `make survey` checks all
of them twice and writes this page.

"""
NOTES = """
## Notes
- `minitorch` is the package of that name on PyPI, which imports as `torch`. The engine of the
  course MiniTorch is not on PyPI.
- `dezero` is of 2020 and needs numpy below 1.24.
- `tinygrad` does not finish the long chain of R1 in the 100 s that it has.
- `mlx` is offered in float32: its float64 runs on the CPU alone, and sin, exp and others are no
  more right in it than in float32 (0.540302276 for cos(1), not 0.540302306).
- `tinygrad` runs on its device `PYTHON`, which emulates kernels and needs no compiler: 0.06 s for a
  program of one op. Its device `CPU` needs clang. Both rewrite a graph for each program, which is
  what takes the time.
- `pytensor` runs its graphs in Python, rewritten as ever: 0.02 s a program. To compile one by numba
  takes seconds. Its rules are symbolic, the same in every mode.
- `jax` compiles every op for every shape, 0.17 s a program of one op, as its users have it. With
  `XLA_FLAGS="--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"` in the
  environment it takes half. `jax:jit` and `tensorflow:graph` are the same adapters with the whole
  function compiled: 0.07 s and 0.05 s a program.
- `torch:compile` is not bundled: with a C++ compiler it takes 2 s of processor time a program, 17 s
  for the first.
"""


def lines_of(source: str) -> int:
    """The lines of code in a file, docstrings left out.

    >>> lines_of('"A docstring."\\n\\nimport numpy  # a comment\\nx = 1\\n')
    2
    """
    code: set[int] = set()
    start = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
            continue
        if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
            start = True
        elif not (start and token.type == tokenize.STRING):
            code.update(range(token.start[0], token.end[0] + 1))
            start = False
    listed = source.splitlines()
    return sum(-(-len(listed[number - 1]) // WIDTH) for number in code)


def same(records: Sequence[AnyRecord], again: Sequence[AnyRecord]) -> str:
    """Whether a second run gave the same verdicts, and of how many it did not."""
    if not again:
        return "not tried"
    first, second = judged(records), judged(again)
    moved = max((first - second).total(), (second - first).total())
    return f"no: {moved:,} of {first.total():,}" if moved else "yes"


def judged(records: Iterable[AnyRecord]) -> Counter[tuple[str, ...]]:
    """Every program and check with what came of it."""
    return Counter(
        (r.check, r.op, r.dtype, r.id, r.outcome) if isinstance(r, Case) else (r.id, r.outcome)
        for r in records
        if isinstance(r, Case | Check)
    )


def held(records: Iterable[AnyRecord]) -> str:
    """How many of the checks that apply hold."""
    tried = [r for r in records if isinstance(r, Check) and r.outcome not in NOT_TRIED]
    return f"{sum(c.outcome in HOLDS for c in tried)} of {len(tried)}" if tried else "none tried"


def broken(records: Iterable[AnyRecord]) -> list[str]:
    """The checks that do not hold, by outcome, in one line."""
    found: dict[str, list[str]] = {}
    for r in records:
        if isinstance(r, Check) and r.outcome not in (*HOLDS, *NOT_TRIED, "accepted"):
            found.setdefault(r.outcome, []).append(r.id)
    said = "; ".join(f"{outcome}: {', '.join(ids)}" for outcome, ids in found.items())
    return [f"- checks of the [standard](standard.md), {said}"] if found else []


def row(records: Sequence[AnyRecord], again: Sequence[AnyRecord] = ()) -> str:
    """An engine's line of the table."""
    run = next(r for r in records if isinstance(r, Run))
    end = next((r for r in records if isinstance(r, End)), None)
    counts = count(records)
    executed = sum(n for o, n in counts.items() if OUTCOMES[o].group != "not run")
    said = {None: " (cut short)", "interrupted": " (cut short)", "incomplete": " (narrowed)"}
    end_said = said.get(end.status if end else None, "")
    cells = [
        f"`{run.spec}`",
        run.engine_version,
        run.style,
        str(lines_of(run.adapter)),
        str(len(run.offered)),
        f"{executed:,}{end_said}",
        differences(counts),
        f"{counts['declined']:,}",
        held(records),
        run.profile,
        str(run.limits.get("slow", 1)),
        same(records, again),
    ]
    return f"| {' | '.join(cells)} |"


def differences(counts: Counter[str]) -> str:
    """How many programs differ, by outcome."""
    named = [f"{n:,} {o}" for o, n in counts.items() if OUTCOMES[o].group == "difference"]
    return ", ".join(named) or "none"


def kinds(records: Iterable[AnyRecord]) -> list[str]:
    """The smallest message of each op and outcome that differs."""
    found: dict[tuple[str, str], str] = {}
    for verdict in records:
        if isinstance(verdict, Verdict) and OUTCOMES[verdict.outcome].group == "difference":
            key = first_wrong_op(verdict) or verdict.op, verdict.outcome
            message = " ".join(verdict.message.split())
            if key not in found or len(message) < len(found[key]):
                found[key] = message
    return [
        f"- `{op}`, {outcome}: {message[:160]}" for (op, outcome), message in sorted(found.items())
    ]


def causes(engine: str, listed: Sequence[str]) -> list[str]:
    """Why each op that differs does so in the engine's own source."""
    known = CAUSES.get(engine.partition(":")[0], {})
    ops = sorted({line.split("`")[1] for line in listed if line.startswith("- `")})
    said = [f"- `{op}`: {known.get(op, 'not traced yet')}" for op in ops]
    return ["\nIn its source:", *said] if said else []


def page(folders: Sequence[Path], again: Sequence[Path] = ()) -> str:
    """The whole page."""
    results = {folder: read(folder / "results.jsonl") for folder in folders}
    second = {folder.name: read(folder / "results.jsonl") for folder in again}
    columns = (
        *("engine", "version", "style", "lines", "ops", "programs", "differences", "declined"),
        *("checks", "profile", "slow", "same again"),
    )
    text = [
        HEAD,
        f"| {' | '.join(columns)} |\n",
        f"| {' | '.join(['---'] * len(columns))} |\n",
        *(row(records, second.get(f.name, ())) + "\n" for f, records in results.items()),
        NOTES,
        "\n## What differs\nThe smallest message of each op and outcome; `docs/findings.md` has "
        "scripts for some.\n",
    ]
    for records in results.values():
        run = next(r for r in records if isinstance(r, Run))
        found = kinds(records)
        listed = [*found, *broken(records), *causes(run.spec, found)] or ["Nothing."]
        text.append(f"\n### {run.engine} {run.engine_version}\n" + "\n".join(listed) + "\n")
    pins = "\n".join(f"- `{name}`: `{pinned}`" for name, pinned in ENVIRONMENTS.items())
    return "".join(text) + f"\n## Environments\n{pins}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS")
    parser.add_argument("--again", nargs="*", type=Path, default=[], metavar="AGAIN")
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    made = page(options.results, options.again)
    if options.write:
        options.write.write_text(made, encoding="utf-8")
    else:
        print(made, end="")


if __name__ == "__main__":
    main()
