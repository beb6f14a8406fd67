"""Answers at special points: right ones pass, wrong ones do not, and excuses are few."""

import numpy as np
import pytest
from gradassay.oracles.program import Static, call
from gradassay.suites.adapter import Answer, Failure
from gradassay.suites.judge import Rules
from gradassay.suites.numerics import judged
from gradassay.suites.numerics.place import place
from gradassay.suites.numerics.sketch import finished, fixed, free
from gradassay.suites.numerics.special import LARGEST
from gradassay.suites.trial import Trial

INF, NAN = np.inf, np.nan
LSE = "special.logsumexp"


def trial(leaves, *calls):
    return Trial.of(finished(leaves, calls)[0], judged=judged)


def verdict(trial, *grads, dtype="float64", values=None):
    """The judgement on gradients of the wanted leaves, values as float64 has them."""
    program = trial.program
    found = iter(grads)
    given = [np.asarray(next(found), dtype).reshape(leaf.shape) if leaf.requires_grad else None
             for leaf in program.leaves]  # fmt: skip
    with np.errstate(all="ignore"):
        had = [np.asarray(trial.facts.values[o]).astype(dtype) for o in program.outputs]
        had = had if values is None else [np.asarray(v, dtype) for v in values]
    return judged(trial, Answer(values=had, grads=given), Rules(dtype=dtype))


ABS = trial([free(0.0)], call("abs", 0))
RELU = trial([free([0.0, 0.0])], call("nn.functional.relu", 0))
MAXIMUM = trial([free(1.0), free(1.0)], call("maximum", 0, 1))
MAX = trial([free([2.0, 2.0, 1.0])], call("max", 0))
TWICE = trial([free(1.0)], call("maximum", 0, 0))
STD2 = trial([free([1.0, 1.0])], call("std", 0), call("multiply", 1, 1))
SQRT = trial([free(0.0)], call("sqrt", 0))
HYPOT = trial([free(0.0), free(0.0)], call("hypot", 0, 1))
UNGUARDED = trial([fixed([True, False]), free([4.0, -1.0]), fixed([0.0, 0.0])],
                  call("sqrt", 1), call("where", 0, 3, 2))  # fmt: skip
GUARDED = trial([fixed([True, False]), free([4.0, -1.0]), fixed([1.0, 1.0])],
                call("where", 0, 1, 2), call("sqrt", 3), call("where", 0, 4, 2))  # fmt: skip


@pytest.mark.parametrize(
    ("at", "where"),
    [
        (ABS, "tie"), (RELU, "tie"), (MAXIMUM, "tie"), (MAX, "tie"), (TWICE, "tie"),
        (STD2, "singular"), (SQRT, "singular"), (HYPOT, "singular"), (UNGUARDED, "singular"),
        (GUARDED, "far"),
        (trial([free(20.0)], call("exp", 0)), "far"),
        (trial([free(-1.0)], call("log", 0)), "outside"),
        (trial([free([1.0, -INF])], call("max", 0)), "far"),
        (trial([free(NAN)], call("exp", 0)), "singular"),
    ],
)  # fmt: skip
def test_where_a_program_stands(at, where):
    assert place(at.program) == where


@pytest.mark.parametrize(
    ("at", "grads"),
    [
        (ABS, [0.0]), (ABS, [1.0]), (ABS, [-1.0]), (ABS, [0.5]),
        (RELU, [[0.0, 0.0]]), (RELU, [[1.0, 2.0]]), (RELU, [[0.5, 1.0]]),
        (MAXIMUM, [0.5, 0.5]), (MAXIMUM, [1.0, 0.0]), (MAXIMUM, [0.0, 1.0]),
        (MAX, [[1.0, 0.0, 0.0]]), (MAX, [[0.5, 0.5, 0.0]]),
        (TWICE, [1.0]), (STD2, [[0.0, 0.0]]),
        (SQRT, [INF]), (SQRT, [NAN]), (HYPOT, [0.0, 0.0]), (HYPOT, [NAN, NAN]),
        (UNGUARDED, [[0.25, NAN]]), (UNGUARDED, [[0.25, 0.0]]),
        (GUARDED, [[0.25, 0.0]]),
    ],
)  # fmt: skip
def test_every_choice_that_mathematics_leaves_is_right(at, grads):
    assert verdict(at, *grads).outcome in ("agrees", "no power")


@pytest.mark.parametrize(
    ("at", "grads"),
    [
        (ABS, [2.0]), (ABS, [-1.1]), (ABS, [NAN]),
        (RELU, [[3.0, 0.0]]), (RELU, [[1.0, 0.0]]), (RELU, [[-0.5, -1.0]]),
        (MAXIMUM, [1.0, 1.0]), (MAXIMUM, [0.0, 0.0]), (MAXIMUM, [0.5, 0.4]), (MAXIMUM, [2.0, -1.0]),
        (MAX, [[1.0, 1.0, 0.0]]), (MAX, [[0.0, 0.0, 1.0]]), (MAX, [[0.5, 0.0, 0.0]]),
        (TWICE, [0.0]), (TWICE, [2.0]), (STD2, [[NAN, NAN]]), (STD2, [[1.0, -1.0]]),
        (SQRT, [-INF]), (UNGUARDED, [[0.25, 5.0]]), (UNGUARDED, [[2.0, 0.0]]),
        (GUARDED, [[0.25, NAN]]), (GUARDED, [[0.5, 0.0]]),
    ],
)  # fmt: skip
def test_what_no_side_allows_is_wrong(at, grads):
    assert verdict(at, *grads).outcome == "wrong gradient"


def test_an_entry_is_named_with_its_limits():
    found = verdict(ABS, 3.0)
    assert found.message == "x0.grad is 3, but should lie in [-1, 1], by the limits from all sides"
    assert [(r.entry, r.want, r.wrong) for r in found.rows] == [("x0.grad", "[-1, 1]", True)]


def test_lost_shares_are_named_by_their_sum():
    found = verdict(MAXIMUM, 0.0, 0.0)
    assert found.message.startswith("x0.grad + x1.grad is 0, but should be 1")
    assert found.rows[-1].entry == "x0.grad + x1.grad"


@pytest.mark.parametrize(
    ("at", "grads", "seen"),
    [
        (ABS, [0.5], ("abs(0.0)", "0.5")),
        (RELU, [[0.0, 0.0]], ("nn.functional.relu(0.0)", "0")),
        (MAX, [[0.5, 0.5, 0.0]], ("max([2.0, 2.0, 1.0])", "0.5, 0.5")),
        (SQRT, [INF], ("sqrt(0.0)", "inf")),
        (HYPOT, [NAN, NAN], ("hypot(0.0, 0.0)", "nan; nan")),
    ],
)
def test_what_an_engine_chose_is_observed(at, grads, seen):
    assert verdict(at, *grads).observed == (seen,)


def test_a_choice_in_no_profile_is_shown():
    found = verdict(SQRT, 0.0)
    assert found.outcome == "no power"
    assert found.message == (
        "the gradient is 0, unlike any known choice (PyTorch [inf], JAX [inf], the limit of all "
        "sides, or NaN [inf]); mathematics leaves one here, so this is neither right nor wrong"
    )


def test_an_exception_is_a_convention_at_a_singular_point_alone():
    error = Answer(error=Failure("raised", "ZeroDivisionError", "no", "", ""))
    assert judged(SQRT, error, Rules()).observed == (("sqrt(0.0)", "raises ZeroDivisionError"),)
    assert judged(ABS, error, Rules()).outcome == "raised"


LOG = trial([free(0.0)], call("log", 0))
LOGS = trial([free([0.0, 1.0])], call("log", 0))
ONE_OVER = trial([free(0.0)], call("reciprocal", 0))
TO_MINUS_ONE = trial([free(0.0)], call("pow", 0, Static(-1)))
ATANH = trial([free(1.0)], call("atanh", 0))
POLES = [(LOG, -INF), (ONE_OVER, INF), (TO_MINUS_ONE, INF), (ATANH, INF)]


@pytest.mark.parametrize(("at", "value"), [*POLES, (LOG, NAN), (ONE_OVER, -INF), (ATANH, NAN)])
def test_a_limit_without_bound_is_infinite_or_no_number(at, value):
    assert verdict(at, NAN, values=[value]).outcome in ("agrees", "no power")


@pytest.mark.parametrize(
    ("at", "value"), [(LOG, -27.6310211159), (LOG, INF), (LOG, 0.0), (LOG, -LARGEST["float64"]),
                      (ONE_OVER, 1e12), (TO_MINUS_ONE, 0.0), (ATANH, 18.7), (ATANH, -INF)]
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_number_where_the_value_grows_without_bound_is_wrong(at, value, dtype):
    found = verdict(at, INF, dtype=dtype, values=[np.clip(value, -3e38, 3e38) if np.isfinite(value)
                                                  else value])  # fmt: skip
    assert (found.outcome, [r.wrong for r in found.rows]) == ("wrong value", [True])


def test_a_number_beside_a_pole_is_judged_too():
    assert verdict(LOGS, [INF, 2.0], values=[[-INF, 0.0], -INF]).outcome == "agrees"
    found = verdict(LOGS, [INF, 2.0], values=[[-INF, 0.5], -INF])
    assert (found.outcome, found.rows[-1].entry) == ("wrong value", "v2[1]")
    found = verdict(LOGS, [INF, 2.0], values=[[-27.5, 0.0], -27.5])
    assert found.message.startswith("v2[0] is -27.5, but should be -inf")


@pytest.mark.parametrize(("at", "slope"), [(SQRT, 5e5), (LOG, 1e12), (ONE_OVER, -1e24)])
def test_a_finite_slope_where_all_slopes_grow_without_bound_is_wrong(at, slope):
    assert verdict(at, slope).outcome == "wrong gradient"
    assert verdict(at, 0.0).outcome == "no power"


def test_a_number_is_not_excused_by_infinity_in_another_entry():
    huge = trial([free([0.0, 1e200, 4.0])], call("sqrt", 0))
    right = np.array([INF, 1e-100, 0.75])
    assert verdict(huge, right).outcome in ("agrees", "no power")
    found = verdict(huge, right * [1, 1, 8])
    assert (found.outcome, found.rows[0].entry) == ("wrong gradient", "x0.grad[2]")
    assert verdict(huge, right * [1, 0, 1]).outcome in ("agrees", "no power")


@pytest.mark.parametrize(("slope", "outcome"), [(6e200, "agrees"), (5e200, "wrong gradient")])
def test_a_huge_slope_at_a_tie_is_a_number(slope, outcome):
    tie = trial([free([1.0, 1.0, 1e200])], call("sort", 0), call("multiply", 1, 1))
    values = [np.array([1.0, 1.0, INF]), INF]
    assert verdict(tie, [2.0, 4.0, slope], values=values).outcome == outcome


@pytest.mark.parametrize("grad", [NAN, 1.0])
def test_nan_must_come_through(grad):
    lost = trial([free(NAN)], call("exp", 0))
    assert verdict(lost, NAN).outcome == "agrees"
    assert verdict(lost, grad, values=[1.0]).outcome == "wrong value"


HUGE = 2.0**664


@pytest.mark.parametrize(
    ("at", "grads", "outcome"),
    [
        (trial([free(800.0)], call("exp", 0)), [INF], "agrees"),
        (trial([free(800.0)], call("exp", 0)), [1e308], "wrong gradient"),
        (trial([free(20.0)], call("exp", 0)), [np.exp(20.0)], "agrees"),
        (trial([free(20.0)], call("exp", 0)), [2 * np.exp(20.0)], "wrong gradient"),
        (trial([free(20.0)], call("tanh", 0)), [0.0], "no power"),
        (trial([free(20.0)], call("tanh", 0)), [NAN], "wrong gradient"),
        (trial([free(8.0)], call("tanh", 0)), [0.0], "wrong gradient"),
        (trial([free(HUGE)], call("asinh", 0)), [1 / HUGE], "agrees"),
        (trial([free(HUGE)], call("asinh", 0)), [0.0], "no power"),
        (trial([free(HUGE)], call("asinh", 0)), [2 / HUGE], "wrong gradient"),
        (trial([free([1000.0, 0.0])], call(LSE, 0)), [[1.0, 0.0]], "agrees"),
        (trial([free([1000.0, 0.0])], call(LSE, 0)), [[NAN, 0.0]], "wrong gradient"),
        (trial([free(0.0)], call("pow", 0, Static(0))), [0.0], "agrees"),
        (trial([free(0.0)], call("pow", 0, Static(0))), [NAN], "wrong gradient"),
        (trial([free([0.0, 2.0, 0.0])], call("prod", 0)), [[0.0, 0.0, 0.0]], "agrees"),
        (trial([free([0.0, 2.0, 3.0])], call("prod", 0)), [[NAN, 0.0, 0.0]], "wrong gradient"),
    ],
)
def test_the_far_ends(at, grads, outcome):
    assert verdict(at, *grads).outcome == outcome


def test_a_wrong_value_far_out_is_wrong_though_the_gradient_is_right():
    at = trial([free([1000.0, 0.0])], call(LSE, 0))
    assert verdict(at, [1.0, 0.0], values=[INF]).outcome == "wrong value"


@pytest.mark.parametrize(("dtype", "x"), [("float32", 100.0), ("float16", 20.0)])
def test_overflow_is_infinite_in_every_dtype(dtype, x):
    at = trial([free(x)], call("exp", 0))
    assert verdict(at, INF, dtype=dtype, values=[INF]).outcome == "agrees"
    capped = LARGEST[dtype]
    assert verdict(at, INF, dtype=dtype, values=[capped]).outcome == "wrong value"
