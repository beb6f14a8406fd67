"""Programs as data: what is written is read back; what is no program is refused with a reason."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from gradassay.oracles.evaluate import examine, tensors
from gradassay.oracles.program import (
    Call,
    Leaf,
    Program,
    ProgramError,
    Static,
    call,
    decode,
    encode,
)
from gradassay.suites.trial import Trial
from hypothesis import given
from hypothesis import strategies as st

from .programs import c, one_op, trials, x

SQUARE = Program((x(3.0),), (call("multiply", 0, 0),), (1,))
ON_THE_WIRE = (  # 3.0 is 0x4008000000000000, little-endian
    b'{"leaves":[{"kind":"real","shape":[],"data":"AAAAAAAACEA=","requires_grad":true,"layout":"C"}]'
    b',"calls":[{"op":"multiply","args":[0,0]}],"outputs":[1]}'
)


def test_the_json_is_as_documented():
    assert SQUARE.to_json() == ON_THE_WIRE


@given(trials())
def test_json_round_trip(trial: Trial):
    again = Program.from_json(trial.json)
    assert again == trial.program
    assert again.id == trial.id
    assert again.to_json() == trial.json


@given(trials())
def test_a_drawn_program_runs_again_to_the_same_values(trial: Trial):
    """Facts of integer programs come from float64 itself, others from the real part of a run."""
    again, rounding = examine(trial.program), 0.0 if trial.whole else 1e-11
    for a, b in zip(again.values, trial.facts.values, strict=True):
        for one, other in zip(tensors([a]), tensors([b]), strict=True):
            np.testing.assert_allclose(one, other, rtol=rounding, atol=rounding)
    assert again.margin == pytest.approx(trial.facts.margin, abs=rounding)
    assert again.distance == pytest.approx(trial.facts.distance, abs=rounding)
    assert again.signature == trial.facts.signature


@given(trials())
def test_the_text_names_every_value_once(trial: Trial):
    lines = str(trial.program).splitlines()
    count = len(trial.program.leaves) + len(trial.program.calls)
    assert len({line.split(" = ")[0] for line in lines[:-1]}) == count == len(lines) - 1
    assert lines[-1].startswith("return ")


def test_the_id_is_the_same_in_another_process():
    load = "from gradassay.oracles.program import Program"
    code = f"{load}; print(Program.from_json({ON_THE_WIRE!r}).id)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == SQUARE.id


@pytest.mark.parametrize(
    "other",
    [
        Program((x(4.0),), SQUARE.calls, (1,)),
        Program((c(3.0),), SQUARE.calls, (1,)),
        Program((x(3.0, layout="F"),), SQUARE.calls, (1,)),
        Program((x([3.0]),), SQUARE.calls, (1,)),
        Program(SQUARE.leaves, (call("add", 0, 0),), (1,)),
        Program(SQUARE.leaves, (call("multiply", 0, 0, axis=0),), (1,)),
        Program(SQUARE.leaves, SQUARE.calls, (0, 1)),
        Program((x(-0.0),), SQUARE.calls, (1,)),
    ],
)
def test_the_id_changes_with_anything_in_the_program(other):
    assert other.id != SQUARE.id
    assert len(other.id) == 12


@pytest.mark.parametrize(
    ("leaf", "text"),
    [
        (x(0.5), "leaf(0.5, requires_grad=True)"),
        (c(1.0, 2.0), "leaf([1., 2.])"),
        (Leaf.of([True, False]), "mask([ True, False])"),
        (Leaf.of([1, -2]), "integers([ 1, -2])"),
        (Leaf.of(1 + 2j), "complex(1.+2.j)"),
        (x(np.zeros((0, 2))), "leaf([], shape=(0, 2), requires_grad=True)"),
        (x([[1.0], [2.0]], layout="reversed"),
         "leaf([[1.], [2.]], layout='reversed', requires_grad=True)"),
    ],
)  # fmt: skip
def test_a_leaf_as_text(leaf, text):
    assert str(Program((leaf,), (), (0,))) == f"x0 = {text}\nreturn x0"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (call("sum", 0, axis=(0, -1), keepdims=True), "sum(x0, axis=(0, -1), keepdims=True)"),
        (call("pow", 0, Static(2)), "pow(x0, 2)"),
        (Call("pow", (0, Static({"f": "nan"}))), "pow(x0, nan)"),
        (call("sum", 0, axis=None), "sum(x0, axis=None)"),
    ],
)
def test_a_call_as_text(made, text):
    assert SQUARE.describe_call(made) == text


@pytest.mark.parametrize("array", [
    np.array([1.5, -0.0, np.inf, np.nan]),
    np.array([[1, 2, 3]], dtype=np.int32).T,
    np.array(2.5, dtype=np.float32),
    np.arange(6.0).reshape(2, 3)[::-1, ::2],
    np.array([1 + 2j]),
    np.array([[True], [False]]),
    np.zeros((3, 0)),
    np.array([1.0, 2.0], dtype=">f8"),
])  # fmt: skip
def test_a_leaf_holds_what_it_was_given(array):
    np.testing.assert_array_equal(Leaf.of(array).array, array, strict=False)
    assert Leaf.of(array).array.shape == array.shape


def test_a_leafs_entries_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        SQUARE.leaves[0].array[...] = 1


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
))  # fmt: skip
def test_a_parameter_is_read_back_as_it_was(value):
    wire = msgspec.json.decode(msgspec.json.encode(encode(value)))
    assert repr(decode(wire)) == repr(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_non_finite_parameter_is_no_json_number(value):
    assert encode(value) == {"f": repr(value)}


@pytest.mark.parametrize(
    ("calls", "outputs", "order"),
    [
        ([call("multiply", 0, 0)], (1,), 1),
        ([call("multiply", 0, 0), call("grad", 1, 0)], (2,), 2),
        ([call("multiply", 0, 0), call("grad", 1, 0)], (1,), 1),
        ([call("multiply", 0, 0), call("grad", 1, 0), call("grad", 2, 0)], (3,), 3),
    ],
)
def test_the_order_counts_nested_derivatives(calls, outputs, order):
    assert Program((x(3.0),), tuple(calls), outputs).order == order


def edited(**changes):
    return json.dumps({**json.loads(ON_THE_WIRE), **changes})


LEAF = json.loads(ON_THE_WIRE)["leaves"][0]
NO_PROGRAMS = {
    "cut short": (ON_THE_WIRE[:60], "not a program: Input data was truncated"),
    "empty": (b"", "not a program: Input data was truncated"),
    "not JSON": (b"hello", "not a program: JSON is malformed"),
    "not text": (b"\xff\xfe", "not a program"),
    "a list": (b"[]", "not a program: Expected `object`, got `array`"),
    "a field missing": (b"{}", "missing required field `leaves`"),
    "no base64": (edited(leaves=[{**LEAF, "data": "A"}]), "not a program"),
    "unknown kind": (edited(leaves=[{**LEAF, "kind": "int"}]), "Invalid enum value 'int'"),
    "unknown layout": (edited(leaves=[{**LEAF, "layout": "K"}]), "Invalid enum value 'K'"),
    "too few bytes": (
        edited(leaves=[{**LEAF, "shape": [2]}]),
        r"leaf 0 holds 8 bytes, but real of shape \(2,\) takes 16",
    ),
    "too many bytes": (
        edited(leaves=[{**LEAF, "shape": [0]}]),
        r"leaf 0 holds 8 bytes, but real of shape \(0,\) takes 0",
    ),
    "negative size": (edited(leaves=[{**LEAF, "shape": [-1, -1]}]), r"shape \(-1, -1\)"),
    "takes itself": (
        edited(calls=[{"op": "add", "args": [0, 1]}]),
        r"value 1 \(add\) takes value 1: not made yet",
    ),
    "takes a later one": (edited(calls=[{"op": "add", "args": [0, 7]}]), "takes value 7"),
    "takes a negative one": (edited(calls=[{"op": "add", "args": [0, -1]}]), "takes value -1"),
    "takes a fraction": (edited(calls=[{"op": "add", "args": [0, 0.5]}]), "not a program"),
    "no outputs": (edited(outputs=[]), r"outputs \(\): expected numbers of the 2 values"),
    "output beyond": (edited(outputs=[2]), r"outputs \(2,\): expected numbers of the 2 values"),
    "output before": (edited(outputs=[-1]), r"outputs \(-1,\)"),
}


@pytest.mark.parametrize(("text", "reason"), NO_PROGRAMS.values(), ids=NO_PROGRAMS.keys())
def test_what_is_no_program_is_refused_in_one_line(text, reason):
    with pytest.raises(ProgramError, match=reason) as caught:
        Program.from_json(text)
    assert "\n" not in str(caught.value)


CANNOT_RUN = {
    "unknown op": (one_op("sinn", x(1.0)), "'sinn' is no op of the vocabulary"),
    "shapes that do not fit": (one_op("add", x(1.0, 2.0), x(1.0, 2.0, 3.0)), "value 2, add: "),
    "too few arguments": (one_op("add", x(1.0)), "value 1, add: "),
    "unknown keyword": (one_op("exp", x(1.0), axis=0), "value 1, exp: "),
    "axis out of range": (one_op("sum", x(1.0), axis=1), "value 1, sum: "),
    "item of a tensor": (
        Program((x(1.0),), (call("item", 0, index=0),), (1,)),
        "value 1, item: ",
    ),
    "a number that is none": (
        Program((x(1.0),), (Call("pow", (0, Static({"f": "two"}))),), (1,)),
        "value 1, pow: ",
    ),
}


@pytest.mark.parametrize(("program", "reason"), CANNOT_RUN.values(), ids=CANNOT_RUN.keys())
def test_what_cannot_run_is_refused_with_its_place(program, reason):
    with pytest.raises(ProgramError, match=reason):
        examine(program)
