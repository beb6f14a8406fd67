"""What a failure tells of an op's derivative is complete, and true."""

import re

import numpy as np
import pytest
from gradassay.oracles.evaluate import examine
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.formulas import SLOTS, TIES, WORDS, told

FUNCTIONS = ["sqrt", "exp", "exp2", "log", "hypot", "sign"]
FUNCTIONS += ["sin", "cos", "tan", "sinh", "cosh", "tanh"]
NAMES = {name: getattr(np, name) for name in FUNCTIONS}
NAMES["expit"] = lambda x: 1 / (1 + np.exp(-x))
POINTS = {"acosh": (1.5,), "atanh": (0.3,), "asin": (0.3,), "acos": (0.3,)}
STEP = 1e-6


def value(op: str, *at: float) -> float:
    leaves = tuple(Leaf.of(x) for x in at)
    program = Program(leaves, (call(op, *range(len(at))),), (len(at),))
    return float(examine(program).values[-1])


def formula(text: str, at: tuple[float, ...]) -> float:
    known = {**NAMES, "x": at[0], "y": at[-1]}
    pieces = [piece.partition(" where ") for piece in re.split(r", (?=\d)", text)]
    (value,) = (
        value for value, _, where in pieces if eval(where or "True", {"__builtins__": {}}, known)
    )
    return float(eval(value, {"__builtins__": {}}, known))


def test_every_op_is_told_of_once() -> None:
    assert set(VOCABULARY) == {*SLOTS, *WORDS}
    assert not {*SLOTS} & {*WORDS}
    assert all(told(op) for op in VOCABULARY)


@pytest.mark.parametrize(("op", "at"), [("maximum", (2.0, 2.0)), ("minimum", (2.0, 2.0)),
                                        ("nn.functional.relu", (0.0,))])  # fmt: skip
def test_no_formula_decides_a_kink(op: str, at: tuple[float, ...]) -> None:
    for text in SLOTS[op]:
        with pytest.raises(ValueError, match="not enough values"):
            formula(text, at)
    assert op in TIES


def test_at_a_tie_the_shares_are_said_to_add_up() -> None:
    assert "add up to 1" in told("maximum")
    assert "add up to 1" in told("max")


@pytest.mark.parametrize("op", SLOTS)
def test_a_formula_is_the_slope_of_the_ops_own_values(op: str) -> None:
    at = POINTS.get(op, (0.7, 1.3)[: len(SLOTS[op])])
    for k, text in enumerate(SLOTS[op]):
        up, down = (
            value(op, *(x + sign * STEP * (i == k) for i, x in enumerate(at))) for sign in (1, -1)
        )
        assert formula(text, at) == pytest.approx((up - down) / (2 * STEP), rel=1e-7, abs=1e-8)
