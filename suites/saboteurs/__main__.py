"""`python -m gradassay.suites.saboteurs`: suites and checks set on every saboteur, as tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ...reports.records import Check
from . import BY_CHECKS, BY_PROGRAMS, Saboteur
from .hunt import PROFILE, Catch, hunt
from .trial import caught, tried, unproven

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
RULE = ("---",) * (len(HEAD) - 2) + ("--:",) * 2
CHECKS = ("check", "saboteur", "what is broken", "outcome", "message")
MISSED = "**not caught**"
PAGE = """# Saboteurs

Engines broken on purpose: the reference engine with one thing wrong inside. Each must be caught,
or what should catch it proves nothing. These tables are made by
`python -m gradassay.suites.saboteurs --write docs/saboteurs.md`.

`gradassay check saboteur:NAME` checks one as it checks any engine.

## By programs
Caught by random programs of a suite, in the {profile} profile.

{programs}

*kind*: what must come together in a program for the fault to show. *oracle*: who decided; `form`
where no number had to be looked at. *op*: the one that is blamed, where the failing program first
goes wrong. *calls*: the length of the reduced program. *programs*: how many were tried up to the
first kill, with seed {seed}: those of the broken op, or random graphs.

## By checks
Caught by checks of [the standard](standard.md): for a check an engine on which it differs.

{checks}

*message*: what the check says. A check that needs another one first, and is blocked by it, has not
caught anything. Without a saboteur so far: {unproven}.
"""


def line(saboteur: Saboteur, catch: Catch | None) -> tuple[str, ...]:
    """A line of the table of programs."""
    told = (saboteur.name, saboteur.says, saboteur.kind, saboteur.suite)
    if catch is None:
        return (*told, "", MISSED, "", "", "")
    counts = str(catch.calls), str(catch.programs)
    return (*told, catch.oracle, catch.outcome, f"`{catch.op}`", *counts)


def line_of_check(saboteur: Saboteur, found: Check) -> tuple[str, ...]:
    """A line of the table of checks."""
    outcome = found.outcome if caught(saboteur, found) else MISSED
    return found.id, saboteur.name, saboteur.says, outcome, found.message.replace("|", "\\|")


def table(*lines: Sequence[str]) -> str:
    """The lines as Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables; the exit code is 1 if a saboteur was not caught."""
    parser = argparse.ArgumentParser("python -m gradassay.suites.saboteurs", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PATH", help="write the page there too")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    lines = [line(row, hunt(row, options.seed)) for row in BY_PROGRAMS.values()]
    checks = [line_of_check(row, found) for row in BY_CHECKS.values() for found in tried(row)]
    programs = table(HEAD, RULE, *lines)
    checked = table(CHECKS, ("---",) * len(CHECKS), *checks)
    print(programs, checked, sep="\n\n")
    if options.write:
        page = PAGE.format(
            profile=PROFILE,
            seed=options.seed,
            programs=programs,
            checks=checked,
            unproven=", ".join(unproven()) or "none",
        )
        options.write.write_text(page, encoding="utf-8")
    return int(any(MISSED in cells for cells in (*lines, *checks)))


if __name__ == "__main__":
    raise SystemExit(main())
