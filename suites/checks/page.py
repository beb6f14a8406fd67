"""docs/standard.md, made from the clauses: what each asks, and what catches its absence."""

from __future__ import annotations

from collections.abc import Iterator

from ...oracles.vocabulary import VOCABULARY
from ...reports.grades import LADDER
from .. import training
from ..worker import VERBS
from . import CLAUSES
from .clause import LEVELS, Clause
from .script import Offer
from .text import expectations, functions, steps

OPS = frozenset(VOCABULARY)
EVERYTHING = Offer(frozenset(VERBS), OPS | {"grad"}, operators=OPS)
HEAD = """# The standard

What an autograd engine must do beyond single programs, clause by clause. `gradassay check ENGINE`
plays each clause that the engine's adapter can take part in; `gradassay replay G8 --engine ENGINE`
plays one and shows every step. This page is made from the checks themselves by
`python -m gradassay.suites.checks --write docs/standard.md`.

A clause is a script of steps that runs in the engine's own process, and what is expected of it.
What a clause needs beyond programs (such as `retain_grad`) an adapter offers by a method of that
name, or in its list `methods` (docs/adapters.md). Without it the clause is *not applicable*, which
is shown and counted. Where a clause says *as the engine declares*, any of the ways is right, but
the engine is held to the one that it has shown. A clause that is *blocked by* another says nothing
while that one does not hold.
"""
GRADES = """
## Grades
A grade asks that no program of the suites `ops` and `graphs` differs, that fewer than a quarter of
all programs and a tenth of any op's are declined, and that each MUST of its levels holds. If fewer
than 70 % of a level's MUSTs apply to an engine, the grade says so in its name: `scalar bronze`,
`functional bronze`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_level(level) for level in LEVELS), _grades()])


def _level(level: str) -> str:
    clauses = [c for c in CLAUSES.values() if c.level == level]
    trained = [_training()] if level == "L3" else []
    return "\n".join([f"## {LEVELS[level]}", *(_clause(c) for c in clauses), *trained])


def _training() -> str:
    """The clause that the suite `training` decides."""
    number, says = training.CLAUSE
    trained = [f"- `{t.name}`: {t.says}" for t in training.TRAININGS.values()]
    about = "*MUST, silver; decided by the suite `training`*"
    return "\n".join([f"\n### {number}", says, f"\n{about}", "", *trained])


def _clause(clause: Clause) -> str:
    """A clause: its sentence, what it needs, its explanation and its script."""
    script = clause.script(EVERYTHING)
    asked = f"{clause.requirement}, {clause.grade}"
    needs = f"needs {_listed(script.verbs)}" if script.verbs else ""
    blocked = f"blocked by {', '.join(clause.blocked_by)}" if clause.blocked_by else ""
    about = "; ".join(part for part in (asked, needs, blocked) if part)
    parts = [f"\n### {clause.id}", clause.says, f"\n*{about}*"]
    if clause.explains:
        parts += ["", clause.explains]
    story = [*(line for _, line in steps(script)), *expectations(script)]
    return "\n".join([*parts, "", "```text", *functions(script), *_folded(story), "```"])


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _folded(lines: list[str], most: int = 24) -> Iterator[str]:
    """The lines, the middle of very many left out."""
    if len(lines) <= most:
        yield from lines
        return
    yield from lines[: most // 2]
    yield f"… {len(lines) - most} more lines"
    yield from lines[-(most // 2) :]


def _grades() -> str:
    rows = []
    for rung in LADDER:
        written = sum(c.grade == rung.name for c in CLAUSES.values())
        written += rung.name == "silver"  # N15
        rows.append(f"| {rung.name} | {rung.levels} | {rung.checks} | {written} |")
    head = "| grade | asks, beside the grade before it, for | clauses | written so far |"
    return "\n".join([GRADES, head, "| --- | --- | --- | --- |", *rows, ""])
