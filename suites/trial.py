"""A program ready to be tried: its JSON, its id, what float64 says of it, and its directions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..oracles.evaluate import Facts, examine
from ..oracles.program import Array, Call, Leaf, Program, identify
from ..oracles.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from .adapter import Answer
    from .judge import Judgement, Rules

Judge: TypeAlias = "Callable[[Trial, Answer, Rules], Judgement]"
_draw = np.random.default_rng(20)
_GAUSSIANS = _draw.standard_normal(8192)
_INTEGERS = _draw.integers(-(2**30), 2**30, 8192)


@dataclass(frozen=True, slots=True)
class Trial:
    """A program and what is known of it before any engine has seen it.

    `whole`: made of integers by ops that keep them, so that the exact oracle applies. `slope`: the
    derivative along `gaussian()`, if the run that examined the program told that, too.
    `judged`: how a suite judges it, if not as all smooth programs are.
    """

    program: Program
    json: bytes
    id: str
    facts: Facts
    whole: bool
    slope: float | None = None
    judged: Judge | None = None

    @classmethod
    @np.errstate(invalid="ignore")
    def of(cls, program: Program, judged: Judge | None = None) -> Trial:
        """Examine a program; raises `ProgramError` if it cannot be run."""
        json = program.to_json()
        whole = keeps_integers(program.calls) and are_integers(program.leaves)
        return cls(program, json, identify(json), examine(program), whole, judged=judged)

    def gaussian(self) -> list[Array | None]:
        """A Gaussian direction for each leaf that requires a gradient; a function of the id."""
        return gaussian(self.program, self.id)

    def integers(self) -> list[Array | None]:
        """A 30-bit integer direction for each leaf that requires a gradient; likewise."""
        return _direction(self.program, self.id, _INTEGERS)

    @property
    def seed(self) -> int:
        """A number that belongs to the program alone."""
        return number(self.id)


def number(id: str) -> int:  # noqa: A002  the field's own word
    """The number that belongs to an id."""
    return int(id[:8], 16)


def gaussian(program: Program, id: str) -> list[Array | None]:  # noqa: A002
    """A Gaussian direction for each leaf that requires a gradient; a function of the id."""
    return _direction(program, id, _GAUSSIANS)


def _direction(program: Program, id: str, table: Array) -> list[Array | None]:  # noqa: A002
    at = number(id) % (len(table) // 2)
    out: list[Array | None] = []
    for leaf in program.leaves:
        if not leaf.requires_grad:
            out.append(None)
            continue
        size = math.prod(leaf.shape)
        part = table[at : at + size]
        out.append(np.resize(part, leaf.shape) if len(part) < size else part.reshape(leaf.shape))
        at += size
    return out


def keeps_integers(calls: Iterable[Call]) -> bool:
    """Whether integers stay integers, without division."""
    return all(
        (call.op == "item" or (call.op in VOCABULARY and VOCABULARY[call.op].exact))
        and not any(isinstance(v, float) for v in call.params.values())
        for call in calls
    )


def are_integers(leaves: Iterable[Leaf]) -> bool:
    """Whether every number is an integer."""
    return all(
        leaf.kind != "complex" and (leaf.kind != "real" or not (leaf.array % 1).any())
        for leaf in leaves
    )
