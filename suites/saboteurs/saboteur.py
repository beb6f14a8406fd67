"""What a saboteur is: a row that says what is broken, what must catch it, and how to break it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from .patch import Breakage

Kind = Literal[
    "rule", "broadcasting", "axes", "keywords", "sizes", "indexing", "accumulation", "memory",
    "layouts", "regions", "special values", "precision", "order", "time", "seeds", "dtypes",
    "graphs", "modes", "hooks", "functions",
]  # fmt: skip
"""What must go together in a program or script for the fault to show."""


@dataclass(frozen=True, slots=True)
class Saboteur:
    """One breakage: what it `says` is wrong, the `suite` that must catch it, how to `apply` it.

    `apply` takes the engine's package and breaks it, in this process, for as long as a block lasts.
    `op` names the ops whose programs are tried (or the trainings), apart by spaces; none where
    graphs are. `check` names the checks of the standard that must catch it, too, apart by spaces,
    and `outcome` what each then says.
    """

    name: str
    says: str
    kind: Kind
    suite: str
    apply: Breakage
    op: str = ""
    check: str = ""
    outcome: str = "differs"

    def broken(self) -> AbstractContextManager[None]:
        """A block in which the reference engine of this process is broken."""
        from ..engines.reference import Reference  # it imports the engine: only when needed

        return self.apply(Reference.torch)
