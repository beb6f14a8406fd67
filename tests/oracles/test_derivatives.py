"""Derivatives by hand: every oracle must find them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gradassay.oracles import taylor
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.program import Leaf, Program, Static, call
from gradassay.oracles.truth import ORACLES

from .programs import c, one_op, x

WEIGHTS = c(1.0, 10.0, 100.0)
MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])


def static(base: float, exponent: float) -> Program:
    return Program((x(base),), (call("pow", 0, Static(exponent)),), (1,))


def weighted(op: str, leaf: Leaf, weights: Leaf, **params) -> Program:
    """Σ w·op(x)."""
    calls = (call(op, 0, **params), call("multiply", 2, 1), call("sum", 3))
    return Program((leaf, weights), calls, (4,))


BY_HAND = {
    "exp": (one_op("exp", x(0.5)), [math.exp(0.5)]),
    "log": (one_op("log", x(4.0)), [0.25]),
    "sqrt": (one_op("sqrt", x(4.0)), [0.25]),
    "sin": (one_op("sin", x(0.5)), [math.cos(0.5)]),
    "cos": (one_op("cos", x(0.5)), [-math.sin(0.5)]),
    "tanh": (one_op("tanh", x(0.5)), [1 / math.cosh(0.5) ** 2]),
    "tanh far out": (one_op("tanh", x(20.0)), [4 * math.exp(-40) * (1 - 2 * math.exp(-40))]),
    "x / y": (one_op("divide", x(1.0), x(4.0)), [0.25, -1 / 16]),
    "x - y": (one_op("subtract", x(1.0), x(4.0)), [1.0, -1.0]),
    "x ** y": (one_op("pow", x(2.0), x(3.0)), [12.0, 8 * math.log(2)]),
    "(-2) ** 3": (static(-2.0, 3), [12.0]),
    "0 ** 2": (static(0.0, 2), [0.0]),
    "0 ** 1": (static(0.0, 1), [1.0]),
    "2 ** 0": (static(2.0, 0), [0.0]),
    "(-2) ** -1": (static(-2.0, -1), [-0.25]),
    "4 ** -0.5": (static(4.0, -0.5), [-1 / 16]),
    "abs": (one_op("abs", x(-3.0, 2.0)), [[-1.0, 1.0]]),
    "relu": (one_op("nn.functional.relu", x(-3.0, 2.0)), [[0.0, 1.0]]),
    "maximum": (one_op("maximum", x(1.0, 5.0), x(2.0, 3.0)), [[0.0, 1.0], [1.0, 0.0]]),
    "minimum": (one_op("minimum", x(1.0, 5.0), x(2.0, 3.0)), [[1.0, 0.0], [0.0, 1.0]]),
    "max": (one_op("max", x(1.0, 5.0, 2.0)), [[0.0, 1.0, 0.0]]),
    "min": (one_op("min", x(1.0, 5.0, 2.0)), [[1.0, 0.0, 0.0]]),
    "mean": (one_op("mean", x(1.0, 5.0, 2.0, 0.0)), [[0.25] * 4]),
    "prod": (one_op("prod", x(2.0, 3.0, 5.0)), [[15.0, 10.0, 6.0]]),
    "prod with a zero": (one_op("prod", x(2.0, 0.0, 3.0)), [[0.0, 6.0, 0.0]]),
    "prod with two zeros": (one_op("prod", x(2.0, 0.0, 0.0)), [[0.0, 0.0, 0.0]]),
    "prod of nothing": (one_op("prod", x(np.zeros(0))), [np.zeros(0)]),
    "sum of nothing": (one_op("sum", x(np.zeros((2, 0)))), [np.zeros((2, 0))]),
    "where": (
        Program(
            (Leaf.of([True, False]), x(1.0, 2.0), x(3.0, 4.0)),
            (call("where", 0, 1, 2), call("sum", 3)),
            (4,),
        ),
        [None, [1.0, 0.0], [0.0, 1.0]],
    ),
    "matmul": (
        one_op("matmul", x(MATRIX), x(5.0, 6.0)),
        [[[5.0, 6.0], [5.0, 6.0]], [4.0, 6.0]],
    ),
    "matmul over nothing": (
        one_op("matmul", x(np.zeros((2, 0))), x(np.zeros((0, 3)))),
        [np.zeros((2, 0)), np.zeros((0, 3))],
    ),
    "asin": (one_op("asin", x(0.6)), [1.25]),
    "acos": (one_op("acos", x(-0.6)), [-1.25]),
    "atan": (one_op("atan", x(2.0)), [0.2]),
    "atan2 left of the axis": (one_op("atan2", x(-3.0), x(-4.0)), [-0.16, 0.12]),
    "tan": (one_op("tan", x(0.75)), [1 / math.cos(0.75) ** 2]),
    "sinh": (one_op("sinh", x(1.0)), [math.cosh(1.0)]),
    "cosh": (one_op("cosh", x(1.0)), [math.sinh(1.0)]),
    "asinh": (one_op("asinh", x(0.75)), [0.8]),
    "acosh": (one_op("acosh", x(1.25)), [4 / 3]),
    "atanh": (one_op("atanh", x(0.5)), [4 / 3]),
    "expm1": (one_op("expm1", x(1e-9)), [math.exp(1e-9)]),
    "log1p": (one_op("log1p", x(1e-9)), [1 / (1 + 1e-9)]),
    "exp2": (one_op("exp2", x(3.0)), [8 * math.log(2)]),
    "log2": (one_op("log2", x(0.5)), [2 / math.log(2)]),
    "log10": (one_op("log10", x(4.0)), [0.25 / math.log(10)]),
    "hypot": (one_op("hypot", x(3.0), x(-4.0)), [0.6, -0.8]),
    "logaddexp": (one_op("logaddexp", x(0.0), x(math.log(3))), [0.25, 0.75]),
    "expit": (one_op("special.expit", x(-math.log(3))), [3 / 16]),
    "softplus": (one_op("nn.functional.softplus", x(math.log(3))), [0.75]),
    "clip": (one_op("clip", x(-3.0, 0.5, 3.0), min=-1.0, max=2.0), [[0.0, 1.0, 0.0]]),
    "clip by tensors": (
        one_op("clip", x(-3.0, 0.5, 3.0), x(-1.0), x(2.0)),
        [[0.0, 1.0, 0.0], 1.0, 1.0],
    ),
    "var": (one_op("var", x(1.0, 2.0, 6.0), correction=1), [[-2.0, -1.0, 3.0]]),
    "std": (one_op("std", x(3.0, 7.0)), [[-0.5, 0.5]]),
    "logsumexp": (one_op("special.logsumexp", x(0.0, math.log(3))), [[0.25, 0.75]]),
    "softmax": (
        weighted("special.softmax", x(0.0, math.log(3)), c(1.0, 17.0), axis=0),
        [[-3.0, 3.0], None],
    ),
    "log_softmax": (
        weighted("special.log_softmax", x(0.0, math.log(3)), c(1.0, 3.0), axis=-1),
        [[0.0, 0.0], None],
    ),
    "cumulative_sum": (
        weighted("cumulative_sum", x(5.0, 6.0, 7.0), WEIGHTS, axis=0),
        [[111.0, 110.0, 100.0], None],
    ),
    "cumulative_prod": (
        weighted("cumulative_prod", x(2.0, 0.0, 5.0), WEIGHTS, axis=0),
        [[1.0, 1020.0, 0.0], None],
    ),
    "sort": (
        weighted("sort", x(5.0, 9.0, 7.0), WEIGHTS, axis=0, descending=True),
        [[100.0, 1.0, 10.0], None],
    ),
    "one part of a split": (
        Program(
            (x(1.0, 2.0, 3.0, 4.0), c(1.0, 10.0)),
            (
                call("split", 0, indices_or_sections=2),
                call("item", 2, index=1),
                call("multiply", 3, 1),
                call("sum", 4),
            ),
            (5,),
        ),
        [[0.0, 0.0, 1.0, 10.0], None],
    ),
    "taken twice": (
        Program(
            (x(7.0, 8.0), Leaf.of([0, 0, 1]), WEIGHTS),
            (call("take", 0, 1, axis=0), call("multiply", 3, 2), call("sum", 4)),
            (5,),
        ),
        [[11.0, 100.0], None, None],
    ),
    "tensordot": (
        one_op("tensordot", x(MATRIX), x(MATRIX), axes=((0, 1), (1, 0))),
        [[[1.0, 3.0], [2.0, 4.0]], [[1.0, 3.0], [2.0, 4.0]]],
    ),
    "two windows on an image with a rim": (
        one_op(
            "nn.functional.conv2d",
            x([[[[1.0, 2.0], [3.0, 4.0]]]]),
            x([[[[10.0, 100.0]]]]),
            stride=(1, 2),
            padding=(0, 1),
        ),
        [[[[[100.0, 10.0], [100.0, 10.0]]]], [[[[6.0, 4.0]]]]],
    ),
    "the same tensor twice": (one_op("multiply", x(3.0), x(3.0)), [3.0, 3.0]),
    "x + x": (Program((x(3.0),), (call("add", 0, 0),), (1,)), [2.0]),
    "broadcast in both": (
        one_op("multiply", x([[1.0], [2.0]]), x(10.0, 20.0, 30.0)),
        [[[60.0], [60.0]], [3.0, 3.0, 3.0]],
    ),
    "broadcast_to": (one_op("broadcast_to", x([2.0]), shape=(2, 3)), [[6.0]]),
    "a repeated index": (
        Program(
            (x(7.0, 8.0), Leaf.of([0, 0, 1]), WEIGHTS),
            (call("getitem", 0, 1, key=[{"arg": 1}]), call("multiply", 3, 2), call("sum", 4)),
            (5,),
        ),
        [[11.0, 100.0], None, None],
    ),
    "reshape": (
        weighted("reshape", x([[7.0], [8.0], [9.0]]), WEIGHTS, shape=(3,)),
        [[[1.0], [10.0], [100.0]], None],
    ),
    "permute_dims": (
        weighted("permute_dims", x(MATRIX), c([[1.0, 2.0], [3.0, 4.0]]), axes=(-1, 0)),
        [[[1.0, 3.0], [2.0, 4.0]], None],
    ),
    "every second entry": (
        weighted("getitem", x(7.0, 8.0, 9.0), c(1.0, 10.0), key=[{"slice": [None, None, 2]}]),
        [[1.0, 0.0, 10.0], None],
    ),
    "an unused leaf": (Program((x(2.0), x(3.0)), (call("exp", 0),), (2,)), [math.exp(2), 0.0]),
    "no leaf is reached": (Program((x(2.0), c(3.0)), (call("add", 1, 1),), (2,)), [0.0, None]),
}


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("name", BY_HAND)
def test_every_oracle_finds_the_derivative_by_hand(oracle, name):
    program, want = BY_HAND[name]
    _, got = ORACLES[oracle](program)
    assert [g is None for g in got] == [w is None for w in want]
    for g, w in zip(got, want, strict=True):
        if w is not None:
            np.testing.assert_allclose(g, w, rtol=1e-13, atol=1e-15)
            assert g.shape == np.shape(w)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_ball_of_every_entry_is_tiny(name):
    program, _ = BY_HAND[name]
    for i in program.wanted:
        for index in np.ndindex(program.leaves[i].shape):
            _, slope = taylor.derivative(program, taylor.unit(program, i, index))
            assert float(slope.rad()) <= 1e-50 * max(1.0, abs(float(slope.mid())))


def test_only_pytorch_takes_derivatives_of_derivatives():
    cube = Program((x(3.0),), (call("pow", 0, Static(3)), call("grad", 1, 0)), (2,))
    (value,), (second,) = ORACLES["pytorch"](cube)
    assert (value, second) == (27.0, 18.0)  # 3x², 6x
    for oracle in ("taylor", "complex_step"):
        with pytest.raises(UnsupportedError, match="derivatives of derivatives"):
            ORACLES[oracle](cube)


def test_a_gradient_that_is_none_is_zeros_within_a_program():
    program = Program((x(3.0), x(2.0)), (call("exp", 0), call("grad", 2, 1)), (3,))
    assert ORACLES["pytorch"](program)[0] == [np.array(0.0)]


def test_every_output_is_reported_in_order():
    program = Program((x(1.0, 2.0),), (call("exp", 0), call("sum", 1)), (1, 0, 2))
    for oracle in ORACLES.values():
        outputs, _ = oracle(program)
        np.testing.assert_allclose(outputs[0], np.exp([1.0, 2.0]), rtol=1e-14)
        np.testing.assert_array_equal(outputs[1], [1.0, 2.0])
        assert outputs[2] == pytest.approx(math.e + math.e**2)
