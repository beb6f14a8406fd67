"""Every outcome is reached by an answer made for it, and a right answer reaches no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gradassay.oracles import compare, pytorch, rounding, truth
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.program import Call, Leaf, Program, Static, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.outcomes import OUTCOMES
from gradassay.suites.adapter import Answer, Failure, op_table
from gradassay.suites.choices import RandomChoices
from gradassay.suites.generate import Scope, focused, graph
from gradassay.suites.host import open_engine
from gradassay.suites.judge import Rules, in_full, judge
from gradassay.suites.trial import Trial


def leaf(*entries, asked=True):
    return Leaf.of(np.array(entries[0] if len(entries) == 1 else entries, float), asked)


# Σ w·sin(x)·y, reported twice; y asks for nothing, z is not used
SMOOTH = Trial.of(
    Program(
        (leaf(0.5, 1.25), leaf(0.75, -1.5, asked=False), leaf(3.0)),
        (call("sin", 0), call("multiply", 3, 1), call("sum", 4)),
        (3, 5),
    )
)
# x·x + x over the integers
WHOLE = Trial.of(
    Program((leaf(3.0, -2.0),), (call("multiply", 0, 0), call("add", 1, 0), call("sum", 2)), (3,))
)


def right(trial: Trial, dtype: str = "float64") -> Answer:
    """The answer that PyTorch gives in float64, rounded."""
    values, gradients = pytorch.gradient(trial.program)
    return Answer(
        tuple(v.astype(dtype) for v in values),
        tuple(None if g is None else g.astype(dtype) for g in gradients),
    )


def with_grad(answer: Answer, i: int, g: object) -> Answer:
    return replace(answer, grads=(*answer.grads[:i], g, *answer.grads[i + 1 :]))


def with_value(answer: Answer, i: int, v: object) -> Answer:
    return replace(answer, values=(*answer.values[:i], v, *answer.values[i + 1 :]))


def error(kind, **more):
    return Answer(error=Failure(kind, "Boom", "it broke", "call 1", "Traceback…", **more))


GOOD = right(SMOOTH)
MADE = {
    "right": (GOOD, "agrees"),
    "no gradient where nothing was used": (with_grad(GOOD, 2, None), "agrees"),
    "zeros where none was asked": (with_grad(GOOD, 1, np.zeros(2)), "agrees"),
    "the last value off": (with_value(GOOD, 1, GOOD.values[1] + 1e-6), "wrong value"),
    "an early value off": (with_value(GOOD, 0, GOOD.values[0] * 1.5), "wrong value"),
    "a value not a number": (with_value(GOOD, 1, np.array(np.nan)), "wrong value"),
    "an infinite value": (with_value(GOOD, 0, np.array([np.inf, 1.0])), "wrong value"),
    "a gradient off": (with_grad(GOOD, 0, GOOD.grads[0] * (1 + 1e-6)), "wrong gradient"),
    "one entry of it off": (with_grad(GOOD, 0, GOOD.grads[0] + [0, 1e-6]), "wrong gradient"),
    "its sign": (with_grad(GOOD, 0, -GOOD.grads[0]), "wrong gradient"),
    "its entries swapped": (with_grad(GOOD, 0, GOOD.grads[0][::-1]), "wrong gradient"),
    "nothing but zeros": (with_grad(GOOD, 0, np.zeros(2)), "wrong gradient"),
    "not a number": (with_grad(GOOD, 0, np.full(2, np.nan)), "wrong gradient"),
    "an infinity": (with_grad(GOOD, 0, np.array([np.inf, 1.0])), "wrong gradient"),
    "two infinities": (with_grad(GOOD, 0, np.array([np.inf, -np.inf])), "wrong gradient"),
    "something where nothing was used": (with_grad(GOOD, 2, np.array(1e-9)), "wrong gradient"),
    "a value of another shape": (with_value(GOOD, 1, GOOD.values[1][None]), "wrong shape"),
    "a gradient of another shape": (with_grad(GOOD, 0, GOOD.grads[0][None]), "wrong shape"),
    "a summed gradient": (with_grad(GOOD, 0, GOOD.grads[0].sum()), "wrong shape"),
    "a value of another dtype": (with_value(GOOD, 1, np.float32(GOOD.values[1])), "wrong dtype"),
    "a gradient of another dtype": (
        with_grad(GOOD, 0, GOOD.grads[0].astype("float32")),
        "wrong dtype",
    ),
    "a complex gradient": (with_grad(GOOD, 0, GOOD.grads[0] + 0j), "wrong dtype"),
    "no gradient": (with_grad(GOOD, 0, None), "missing gradient"),
    "a gradient that nobody asked for": (
        with_grad(GOOD, 1, np.array([0.0, 1.0])),
        "unasked gradient",
    ),
    "a changed input": (replace(GOOD, mutated=(1,)), "mutated input"),
    "refused": (error("unsupported"), "declined"),
    "a keyword refused": (error("keyword", keyword="axis"), "not offered"),
    "an exception": (error("raised"), "raised"),
    "a death": (error("crashed"), "crashed"),
    "silence": (error("timed out"), "timed out"),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_a_made_answer_gets_its_outcome(name):
    answer, outcome = MADE[name]
    found = judge(SMOOTH, answer, Rules())
    assert found.outcome == outcome
    assert outcome == "agrees" or found.message
    assert outcome in OUTCOMES


@pytest.mark.parametrize("name", MADE)
def test_judged_in_full_the_numbers_get_the_same_outcome(name):
    answer, outcome = MADE[name]
    if outcome in ("agrees", "wrong value", "wrong gradient"):
        assert in_full(SMOOTH, answer, Rules()).outcome == outcome


WHOLES = {
    "right": (lambda g: g, "agrees"),
    "negative zero": (lambda g: g + -0.0, "agrees"),
    "the last bit": (lambda g: np.nextafter(g, np.inf), "wrong gradient"),
    "a lost contribution": (lambda g: g - 1, "wrong gradient"),
    "swapped": (lambda g: g[::-1], "wrong gradient"),
    "not a number": (lambda g: g * np.nan, "wrong gradient"),
    "infinite": (lambda g: np.full(2, np.inf), "wrong gradient"),
    "two infinities": (lambda g: np.array([np.inf, -np.inf]), "wrong gradient"),
    "half a unit": (lambda g: g + 0.5, "wrong gradient"),
}


NOTHING = Trial.of(Program((leaf(),), (call("sum", 0),), (1,)))
TINY_OFF = {
    "a value": (
        NOTHING,
        lambda a: with_value(a, 0, np.array(5e-310)),
        "wrong value: v1 is 5e-310, but should be 0.0",
    ),
    "a gradient": (
        WHOLE,
        lambda a: with_grad(a, 0, np.array([np.nextafter(7, 8), -3])),
        "wrong gradient: x0.grad[0] is 7.000000000000001, but should be 7.0",
    ),
}
"""What is made of the right answer, and what is said of it."""


@pytest.mark.parametrize("name", TINY_OFF)
def test_what_differs_by_next_to_nothing_is_said_as_well(name):
    """Memory that was never set may hold 5e-310: within any tolerance, and wrong all the same."""
    trial, change, said = TINY_OFF[name]
    found = judge(trial, change(right(trial)), Rules())
    assert f"{found.outcome}: {found.message}" == said
    (row,) = found.rows
    assert row.wrong
    assert said.endswith(f"{row.entry} is {row.got}, but should be {row.want}")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("name", WHOLES)
def test_integers_are_judged_to_the_last_bit_at_every_dtype(name, dtype):
    change, outcome = WHOLES[name]
    answer = right(WHOLE, dtype)
    answer = with_grad(answer, 0, change(answer.grads[0]).astype(dtype))
    found = judge(WHOLE, answer, Rules(dtype=dtype))
    assert (found.outcome, found.oracle) == (outcome, "exact")
    assert outcome == "agrees" or (found.message and found.rows)


def test_integers_beyond_a_dtypes_bits_are_judged_with_noise():
    trial = Trial.of(Program((leaf(100.0),), (call("multiply", 0, 0),), (1,)))
    assert judge(trial, right(trial, "float32"), Rules(dtype="float32")).oracle == "exact"
    assert judge(trial, right(trial, "float16"), Rules(dtype="float16")).oracle != "exact"


def test_a_wrong_value_of_an_integer_program():
    answer = right(WHOLE)
    found = judge(WHOLE, with_value(answer, 0, answer.values[0] + 1), Rules())
    assert found.outcome == "wrong value"
    assert found.message == "v3 is 15.0, but should be 14.0"


def test_a_wrong_value_comes_before_a_wrong_gradient():
    answer = with_grad(with_value(GOOD, 1, GOOD.values[1] * 2), 0, GOOD.grads[0] * 2)
    assert judge(SMOOTH, answer, Rules()).outcome == "wrong value"


def test_an_engine_that_gives_all_gradients_may():
    answer = with_grad(GOOD, 1, np.array([1.0, 2.0]))
    assert judge(SMOOTH, answer, Rules(gives_all=True)).outcome == "agrees"


def test_a_gradient_through_a_comparison_alone_is_not_missing():
    program = Program(
        (leaf(1.0), leaf(2.0), leaf(3.0)),
        (call("greater", 0, 1), call("where", 3, 1, 2)),
        (4,),
    )
    trial = Trial.of(program)
    assert judge(trial, with_grad(right(trial), 0, None), Rules()).outcome == "agrees"
    assert judge(trial, with_grad(right(trial), 2, None), Rules()).outcome == "missing gradient"


@pytest.mark.parametrize("units", [200, 600])
def test_an_error_between_noise_and_far_is_inaccurate(units):
    """A unit here is float64's; the tolerance of this program is about 20 of them."""
    g = GOOD.grads[0] * (1 + units * 2.0**-53)
    found = in_full(SMOOTH, with_grad(GOOD, 0, g), Rules())
    assert found.outcome == "inaccurate"
    assert 1 < found.score <= compare.FAR


def test_the_message_names_the_entry_and_both_numbers():
    found = judge(SMOOTH, with_grad(GOOD, 0, GOOD.grads[0] * [1, -1]), Rules())
    want = -1.5 * np.cos(1.25)
    assert found.message == f"x0.grad[1] is {-want!s}, but should be {want!s}"
    assert [row.wrong for row in found.rows] == [False, True]


def test_the_evidence_has_score_tolerance_and_the_other_oracles():
    found = judge(SMOOTH, with_grad(GOOD, 0, -GOOD.grads[0]), Rules())
    assert found.oracle == "taylor"
    assert found.score > compare.FAR
    assert "random rounding" in found.tolerance
    assert found.rows[0].oracles.keys() == {"pytorch", "complex_step"}
    assert found.hint == "Every entry has the wrong sign."


def never(*_args, **_more):
    raise AssertionError("noise was measured")


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_within_a_few_roundings_no_noise_is_measured(monkeypatch, dtype):
    monkeypatch.setattr(rounding, "measure", never)
    assert judge(SMOOTH, right(SMOOTH, dtype), Rules(dtype=dtype)).outcome == "agrees"


@pytest.mark.parametrize("wrong", [np.nan, 1.001, np.inf])
def test_beyond_a_few_roundings_it_is(monkeypatch, wrong):
    monkeypatch.setattr(rounding, "measure", never)
    answer = right(SMOOTH, "float32")
    off = answer.grads[0] * np.float32(wrong)
    with pytest.raises(AssertionError, match="noise was measured"):
        judge(SMOOTH, with_grad(answer, 0, off), Rules(dtype="float32"))


def test_an_oracle_that_shares_the_engines_code_has_no_vote():
    found = judge(SMOOTH, with_grad(GOOD, 0, -GOOD.grads[0]), Rules(without=frozenset({"pytorch"})))
    assert found.rows[0].oracles.keys() == {"complex_step"}


# ---- no power, no oracle, no agreement


def refuses(program):
    raise UnsupportedError("not today")


def doubles(program):
    values, gradients = pytorch.gradient(program)
    return values, [None if g is None else 2 * g for g in gradients]


def test_where_no_oracle_can_tell_there_is_no_power(monkeypatch):
    monkeypatch.setattr(truth, "ORACLES", {"taylor": refuses})
    found = in_full(SMOOTH, GOOD, Rules())
    assert found.outcome == "no power"
    assert found.message == "no oracle can judge this: no oracle can judge this program"


def test_where_oracles_disagree_nobody_is_accused(monkeypatch):
    monkeypatch.setattr(truth, "ORACLES", {"pytorch": pytorch.gradient, "complex_step": doubles})
    assert in_full(SMOOTH, GOOD, Rules()).outcome == "oracles disagree"


def test_an_oracle_outside_the_ball_is_reported(monkeypatch):
    monkeypatch.setattr(truth, "ORACLES", {**truth.ORACLES, "pytorch": doubles})
    found = in_full(SMOOTH, GOOD, Rules())
    assert (found.outcome, found.oracle_errors) == ("agrees", ("pytorch",))


# ((x + 1000) − 1000)·y: in float16, x and so the gradient at y drown in the rounding of 1000
DROWNED = Trial.of(
    Program(
        (leaf(0.125), leaf(1000.0, asked=False), leaf(0.0625)),
        (call("add", 0, 1), call("subtract", 3, 1), call("multiply", 4, 2)),
        (5,),
    )
)


def test_where_all_gradients_drown_only_what_is_close_to_the_truth_agrees():
    program = DROWNED.program
    one = Program((leaf(0.125, asked=False), *program.leaves[1:]), program.calls, program.outputs)
    trial = Trial.of(one)
    wrong = with_grad(right(trial, "float16"), 2, np.float16(0.375) * np.ones((), "float16"))
    for decide in (in_full, judge):
        assert decide(trial, wrong, Rules(dtype="float16")).outcome == "no power"
        assert decide(trial, right(trial, "float16"), Rules(dtype="float16")).outcome == "agrees"


def test_where_one_gradient_drowns_only_what_is_close_to_the_truth_agrees():
    wrong = with_grad(right(DROWNED, "float16"), 2, np.float16(0.375) * np.ones((), "float16"))
    assert in_full(DROWNED, wrong, Rules(dtype="float16")).outcome == "no power"
    assert in_full(DROWNED, right(DROWNED, "float16"), Rules(dtype="float16")).outcome == "agrees"


# ---- sensitivity and false alarms


def plenty(count: int, first: int = 0) -> list[Trial]:
    found = []
    ops = list(VOCABULARY)
    for seed in range(first, first + count):
        choices, whole = RandomChoices(seed), seed % 4 == 0
        drawn = (
            graph(choices, Scope(), whole)
            if seed % 3
            else focused(ops[seed // 3 % len(ops)], choices, Scope(), whole)
        )
        if drawn is not None:
            found.append(drawn)
    return found


PLENTY = plenty(90)


def planted(trial: Trial, off: float) -> Answer | None:
    """The right answer with the gradients multiplied by 1 + off; none if that changes nothing.

    What should be zero (the gradient of x / x) has only noise for a gradient, also when multiplied.
    """
    answer = right(trial)
    if not any(g is not None and np.any(np.abs(g) > 1e-9) for g in answer.grads):
        return None
    grads = tuple(None if g is None else g * (1 + off) for g in answer.grads)
    return replace(answer, grads=grads)


@pytest.mark.parametrize("off", [10.0**-k for k in (1, 3, 5, 7, 9)])
def test_a_planted_relative_error_is_a_wrong_gradient_at_float64(off):
    tried = 0
    for trial in PLENTY[:36]:
        answer = planted(trial, off)
        if answer is not None:
            tried += 1
            assert judge(trial, answer, Rules()).outcome == "wrong gradient", trial.program
    assert tried >= 20


@pytest.mark.parametrize("off", [1e-10, 1e-11, 1e-12])
def test_integers_see_any_planted_error(off):
    for trial in (t for t in PLENTY if t.whole):
        answer = planted(trial, off)
        if answer is not None:
            assert judge(trial, answer, Rules()).outcome == "wrong gradient", trial.program


@pytest.mark.parametrize(("off", "share"), [(1e-10, 0.95), (1e-11, 0.8)])
def test_the_screen_lets_few_small_errors_pass(off, share):
    answers = [(t, planted(t, off)) for t in PLENTY if not t.whole]
    outcomes = [judge(t, a, Rules()).outcome for t, a in answers if a is not None]
    assert sum(o != "agrees" for o in outcomes) >= share * len(outcomes)


def test_the_full_judgement_sees_smaller_errors_than_the_screen():
    answers = [(t, planted(t, 1e-12)) for t in PLENTY[:60] if not t.whole]
    outcomes = [in_full(t, a, Rules()).outcome for t, a in answers if a is not None]
    assert sum(o == "wrong gradient" for o in outcomes) >= 0.6 * len(outcomes)
    assert sum(o == "agrees" for o in outcomes) <= 0.1 * len(outcomes)


@pytest.fixture(scope="module")
def torch_engine():
    with open_engine("torch", op_table(VOCABULARY), in_process=True) as handle:
        yield handle


@pytest.mark.parametrize(
    ("dtype", "count"), [("float64", 400), ("float32", 200), ("float16", 120), ("bfloat16", 120)]
)
def test_pytorch_raises_no_alarm(torch_engine, dtype, count):
    tried = plenty(count, first=5000)
    answers = torch_engine.answers([t.program for t in tried], dtype, "cpu")
    rules = Rules(dtype=dtype, without=frozenset({"pytorch"}))
    outcomes = [judge(t, a, rules) for t, a in zip(tried, answers, strict=True)]
    alarms = [
        f"{o.outcome}: {o.message}\n{t.program}"
        for t, o in zip(tried, outcomes, strict=True)
        if OUTCOMES[o.outcome].group == "difference"
    ]
    assert not alarms, "\n\n".join(alarms[:3])
    assert sum(o.outcome == "agrees" for o in outcomes) >= 0.7 * len(outcomes)


def test_pytorch_judged_in_full_is_accurate(torch_engine):
    tried = [t for t in plenty(60, first=9000) if "clip" not in t.program.ops]  # docs/findings.md
    answers = torch_engine.answers([t.program for t in tried], "float64", "cpu")
    for trial, answer in zip(tried, answers, strict=True):
        found = in_full(trial, answer, Rules())
        assert found.outcome in ("agrees", "inaccurate", "no power"), trial.program
        assert found.oracle_errors == ()


def test_a_static_number_takes_no_gradient():
    trial = Trial.of(Program((leaf(3.0),), (Call("pow", (0, Static(2))),), (1,)))
    assert judge(trial, right(trial), Rules()).outcome == "agrees"
