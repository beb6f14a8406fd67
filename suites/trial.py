"""A program ready to be tried: its JSON, its id, what float64 says of it, and its directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..oracles.evaluate import Facts, examine
from ..oracles.program import Array, Program, identify

_draw = np.random.default_rng(20)
_GAUSSIANS = _draw.standard_normal(8192)
_INTEGERS = _draw.integers(-(2**30), 2**30, 8192)


@dataclass(frozen=True, slots=True)
class Trial:
    """A program and what is known of it before any engine has seen it.

    `whole`: made of integers by ops that keep them, so that the exact oracle applies.
    """

    program: Program
    json: bytes
    id: str
    facts: Facts
    whole: bool

    @classmethod
    def of(cls, program: Program, facts: Facts | None = None) -> Trial:
        """Examine a program; raises `ProgramError` if it cannot be run."""
        json = program.to_json()
        facts = examine(program) if facts is None else facts
        return cls(program, json, identify(json), facts, _whole(program))

    def gaussian(self) -> list[Array | None]:
        """A Gaussian direction for each leaf that requires a gradient; a function of the id."""
        return self._direction(_GAUSSIANS)

    def integers(self) -> list[Array | None]:
        """A 30-bit integer direction for each leaf that requires a gradient; likewise."""
        return self._direction(_INTEGERS)

    @property
    def seed(self) -> int:
        """A number that belongs to the program alone."""
        return int(self.id[:8], 16)

    def _direction(self, table: Array) -> list[Array | None]:
        at = self.seed % (len(table) // 2)
        out: list[Array | None] = []
        for leaf in self.program.leaves:
            if not leaf.requires_grad:
                out.append(None)
                continue
            size = leaf.array.size
            out.append(np.resize(table[at : at + size], leaf.shape))
            at += size
        return out


def _whole(program: Program) -> bool:
    from ..oracles.vocabulary import VOCABULARY

    return (
        all(op == "item" or (op in VOCABULARY and VOCABULARY[op].exact) for op in program.ops)
        and not any(isinstance(v, float) for c in program.calls for v in c.params.values())
        and all(
            leaf.kind != "complex" and (leaf.kind != "real" or bool((leaf.array % 1 == 0).all()))
            for leaf in program.leaves
        )
    )
