"""What is told of an error: of a value nothing about contributions, which come with the sweep."""

import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.suites.adapter import Answer
from gradassay.suites.explain import diagnose, diagnose_value
from gradassay.suites.judge import Rules, judge
from gradassay.suites.numerics import judged as at_special_points
from gradassay.suites.trial import Trial

NAN = np.nan
WANT = np.array([2.0, 4.0, 0.0, 8.0])
ERRORS = {
    "lost": np.zeros(4),
    "halved": WANT / 2,
    "doubled": 2 * WANT,
    "threefold": 3 * WANT,
    "no number": np.array([NAN, 4.0, 0.0, 8.0]),
    "turned": -WANT,
    "moved": WANT[::-1],
    "one": np.array([2.0, 4.0, 0.0, 9.0]),
    "stray": np.array([2.0, 4.0, 1.0, 8.0]),
}
OF_GRADIENTS = ("contribution", "gradient", "arrived", "rule")


@pytest.mark.parametrize("error", ERRORS)
def test_no_hint_on_a_value_speaks_of_gradients(error: str) -> None:
    said = diagnose_value(ERRORS[error], WANT)
    assert said
    assert not any(word in said for word in OF_GRADIENTS)


@pytest.mark.parametrize("error", ["turned", "moved", "one", "stray"])
def test_what_holds_of_both_is_said_of_both(error: str) -> None:
    assert diagnose_value(ERRORS[error], WANT) == diagnose(ERRORS[error], WANT)


@pytest.mark.parametrize("factor", [0.0, 2.0])
@pytest.mark.parametrize("judged", [None, at_special_points])
def test_the_judges_tell_values_from_gradients(judged, factor: float) -> None:  # type: ignore[no-untyped-def]
    x = Leaf.of([1.0, 2.0], requires_grad=True)
    trial = Trial.of(Program((x,), (call("sin", 0), call("sum", 1)), (1, 2)), judged=judged)
    right = np.sin(x.array), np.asarray(np.sin(x.array).sum())
    wrong = Answer(values=[factor * v for v in right], grads=[np.cos(x.array)])
    of_value = judge(trial, wrong, Rules())
    assert of_value.outcome == "wrong value"
    assert not any(word in of_value.hint for word in OF_GRADIENTS)
    lost = judge(trial, Answer(values=[*right], grads=[factor * np.cos(x.array)]), Rules())
    assert lost.outcome == "wrong gradient"
    assert "contribution" in lost.hint
