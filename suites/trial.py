"""A program ready to be tried: its JSON, its id, what float64 says of it, and its directions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..oracles.complex_step import STEP
from ..oracles.evaluate import Facts, examine
from ..oracles.program import Array, Call, Leaf, Program, identify
from ..oracles.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from .adapter import Answer
    from .judge import Judgement, Rules

Judge: TypeAlias = "Callable[[Trial, Answer, Rules], Judgement]"
_draw = np.random.default_rng(20)
_GAUSSIANS = _draw.standard_normal(8192)
_TANGENTS = _GAUSSIANS * (STEP * 1j)
_INTEGERS = _draw.integers(-(2**30), 2**30, 8192)


@dataclass(frozen=True, slots=True)
class Trial:
    """A program and what is known of it before any engine has seen it.

    `whole`: made of integers by ops that keep them, so that the exact oracle applies. `start`: the
    place of its directions in their tables. `slope`: the derivative along `gaussian()`, if known.
    `judged`: how a suite judges it, if not as all smooth programs are.
    """

    program: Program
    json: bytes
    id: str
    facts: Facts
    whole: bool
    start: int
    slope: float | None = None
    judged: Judge | None = None

    @classmethod
    @np.errstate(invalid="ignore")
    def of(cls, program: Program, judged: Judge | None = None) -> Trial:
        """Examine a program; raises `ProgramError` if it cannot be run."""
        json = program.to_json()
        name, facts = identify(json), examine(program)
        return cls(program, json, name, facts, is_whole(program), _number(name), judged=judged)

    @classmethod
    def drawn(
        cls, program: Program, facts: Facts, whole: bool, start: int, slope: float | None
    ) -> Trial:
        """A program of the generator, which has examined it; `whole` if it was drawn so."""
        json = program.to_json()
        whole = whole and is_whole(program)
        return cls(program, json, identify(json), facts, whole, start, slope)

    def gaussian(self) -> list[Array | None]:
        """A Gaussian direction for each leaf that requires a gradient."""
        return self._direction(gaussians)

    def integers(self) -> list[Array | None]:
        """A 30-bit integer direction for each leaf that requires a gradient."""
        return self._direction(integers)

    @property
    def seed(self) -> int:
        """A number that belongs to the program alone."""
        return _number(self.id)

    def _direction(self, table: Callable[[int, tuple[int, ...]], Array]) -> list[Array | None]:
        at = self.start
        out: list[Array | None] = []
        for leaf in self.program.leaves:
            out.append(table(at, leaf.shape) if leaf.requires_grad else None)
            at += math.prod(leaf.shape) if leaf.requires_grad else 0
        return out


def gaussians(at: int, shape: tuple[int, ...]) -> Array:
    """Gaussian numbers, from a place of a fixed table on."""
    return _cut(_GAUSSIANS, at, shape)


def tangents(at: int, shape: tuple[int, ...]) -> Array:
    """The same numbers as steps of the complex step."""
    return _cut(_TANGENTS, at, shape)


def integers(at: int, shape: tuple[int, ...]) -> Array:
    """Integers of 30 bits, from a place of a fixed table on."""
    return _cut(_INTEGERS, at, shape)


def _cut(table: Array, at: int, shape: tuple[int, ...]) -> Array:
    at, size = at % (len(table) // 2), math.prod(shape)
    part = table[at : at + size]
    return part.reshape(shape) if len(part) == size else np.resize(part, shape)


def _number(id: str) -> int:  # noqa: A002  the field's own word
    return int(id[:8], 16)


def is_whole(program: Program) -> bool:
    """Whether all numbers are integers, and stay so."""
    return all(map(_keeps_integers, program.calls)) and all(map(_is_integer, program.leaves))


def _keeps_integers(call: Call) -> bool:
    exact = call.op == "item" or (call.op in VOCABULARY and VOCABULARY[call.op].exact)
    return exact and not any(isinstance(v, float) for v in call.params.values())


def _is_integer(leaf: Leaf) -> bool:
    if leaf.kind == "real":
        return not (leaf.array % 1).any()
    return leaf.kind != "complex"
