"""What a check hands back: a result, or an error that says what is wrong and where.

>>> Checked(True, "agrees at 14 inputs (complex step)", tried=14).ok
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...oracles.program import Array


class GradientError(AssertionError):
    """A claimed gradient is wrong, or could not be judged; the message says which."""


class MistakeError(Exception):
    """The function or its gradient does not have the form that a check needs."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check.

    `inputs` is the smallest input found at which the gradient is wrong, `got` and `want` are the
    worst entry there (for a kink `want` is the nearest end of what is allowed), `tolerance` the
    absolute error allowed, `oracle` who says so, `tried` how many inputs were judged and
    `undecided` at how many nothing could be shown.
    """

    ok: bool
    message: str
    inputs: tuple[Array, ...] = ()
    got: float | None = None
    want: float | None = None
    tolerance: float | None = None
    oracle: str = ""
    tried: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """A slope lies between `low` and `high`, up to `error`; and who says so."""

    low: float
    high: float
    error: float
    oracle: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A gradient that is wrong at one input: which entry, what it is, what it should be."""

    inputs: list[Array]
    place: str
    got: float | None
    low: float = np.nan
    high: float = np.nan
    tolerance: float = np.nan
    oracle: str = ""
    at: tuple[int, tuple[int, ...]] | None = None
    hint: str = ""
    other: str = ""

    @property
    def want(self) -> float:
        """The nearest value that would have been right."""
        return self.low if self.got is None or not self.got > self.high else self.high

    def sentence(self) -> str:
        """`x.grad[3] is 1.001, but should be 1.0 (complex step; tolerance 3e-15)`."""
        if self.other:
            return self.other
        if self.low == self.high:
            should = f"should be {self.low!r}"
        else:
            should = f"should be between {self.low!r} and {self.high!r}, for f has a kink there"
        return (
            f"{self.place} is {self.got!r}, but {should} "
            f"({self.oracle}; tolerance {self.tolerance:.1g})"
        )
