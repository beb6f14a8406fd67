"""Integers: the truth by hand, and the proof that a dtype rounds nothing, seen to hold on one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from gradassay.oracles import exact
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.program import Leaf, Program, Static, call
from gradassay.oracles.rounding import SIGNIFICANT
from gradassay.oracles.vocabulary import VOCABULARY, find

from .programs import c, drawn, grown, one_op, x


def directions(program: Program, *entries: Any) -> list[Any]:
    return [
        np.array(e) if leaf.requires_grad else None
        for e, leaf in zip(entries, program.leaves, strict=True)
    ]


BY_HAND = {  # program, direction, value, tangent, bits of the majorant
    "2x": (Program((x(3.0),), (call("add", 0, 0),), (1,)), [1], 6, 2, 3),  # 6
    "x²": (Program((x(3.0),), (call("multiply", 0, 0),), (1,)), [1], 9, 6, 5),  # 2·3·3 = 18
    "x³": (
        Program((x(2.0),), (call("multiply", 0, 0), call("multiply", 1, 0)), (2,)),
        [5],
        8,
        60,
        5,  # 3·8 = 24
    ),
    "x − x": (Program((x(3.0),), (call("subtract", 0, 0),), (1,)), [7], 0, 0, 3),  # 3 + 3
    "−xy": (
        Program((x(3.0), x(-4.0)), (call("multiply", 0, 1), call("negative", 2)), (3,)),
        [1, 10],
        12,
        -26,  # −(1·−4 + 3·10)
        5,  # 2·12
    ),
    "prod": (one_op("prod", x(2.0, 3.0, -1.0)), [[1, 10, 100]], -6, 577, 5),  # −3 − 20 + 600
    "max": (one_op("max", x(2.0, 7.0)), [[1, 10]], 7, 10, 3),
    "min": (one_op("min", x(2.0, 7.0)), [[1, 10]], 2, 1, 3),
    "abs": (one_op("abs", x(-5.0, 2.0)), [[1, 10]], 7, 9, 3),
    "relu": (one_op("nn.functional.relu", x(-5.0, 2.0)), [[1, 10]], 2, 10, 3),
    "a constant": (one_op("multiply", x(3.0), c(4.0)), [5, 0], 12, 20, 5),  # 2·12
    "sum of nothing": (one_op("sum", x(np.zeros((0,)))), [np.zeros(0, int)], 0, 0, 1),
    "many": (one_op("sum", x(*[2.0] * 512)), [[1] * 512], 1024, 512, 11),
    "matmul": (one_op("matmul", x(1.0, 2.0), x(3.0, -4.0)), [[1, 1], [0, 0]], -5, -1, 5),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_value_tangent_and_bits_by_hand(name):
    program, direction, value, tangent, bits = BY_HAND[name]
    found = exact.solve(program, directions(program, *direction))
    assert (found.value, found.tangent, found.bits) == (value, tangent, bits)


def test_the_integers_are_not_of_machine_size():
    program = Program((x(2.0**40),), (call("multiply", 0, 0), call("multiply", 1, 1)), (2,))
    found = exact.solve(program, [np.array(3)])
    assert (found.value, found.tangent) == (2**160, 3 * 4 * 2**120)


REFUSED = {
    "a fraction": one_op("add", x(0.5), x(1.0)),
    "not a number": one_op("add", x(float("nan")), x(1.0)),
    "infinity": one_op("add", x(float("inf")), x(1.0)),
    "a quotient": one_op("divide", x(4.0), x(2.0)),
    "a mean": one_op("mean", x(4.0, 2.0)),
    "a root": one_op("sqrt", x(4.0)),
    "an exponential": one_op("exp", x(0.0)),
    "a power": Program((x(1.0),), (call("pow", 0, Static(2)),), (1,)),
    "a tie of two": one_op("maximum", x(2.0), x(2.0)),
    "a tie of many": one_op("max", x(1.0, 3.0, 3.0)),
    "a kink": one_op("abs", x(0.0, 1.0)),
    "a corner": one_op("nn.functional.relu", x(0.0)),
    "no leaf": Program((Leaf.of([True]),), (), (0,)),
    "a derivative": Program((x(1.0),), (call("multiply", 0, 0), call("grad", 1, 0)), (2,)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_matter_of_integers_is_refused(name):
    program = REFUSED[name]
    direction = [np.ones(leaf.shape, int) for leaf in program.leaves]
    with pytest.raises(UnsupportedError):
        exact.solve(program, direction)


def in_torch(program: Program, dtype: str) -> tuple[Any, list[Any]]:
    """The value and the gradients of a program at a dtype, straight from the vocabulary's rows."""
    values: list[Any] = []
    for leaf in program.leaves:
        tensor = torch.from_numpy(leaf.array.copy())
        tensor = tensor.to(getattr(torch, dtype)) if leaf.kind == "real" else tensor
        values.append(tensor.requires_grad_(leaf.requires_grad))
    for made in program.calls:
        args = [values[a] if isinstance(a, int) else a.value for a in made.args]
        if made.op == "item":
            values.append(args[0][made.keywords["index"]])
        else:
            values.append(find(made.op).torch(torch, *args, **made.keywords))
    last = values[program.outputs[-1]]
    assert last.dtype == getattr(torch, dtype)
    found = torch.autograd.grad(last, [values[i] for i in program.wanted], materialize_grads=True)
    gradients: list[Any] = [None] * len(program.leaves)
    for i, g in zip(program.wanted, found, strict=True):
        gradients[i] = g.double().numpy()
    return last.double().item(), gradients


@pytest.mark.parametrize("dtype", SIGNIFICANT)
def test_a_certified_program_is_bit_equal_at_the_dtype(dtype):
    certified = 0
    singles = [t for op in VOCABULARY if VOCABULARY[op].exact for t in drawn(op, 12) if t.whole]
    for trial in [*grown(150, whole=True), *singles]:
        try:
            truth = exact.solve(trial.program, trial.integers())
        except UnsupportedError:
            continue
        if truth.bits <= SIGNIFICANT[dtype]:
            certified += 1
            value, gradients = in_torch(trial.program, dtype)
            assert value == truth.value, trial.program
            assert exact.along(gradients, trial.integers()) == truth.tangent, trial.program
    assert certified >= 60


def test_beyond_the_bits_a_dtype_does_round():
    program = one_op("add", x(2048.0), x(1.0))
    assert exact.solve(program, directions(program, 1, 1)).bits == 12 > SIGNIFICANT["float16"]
    assert in_torch(program, "float16")[0] == 2048.0


def test_a_gradient_can_need_more_bits_than_the_value():
    calls = (call("multiply", 0, 1), call("subtract", 2, 2))
    program = Program((x(64.0), x(31.0)), calls, (3,))  # 0, but its terms are 1984
    assert exact.solve(program, directions(program, 1, 1)).bits == 13


@pytest.mark.parametrize(
    ("gradients", "direction", "want"),
    [
        ([np.array([1.0, 2.0])], [np.array([10, 100])], 210),
        ([np.array([1.0]), None], [np.array([10]), None], 10),
        ([np.array([1.0]), None], [np.array([10]), np.array([7])], 10),
        ([np.array([-0.0])], [np.array([10])], 0),
        ([np.array([2.0**100])], [np.array([3])], 3 * 2**100),
        ([np.zeros(0)], [np.zeros(0, int)], 0),
        ([np.array(3.0, dtype=np.float16)], [np.array(2**30 - 1)], 3 * (2**30 - 1)),
        ([np.array([1.0 + 2.0**-52])], [np.array([10])], None),
        ([np.array([1.0, np.nan])], [np.array([10, 100])], None),
        ([np.array([np.inf])], [np.array([0])], None),
    ],
)
def test_a_gradient_along_a_direction_in_exact_integers(gradients, direction, want):
    assert exact.along(gradients, direction) == want


def test_directions_are_30_bits_and_repeat():
    program = one_op("multiply", x(*[1.0] * 500), c(2.0))
    first, constant = exact.directions(program, 7)
    assert constant is None
    np.testing.assert_array_equal(first, exact.directions(program, 7)[0])
    assert (first != exact.directions(program, 8)[0]).any()
    assert 2**29 < np.abs(first).max() < 2**30
