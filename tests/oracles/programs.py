"""Programs for these tests: by hand in one line, at random from the generator, from Hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gradassay.oracles.program import Leaf, Program, call
from gradassay.suites.choices import HypothesisChoices, RandomChoices
from gradassay.suites.draws import NotOfferedError
from gradassay.suites.generate import Scope, focused, graph
from gradassay.suites.trial import Trial
from hypothesis import assume
from hypothesis import strategies as st

SCOPE = Scope()


def x(*entries: Any, **options: Any) -> Leaf:
    """A leaf that asks for its gradient: a scalar of one entry, else a vector."""
    return Leaf.of(np.array(entries[0] if len(entries) == 1 else entries, float), True, **options)


def c(*entries: Any) -> Leaf:
    """A constant leaf."""
    return Leaf.of(np.array(entries[0] if len(entries) == 1 else entries, float))


def one_op(op: str, *leaves: Leaf, **params: Any) -> Program:
    """The sum of one op of some leaves."""
    n = len(leaves)
    calls = (call(op, *range(n), **params), call("sum", n))
    return Program(leaves, calls, (n + 1,))


def drawn(op: str, count: int, scope: Scope = SCOPE) -> list[Trial]:
    """`count` focused programs of an op, every fourth of integers; fewer after 4·count draws."""
    found: list[Trial] = []
    for seed in range(4 * count):
        trial = focused(op, RandomChoices(seed), scope, whole=seed % 4 == 0)
        if trial is not None:
            found.append(trial)
        if len(found) == count:
            break
    return found


def grown(count: int, scope: Scope = SCOPE, first: int = 0, whole: Any = None) -> list[Trial]:
    """Random graphs of the seeds from `first`, every fourth of integers."""
    found = []
    for seed in range(first, first + count):
        trial = graph(RandomChoices(seed), scope, seed % 4 == 0 if whole is None else whole)
        if trial is not None:
            found.append(trial)
    return found


@st.composite
def trials(draw: Callable[[Any], Any], scope: Scope = SCOPE, whole: bool = False) -> Trial:
    """Random graphs and focused programs, driven by Hypothesis."""
    choices = HypothesisChoices(draw)
    try:
        op = choices.one_of(("", *scope.ops))
        trial = focused(op, choices, scope, whole) if op else graph(choices, scope, whole)
    except NotOfferedError:
        trial = None
    assume(trial is not None)
    assert trial is not None
    return trial
