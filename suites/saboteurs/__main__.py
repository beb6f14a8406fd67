"""`python -m gradassay.suites.saboteurs`: set the suites on every saboteur, and show the table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from . import SABOTEURS, Saboteur
from .hunt import PROFILE, Catch, hunt

HEAD = (
    "saboteur",
    "what is broken",
    "kind",
    "suite",
    "oracle",
    "outcome",
    "op",
    "calls",
    "programs",
)
PAGE = """# Saboteurs

Engines broken on purpose: the reference engine with one thing wrong inside. Each must be caught by
its suite in the {profile} profile, or the suite proves nothing. This table is made by
`python -m gradassay.suites.saboteurs --write docs/saboteurs.md`.

`gradassay check suites/saboteurs/engines.py:NAME` checks one as it checks any engine.

{table}

*kind*: what must come together in a program for the fault to show. *oracle*: who decided; `form`
where no number had to be looked at. *op*: the one that is blamed, where the failing program first
goes wrong. *calls*: the length of the reduced program. *programs*: how many were tried up to the
first kill, with seed {seed}: those of the broken op, or random graphs.
"""


def line(saboteur: Saboteur, catch: Catch | None) -> tuple[str, ...]:
    """A line of the table."""
    told = (saboteur.name, saboteur.says, saboteur.kind, saboteur.suite)
    if catch is None:
        return (*told, "", "**not caught**", "", "", "")
    counts = str(catch.calls), str(catch.programs)
    return (*told, catch.oracle, catch.outcome, f"`{catch.op}`", *counts)


def table(lines: Sequence[Sequence[str]]) -> str:
    """The lines as Markdown."""
    rule = ["---"] * (len(HEAD) - 2) + ["--:"] * 2
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (HEAD, rule, *lines))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; the exit code is 1 if a saboteur was not caught."""
    parser = argparse.ArgumentParser("python -m gradassay.suites.saboteurs", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PATH", help="write the page there too")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    catches = {name: hunt(saboteur, options.seed) for name, saboteur in SABOTEURS.items()}
    made = table([line(SABOTEURS[name], catch) for name, catch in catches.items()])
    print(made)
    if options.write:
        page = PAGE.format(profile=PROFILE, table=made, seed=options.seed)
        options.write.write_text(page, encoding="utf-8")
    return int(None in catches.values())


if __name__ == "__main__":
    raise SystemExit(main())
