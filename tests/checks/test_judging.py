"""What came of a script beside what was expected: every kind of expectation holds, and fails."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from gradassay.oracles.program import Leaf
from gradassay.suites.adapter import Failure, Result
from gradassay.suites.checks.judge import Finding, judge
from gradassay.suites.checks.script import Absent, Builder, Equals, Raises

ONE = Result(array=np.array(1.0))
NOTHING = Result()
RAISED = Result(error=Failure("raised", "ValueError", "no"))
BLOCKED = Result(error=Failure("blocked", "", "step 0 has no result"))
Write = Callable[[Builder, int], None]


def told(write: Write, result: Result, dtype: str = "float64") -> Finding:
    """The judgement on a leaf and one step, of which `write` expects something."""
    s = Builder()
    write(s, s.value(s.leaf(3.0)))
    return judge(s.script(), [NOTHING, result], dtype)


def equals(want: object, **more: object) -> Write:
    return lambda s, step: s.equals(step, want, **more)


def declared(s: Builder, step: int) -> None:
    among = {"one": Equals(step=step, want=Leaf.of(1.0)), "none": Absent(step=step),
             "an error": Raises(step=step)}  # fmt: skip
    s.choice("what it is", step, among)


def array(value: object, dtype: str = "float64") -> Result:
    return Result(array=np.array(value, dtype))


INTEGER = array(1, "int64")


KINDS: dict[str, tuple[Write, Result, Result]] = {
    "equals": (equals(1.0), ONE, array(2.0)),
    "equals, infinite": (equals(np.inf), array(np.inf), array(-np.inf)),
    "equals, rounded": (equals(1.0, rounded=True), array(1.0 + 2**-52), array(1.0 + 1e-9)),
    "equals, exact": (equals(1.0), ONE, array(1.0 + 2**-52)),
    "equals, shape": (equals([1.0]), array([1.0]), ONE),
    "equals, empty shape": (equals(np.zeros((0, 3))), array(np.zeros((0, 3))), array([])),
    "equals, dtype": (equals(1.0, dtype="float32"), array(1.0, "float32"), ONE),
    "equals, dtype of the run": (equals(1.0, dtype="run"), ONE, array(1.0, "float32")),
    "equals, dtype of floats": (equals(1.0, dtype="float"), array(1.0, "float32"), INTEGER),
    "equals, any dtype": (equals(1.0), array(1.0, "float32"), Result(none=True)),
    "NaN": (equals(np.nan), array(np.nan), ONE),
    "NaN is no number": (equals(1.0), ONE, array(np.nan)),
    "absent": (lambda s, step: s.absent(step), Result(none=True), array(0.0)),
    "flag": (lambda s, step: s.flag(step, False), Result(flag=False), Result(flag=True)),
    "no flag": (lambda s, step: s.flag(step, False), Result(flag=False), Result(none=True)),
    "raises": (lambda s, step: s.raises(step), RAISED, NOTHING),
    "succeeds": (lambda s, step: s.succeeds(step), NOTHING, RAISED),
    "choice, the first": (declared, ONE, array(2.0)),
    "choice, another": (declared, Result(none=True), Result(flag=True)),
    "choice, an error": (declared, RAISED, array(np.nan)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_expectation_is_seen_to_hold_and_to_fail(kind: str) -> None:
    write, right, wrong = KINDS[kind]
    assert told(write, right).outcome == "holds"
    found = told(write, wrong)
    assert (found.outcome, found.step) == ("differs", 1)
    assert found.message


MESSAGES: dict[str, tuple[Write, Result, str]] = {
    "number": (equals(1.0, why="it is one"), array(2.0),
               "value of x is 2., but should be 1.: it is one"),
    "shape": (equals([1.0]), ONE, "is 1. of shape (), but should be [1.] of shape (1,)"),
    "dtype": (equals(1.0, dtype="float32"), ONE,
              "is 1. of dtype float64, but should be of dtype float32"),
    "none": (equals(1.0), Result(none=True), "is none, but should be 1."),
    "raised": (equals(1.0), RAISED, "`v1 = value of x` raised ValueError: no"),
    "blocked": (equals(1.0), BLOCKED, "is unknown, since an earlier step failed"),
    "quiet": (lambda s, step: s.raises(step, "it is wrong"), NOTHING,
              "`value of x` raised nothing, but should: it is wrong"),
    "neither": (declared, array(2.0), "what it is: value of x is 2., which is none of one (1.), "
                "none, an error"),
}  # fmt: skip


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_message_says_what_is_wrong(kind: str) -> None:
    write, result, message = MESSAGES[kind]
    assert message in told(write, result).message


def judged(write: Callable[[Builder], None], *results: Result) -> Finding:
    s = Builder()
    write(s)
    return judge(s.script(), results)


def test_a_step_of_which_nothing_is_expected_must_not_raise() -> None:
    def write(s: Builder) -> None:
        s.backward(s.leaf(1.0))

    assert judged(write, NOTHING, NOTHING).outcome == "holds"
    found = judged(write, NOTHING, RAISED)
    assert (found.outcome, found.step) == ("differs", 1)
    assert "`x.backward()` raised ValueError: no" in found.message


def test_an_error_that_nothing_allows_explains_what_comes_after() -> None:
    def write(s: Builder) -> None:
        x = s.leaf(1.0)
        s.backward(x)
        s.equals(s.get_grad(x), 1.0)

    found = judged(write, NOTHING, RAISED, Result(none=True))
    assert "`x.backward()` raised" in found.message


def test_a_step_that_is_not_supported_makes_it_not_applicable() -> None:
    def write(s: Builder) -> None:
        s.value(s.leaf(3.0))

    found = judged(
        write, NOTHING, Result(error=Failure("unsupported", "NotImplementedError", "no"))
    )
    assert found.outcome == "not applicable"
    assert found.message == "`v1 = value of x` raised NotImplementedError: no"


def test_a_blocked_step_has_not_raised() -> None:
    def write(s: Builder) -> None:
        s.raises(s.backward(s.leaf(1.0)))

    found = judged(write, NOTHING, BLOCKED)
    assert (found.outcome, found.message) == (
        "differs",
        "`x.backward()` raised nothing, but should",
    )


def test_an_earlier_step_may_raise_in_its_place() -> None:
    def write(s: Builder) -> None:
        x = s.leaf(1.0)
        s.raises(s.grads(x, x), earlier=(x,))

    assert judged(write, RAISED, BLOCKED).outcome == "holds"
    assert judged(write, NOTHING, RAISED).outcome == "holds"
    assert judged(write, NOTHING, NOTHING).outcome == "differs"


def twice(s: Builder) -> None:
    """The same choice of two leaves."""
    for _ in range(2):
        x = s.leaf(1.0)
        among = {"one": Equals(step=x, want=Leaf.of(1.0)), "none": Absent(step=x)}
        s.choice("what it is", x, among)


def test_what_was_chosen_is_told() -> None:
    assert judged(twice, ONE, ONE).chosen == {"what it is": "one"}
    assert judged(twice, Result(none=True), Result(none=True)).chosen == {"what it is": "none"}


def test_a_choice_must_be_made_alike_each_time() -> None:
    found = judged(twice, ONE, Result(none=True))
    assert (found.outcome, found.message) == ("differs", "what it is: once one, then none")


def test_a_step_that_raised_is_looked_at_before_what_it_has_left_behind() -> None:
    def write(s: Builder) -> None:
        sweep = s.backward(s.leaf(1.0))
        grad = s.get_grad(0)
        among = {"replaces": Equals(step=grad, want=Leaf.of(1.0)), "raises": Raises(step=sweep)}
        s.choice("a second sweep", grad, among)

    assert judged(write, NOTHING, RAISED, ONE).chosen == {"a second sweep": "raises"}
    assert judged(write, NOTHING, NOTHING, ONE).chosen == {"a second sweep": "replaces"}


@pytest.mark.parametrize("kind", ["crashed", "timed out"])
def test_a_worker_that_is_lost_is_the_outcome(kind: str) -> None:
    lost: Sequence[Result] | Failure = Failure(kind, "", "the worker is gone")
    assert judge(Builder().script(), lost) == Finding(kind, "the worker is gone")
