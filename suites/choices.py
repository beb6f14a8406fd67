"""Where random decisions come from: a small interface, so that two drivers can make them.

`RandomChoices` drives bulk runs; `HypothesisChoices` drives property tests, with shrinking.

>>> RandomChoices(0).integer(1, 6) == RandomChoices(0).integer(1, 6)
True
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """The decisions that a generator asks for."""

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""

    def integers(self, low: int, high: int, count: int) -> list[int]:
        """So many of them."""

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options."""

    def coin(self, chance: float) -> bool:
        """True with this chance."""


class RandomChoices:
    """Choices from Python's Mersenne Twister, a function of the seed."""

    def __init__(self, seed: int) -> None:
        """Begin the sequence that belongs to `seed`."""
        self._random = random.Random(seed).random

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def integers(self, low: int, high: int, count: int) -> list[int]:
        """So many of them."""
        number, span = self._random, high - low + 1
        return [low + int(number() * span) for _ in range(count)]

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self._random() * len(options))]

    def coin(self, chance: float) -> bool:
        """True with this chance."""
        return self._random() < chance


class HypothesisChoices:
    """Choices from a Hypothesis `draw` function; the first option is the simplest."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        """Use the `draw` that `hypothesis.strategies.composite` gives."""
        from hypothesis import strategies

        self._draw, self._st = draw, strategies

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return int(self._draw(self._st.integers(low, high)))

    def integers(self, low: int, high: int, count: int) -> list[int]:
        """So many of them."""
        return [self.integer(low, high) for _ in range(count)]

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def coin(self, chance: float) -> bool:
        """True with about this chance; shrinks to False."""
        return self.integer(0, 99) >= 100 - round(100 * chance)
