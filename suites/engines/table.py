"""`docs/engines.md`: the bundled engines and what checking them has given, from their results.

`python -m gradassay.suites.engines.table RESULTS… --write docs/engines.md` takes folders that
`gradassay check` left. Nothing in the page is written by hand but the notes below.
"""

from __future__ import annotations

import argparse
import io
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...reports.groups import first_wrong_op
from ...reports.outcomes import OUTCOMES
from ...reports.records import AnyRecord, End, Run, Verdict, read
from ..facts import count
from .environments import ENVIRONMENTS

WIDTH = 88
"""Columns of a line of adapter code; a longer one counts as several."""
HEAD = """# Engines

What checking each bundled engine has given, from the `results.jsonl` of one run each. *Lines* are
the adapter's: code without blank lines, comments and docstrings, at 88 columns. *Differences* count
programs, before they are reduced; what an engine declined or does not offer is no difference.

`make engines` installs those that have an environment of their own, then
`gradassay check NAME --python build/engines/NAME/bin/python` checks one.

"""
NOTES = """
## Notes
- `minitorch` is the package of that name on PyPI, which imports as `torch`. The engine of the
  course MiniTorch is not on PyPI.
- `dezero` is of 2020 and needs numpy below 1.24.
- `tinygrad` runs on its device `PYTHON`, which emulates kernels and needs no compiler; its device
  `CPU` needs clang.
- `pytensor` runs its graphs in Python, hardly rewritten, at 0.2 s a program: it was run on some ops
  only. So was `tinygrad`.
- `jax` compiles every op for every shape, about 0.1 s each; its run was made with XLA's
  optimisations off and cut short. `jax:jit` and `tensorflow:graph` are the same adapters with the
  whole function compiled. `torch:compile` needs a C++ compiler and seconds a program: not bundled.
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


def row(records: Sequence[AnyRecord]) -> str:
    """An engine's line of the table."""
    run = next(r for r in records if isinstance(r, Run))
    end = next((r for r in records if isinstance(r, End)), None)
    counts = count(records)
    executed = sum(n for o, n in counts.items() if OUTCOMES[o].group != "not run")
    said = {None: " (cut short)", "interrupted": " (cut short)", "incomplete": " (narrowed)"}
    cells = [
        f"`{run.spec}`",
        run.engine_version,
        run.style,
        str(lines_of(run.adapter)),
        str(len(run.offered)),
        f"{executed:,}{said.get(end.status if end else None, '')}",
        differences(counts),
        f"{counts['declined']:,}",
        run.profile,
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


def page(folders: Sequence[Path]) -> str:
    """The whole page."""
    results = {folder: read(folder / "results.jsonl") for folder in folders}
    columns = "engine", "version", "style", "lines", "ops", "programs", "differences", "declined"
    text = [
        HEAD,
        f"| {' | '.join([*columns, 'profile'])} |\n",
        f"| {' | '.join(['---'] * 9)} |\n",
        *(row(records) + "\n" for records in results.values()),
        NOTES,
        "\n## What differs\nThe smallest message of each op and outcome; `docs/findings.md` has "
        "scripts for some.\n",
    ]
    for records in results.values():
        run = next(r for r in records if isinstance(r, Run))
        listed = kinds(records) or ["Nothing."]
        text.append(f"\n### {run.engine} {run.engine_version}\n" + "\n".join(listed) + "\n")
    pins = "\n".join(f"- `{name}`: `{pinned}`" for name, pinned in ENVIRONMENTS.items())
    return "".join(text) + f"\n## Environments\n{pins}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS")
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    made = page(options.results)
    if options.write:
        options.write.write_text(made, encoding="utf-8")
    else:
        print(made, end="")


if __name__ == "__main__":
    main()
