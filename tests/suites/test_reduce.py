"""The reducer: smaller, still failing, never invalid, and done in time."""

from __future__ import annotations

import numpy as np
import pytest
from gradassay.oracles.evaluate import examine
from gradassay.oracles.program import Leaf, Program, ProgramError, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.choices import RandomChoices
from gradassay.suites.generate import Scope, graph
from gradassay.suites.judge import Judgement
from gradassay.suites.locate import first_wrong
from gradassay.suites.reduce import BUDGET, cost, reduce
from gradassay.suites.trial import Trial


def grown(count: int, first: int = 0) -> list[Trial]:
    drawn = (graph(RandomChoices(s), Scope(), s % 4 == 0) for s in range(first, first + count))
    return [t for t in drawn if t is not None]


def has(op: str):
    return lambda t: op in t.program.ops


def squares(t: Trial) -> bool:
    """Some call takes the same value twice."""
    return any(len(c.refs) == 2 and c.refs[0] == c.refs[1] for c in t.program.calls)


def products_of_itself(t: Trial) -> bool:
    return any(c.op == "multiply" and c.args[0] == c.args[1] for c in t.program.calls)


def shares(t: Trial) -> bool:
    """Some value is taken by two calls."""
    taken = [r for c in t.program.calls for r in set(c.refs)]
    return len(taken) > len(set(taken))


def broadcasts(t: Trial) -> bool:
    values, first = t.facts.values, len(t.program.leaves)
    return any(
        VOCABULARY[c.op].shapes == "broadcast" and np.shape(values[r]) != np.shape(values[k])
        for k, c in enumerate(t.program.calls, start=first)
        if c.op != "item"  # takes one of several results, and is no row of the vocabulary
        for r in c.refs
    )


def strided(t: Trial) -> bool:
    return any(leaf.layout != "C" for leaf in t.program.leaves)


def early(t: Trial) -> bool:
    return len(t.program.outputs) > 1


FAILS = {
    "holds a product": (has("multiply"), 1),
    "holds a matrix product": (has("matmul"), 1),
    "takes the same value twice": (squares, 1),
    "takes one value in two calls": (shares, 3),
    "broadcasts": (broadcasts, 3),
    "reads a strided leaf": (strided, 2),
    "reports an early output": (early, 2),
    "has an entry above 1.5": (
        lambda t: any(x.kind == "real" and (np.abs(x.array) > 1.5).any() for x in t.program.leaves),
        1,
    ),
}


@pytest.mark.parametrize("name", FAILS)
def test_what_fails_still_fails_when_it_is_small(name):
    fails, calls = FAILS[name]
    big = [t for t in grown(400) if fails(t)][:8]
    assert len(big) >= 3
    sizes = []
    for trial in big:
        small = reduce(trial, fails)
        assert fails(small)
        assert cost(small.program) <= cost(trial.program)
        sizes.append(len(small.program.calls))
    assert np.median(sizes) <= calls
    assert max(sizes) <= calls + 2


def test_the_smallest_square_is_of_one_number():
    big = [t for t in grown(300) if products_of_itself(t)][:5]
    assert len(big) >= 3
    for trial in big:
        small = reduce(trial, products_of_itself)
        assert str(small.program).splitlines()[1:] == ["v1 = multiply(x0, x0)", "return v1"]


def test_a_failure_that_needs_everything_stays_as_it_is():
    trial = grown(1)[0]
    assert reduce(trial, lambda t: t.id == trial.id) is trial


def test_whatever_is_tried_is_valid_smaller_and_new():
    for trial in grown(20):
        seen = {trial.id}

        def fails(smaller: Trial, trial=trial, seen=seen) -> bool:
            assert Program.from_json(smaller.json) == smaller.program
            assert examine(smaller.program).smooth
            assert np.shape(smaller.facts.values[smaller.program.outputs[-1]]) == ()
            assert smaller.program.wanted
            assert cost(smaller.program) < cost(trial.program)
            assert smaller.id not in seen
            seen.add(smaller.id)
            return False

        assert reduce(trial, fails) is trial


@pytest.mark.parametrize("budget", [0, 1, 5, 50])
def test_no_more_is_tried_than_the_budget_allows(budget):
    for trial in grown(10, first=40):
        tried = []
        reduce(trial, lambda t, tried=tried: bool(tried.append(t.id)), budget)
        assert len(tried) <= budget


def test_the_usual_budget_suffices_and_is_kept():
    for trial in grown(10):
        tried: list[str] = []

        def fails(t: Trial, tried=tried) -> bool:
            tried.append(t.id)
            return len(tried) % 3 == 0  # an engine whose answers change

        reduce(trial, fails)
        assert len(tried) <= BUDGET


def test_a_value_that_aliases_is_not_split_in_two():
    """x·x with one x: two equal leaves would be another program, and another finding."""
    x = Leaf.of(np.full((2, 3), 0.5), True)
    calls = (call("exp", 0), call("multiply", 1, 1), call("sum", 2))
    small = reduce(Trial.of(Program((x,), calls, (3,))), squares)
    assert len(small.program.leaves) == 1
    assert squares(small)


@pytest.mark.parametrize("axes", [(1, -1, -3), (2, -3, 1), (-3, -2, 2)])
def test_of_several_axes_those_that_do_not_matter_go(axes):
    """What fails with two of them, from both ends or one, is not shown with three."""
    trial = Trial.of(
        Program((Leaf.of(np.ones((2, 2, 2)), True),), (call("sum", 0, axis=axes),), (1,))
    )

    def fails(t: Trial) -> bool:
        taken = [c.params.get("axis") for c in t.program.calls]
        return any(isinstance(a, list) and len(a) > 1 and min(a) < 0 for a in taken)

    small = reduce(trial, fails)
    assert small.program.leaves[0].shape == (1, 1)
    assert len(small.program.calls[0].params["axis"]) == 2


def test_the_constant_weights_stay_constants():
    for trial in grown(30):
        small = reduce(trial, has("multiply"), 60)
        if "multiply" in small.program.ops:
            assert len(small.program.wanted) <= len(trial.program.wanted) + 1


@pytest.mark.parametrize(("at", "wrong"), [("exp", 1), ("sin", 2), ("multiply", 3), ("sum", 4)])
def test_the_first_value_that_fails_is_blamed(at, wrong):
    x = Leaf.of([0.5, 1.0], True)
    calls = (call("exp", 0), call("sin", 1), call("multiply", 2, 2), call("sum", 3))
    trial = Trial.of(Program((x,), calls, (4,)))
    ops = [c.op for c in calls]

    def try_(t: Trial) -> Judgement:
        inner = t.program.ops
        if at in ("multiply", "sum"):  # a weighted sum has both: look for the square itself
            fails = squares(t) and (at == "multiply" or t.id == trial.id)
        else:
            fails = at in inner
        return Judgement("wrong gradient" if fails else "agrees")

    assert first_wrong(trial, Judgement("wrong gradient"), try_) == 1 + ops.index(at) == wrong


@pytest.mark.parametrize("op", ["sum", "max", "std", "special.logsumexp"])
def test_an_axis_that_is_not_there_is_no_program(op):
    x = Leaf.of(np.ones(1), requires_grad=True)
    for axis in (-2, 1, (0, -2)):
        with pytest.raises(ProgramError, match="out of bounds"):
            examine(Program((x,), (call(op, 0, axis=axis),), (1,)))
