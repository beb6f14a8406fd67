"""A clause of the standard: an id, a level, how much it asks, a sentence, and the script it writes.

Each is a short function whose docstring is the specification: the first paragraph says what must
hold, whatever follows explains it to whoever fails it.

>>> @must("S0", "L1")
... def identity(s: Builder) -> None:
...     \"\"\"The derivative of x is 1.\"\"\"
...     x = s.leaf(2.0)
...     s.gradients(x, {x: 1.0})
>>> identity.id, identity.requirement, identity.says
('S0', 'MUST', 'The derivative of x is 1.')
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .script import Builder, Offer, Script

Requirement = Literal["MUST", "SHOULD", "MAY"]
Write: TypeAlias = Callable[[Builder], None]

LEVELS = {
    "L1": "L1 scalar",
    "L2": "L2 tensor",
    "L3": "L3 training",
    "L4": "L4 lifecycle",
    "L5": "L5 mutation and aliasing",
    "L6": "L6 extension",
    "L7": "L7 higher order",
    "L8": "L8 robustness and scale",
    "L9": "L9 numerics and kinks",
}
"""The levels that have clauses, by the names that a report shows."""
GRADES = {
    "L1": "bronze",
    "L2": "bronze",
    "L3": "silver",
    "L4": "gold",
    "L5": "platinum",
    "L6": "platinum",
    "L7": "gold",
    "L8": "gold",
    "L9": "silver",
}
"""The first grade that asks for a level."""
BASIC = frozenset(f"G{n}" for n in range(1, 17))
"""The half of L4 that silver asks for already."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: `write` writes its script, which may depend on what an engine offers.

    `blocked_by` names clauses without which this one says nothing.
    """

    id: str
    level: str
    requirement: Requirement
    write: Write
    blocked_by: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """The specification, in a sentence."""
        return " ".join(self._paragraphs[0].split())

    @property
    def explains(self) -> str:
        """What a failure means, for whoever meets it; empty if the sentence says it all."""
        return "\n\n".join(" ".join(p.split()) for p in self._paragraphs[1:])

    @property
    def grade(self) -> str:
        """The first grade that asks for it."""
        return "silver" if self.id in BASIC else GRADES[self.level]

    @property
    def _paragraphs(self) -> list[str]:
        return (inspect.getdoc(self.write) or "").split("\n\n")

    def script(self, offer: Offer | None = None) -> Script:
        """The script for an engine that offers this."""
        builder = Builder(offer)
        self.write(builder)
        return builder.script()


def _clause(
    requirement: Requirement,
) -> Callable[..., Callable[[Write], Clause]]:
    def named(number: str, level: str, blocked_by: str = "") -> Callable[[Write], Clause]:
        return lambda write: Clause(number, level, requirement, write, tuple(blocked_by.split()))

    return named


must, should, may = _clause("MUST"), _clause("SHOULD"), _clause("MAY")


def listed(module: object) -> tuple[Clause, ...]:
    """The clauses of a module, in the order in which they stand there."""
    return tuple(value for value in vars(module).values() if isinstance(value, Clause))
