"""Finite differences: right within their own estimate, and silent where they cannot know."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gradassay.oracles import compare, differences, taylor
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.program import Program, call

from .programs import grown, one_op, x
from .test_derivatives import BY_HAND

SMOOTH = {
    "exp": (lambda t: math.exp(1 + t) - math.exp(1), math.e),
    "fast": (lambda t: math.sin(1e4 * (1 + t)) - math.sin(1e4), 1e4 * math.cos(1e4)),
    "faster": (lambda t: math.sin(1e7 * (1 + t)) - math.sin(1e7), 1e7 * math.cos(1e7)),
    "line": (lambda t: 3 * t, 3.0),
    "level": (lambda t: t * t, 0.0),
    "kink nearby": (lambda t: max(t + 1e-5, 0.0) - 1e-5, 1.0),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_a_smooth_function(name):
    change, want = SMOOTH[name]
    found = differences.slope(change, 1.0, 1e-16)
    assert found.kind == "smooth"
    assert compare.within(want, found.low, found.high, found.error) <= 1.0
    assert found.error <= 1e-5 * abs(want) + 1e-9


def test_the_ends_of_a_kink():
    found = differences.slope(lambda t: math.sin(t) if t < 0 else 3 * math.expm1(t), 1.0)
    assert found.kind == "kink"
    assert (found.low, found.high) == pytest.approx((1.0, 3.0))


ROUGH = {
    "jump": lambda t: float(t > 0),
    "root": lambda t: math.sqrt(abs(t)),
    "nowhere defined": lambda t: math.nan,
    "waves without end": lambda t: math.sin(1 / t) if t else 0.0,
}


@pytest.mark.parametrize("name", ROUGH)
def test_nothing_is_said_of_what_has_no_slope(name):
    assert differences.slope(ROUGH[name], 1.0, 1e-16).kind == "unknown"


def test_single_precision_inside_is_seen_as_noise():
    single = lambda t: float(np.sin(np.float32(1 + t)))  # noqa: E731
    found = differences.slope(lambda t: single(t) - single(0.0), 1.0, 1e-16)
    assert found.kind == "unknown" or abs(found.value - math.cos(1)) <= 8 * found.error


@pytest.mark.parametrize("name", BY_HAND)
def test_derivatives_by_hand(name):
    program, want = BY_HAND[name]
    try:
        _, got = differences.gradient(program)
    except UnsupportedError:
        pytest.fail("differences do not settle")
    for g, w in zip(got, want, strict=True):
        if w is not None:
            np.testing.assert_allclose(g, w, rtol=1e-8, atol=1e-8)


def test_a_step_stays_inside_the_branch():
    """relu a billionth away from its kink."""
    _, (g,) = differences.gradient(one_op("nn.functional.relu", x(1e-9, -1e-9)))
    np.testing.assert_allclose(g, [1.0, 0.0], atol=1e-9)


def test_a_tie_is_not_judged():
    with pytest.raises(UnsupportedError):
        differences.gradient(Program((x(0.0),), (call("nn.functional.relu", 0),), (1,)))


def test_random_graphs_agree_with_balls_within_the_estimate():
    judged = 0
    for trial in grown(60):
        direction = trial.gaussian()
        try:
            want = float(taylor.derivative(trial.program, direction)[1].mid())
        except UnsupportedError:
            continue
        found = differences.along(trial.program, direction)
        if found.kind == "smooth":
            judged += 1
            assert compare.within(want, found.low, found.high, found.error) <= 1.0
    assert judged >= 40
