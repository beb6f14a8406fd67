"""Balls: rigorous, and honest about what they cannot decide."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
from gradassay.oracles import taylor
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.program import Program, Static, call

from .programs import c, one_op, x

ONE = [np.array(1.0)]


def exp(t: Fraction) -> Fraction:
    """e^t for |t| ≤ 2 by its series, to better than 1e-90."""
    total, term = Fraction(1), Fraction(1)
    for k in range(1, 120):
        term = term * t / k
        total += term
    return total


def sine(t: Fraction, term: Fraction, k: int) -> Fraction:
    """The alternating series that begins with `term` = t^k / k!."""
    total = Fraction(0)
    while k < 120:
        total += term
        term, k = -term * t * t / ((k + 1) * (k + 2)), k + 2
    return total


def holds(ball, truth: Fraction) -> bool:
    mid, rad = ball.mid(), ball.rad()
    with flint.ctx.workprec(600):
        error = abs(mid - flint.arb(flint.fmpq(truth.numerator, truth.denominator)))
        return bool(error <= rad + flint.arb("1e-80"))


T = Fraction(3, 8)
TWO = exp(2 * T)
TRUTHS = {
    "exp": (exp(T), exp(T)),
    "sin": (sine(T, T, 1), sine(T, Fraction(1), 0)),
    "cos": (sine(T, Fraction(1), 0), -sine(T, T, 1)),
    "tanh": (1 - 2 / (TWO + 1), 4 * TWO / (TWO + 1) ** 2),
}


@pytest.mark.parametrize("op", TRUTHS)
def test_the_ball_holds_the_truth_of_the_series(op):
    value, slope = taylor.derivative(Program((x(float(T)),), (call(op, 0),), (1,)), ONE)
    assert holds(value, TRUTHS[op][0])
    assert holds(slope, TRUTHS[op][1])
    assert 0 < float(slope.rad()) < 1e-55


def test_a_ball_around_something_else_does_not_hold_it():
    value, _ = taylor.derivative(Program((x(float(T)),), (call("exp", 0),), (1,)), ONE)
    assert not holds(value, TRUTHS["exp"][0] + Fraction(1, 10**50))


def test_the_square_of_a_root_holds_the_number():
    value, slope = taylor.derivative(Program((x(2.0),), (call("sqrt", 0),), (1,)), ONE)
    assert (value * value).contains(2)
    assert (slope * value * 2).contains(1)


def test_a_power_by_logarithm_meets_a_power_by_multiplication():
    by_log, _ = taylor.derivative(Program((x(1.5),), (call("pow", 0, Static(7.0)),), (1,)), ONE)
    by_hand, _ = taylor.derivative(Program((x(1.5),), (call("pow", 0, Static(7)),), (1,)), ONE)
    assert by_log.overlaps(by_hand)
    assert by_hand.contains(flint.fmpq(3**7, 2**7))


def test_an_integer_power_of_a_negative_number_has_no_logarithm():
    value, slope = taylor.derivative(Program((x(-2.0),), (call("pow", 0, Static(-3)),), (1,)), ONE)
    assert value.contains(flint.fmpq(-1, 8))
    assert slope.contains(flint.fmpq(-3, 16))


@pytest.mark.parametrize(
    "program",
    [
        one_op("maximum", x(1.0), x(1.0)),
        one_op("abs", x(0.0)),
    ],
)
def test_equal_numbers_are_decided_since_their_balls_are_points(program):
    taylor.derivative(program, [np.array(0.0)] * len(program.leaves))


def test_a_decision_between_overlapping_balls_is_refused():
    calls = (call("sqrt", 0), call("multiply", 1, 1), call("maximum", 0, 2))
    with pytest.raises(UnsupportedError, match="overlapping balls"):
        taylor.derivative(Program((x(2.0),), calls, (3,)), ONE)


@pytest.mark.parametrize(
    "program",
    [
        one_op("log", x(-1.0)),
        one_op("sqrt", x(-1.0)),
        one_op("divide", c(1.0), x(0.0)),
        one_op("log", x(0.0)),
    ],
    ids=str,
)
def test_outside_the_domain_there_is_no_ball(program):
    with pytest.raises(UnsupportedError):
        taylor.derivative(program, [np.array(1.0)] * len(program.leaves))


def test_a_ball_that_float64_can_see_is_refused():
    calls = (call("add", 0, 1), call("subtract", 3, 1), call("multiply", 4, 2))
    program = Program((x(1.0), c(1e300), x(2.0)), calls, (5,))
    with pytest.raises(UnsupportedError, match="too wide"):
        taylor.gradient(program)


def test_too_many_scalars_are_refused():
    with pytest.raises(UnsupportedError, match="too many"):
        taylor.gradient(one_op("exp", x(np.zeros(taylor.LARGEST + 1))))


def test_the_precision_of_others_is_left_alone():
    before = flint.ctx.prec
    taylor.gradient(one_op("exp", x(1.0)))
    assert flint.ctx.prec == before
