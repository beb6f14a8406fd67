"""The op that is blamed for a value of a wrong shape or dtype is the one that made it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.groups import group_verdicts
from gradassay.reports.records import Verdict
from gradassay.suites.adapter import op_table
from gradassay.suites.findings import investigate
from gradassay.suites.host import open_engine
from gradassay.suites.run import Plan, Session, run
from gradassay.suites.trial import Trial

ENGINE = Path(__file__).parent / "misshapen.py"
X = Leaf.of(np.arange(1.0, 4.0), requires_grad=True)
EXPANDED = {
    "the wrong value itself": ((call("expand_dims", 0, axis=-1), call("sum", 1)), (1, 2)),
    "reshaped before the end": (
        (call("expand_dims", 0, axis=-1), call("reshape", 1, shape=[3]), call("sum", 2)),
        (1, 3),
    ),
    "what was made of it": (
        (call("sin", 0), call("expand_dims", 1, axis=-1), call("sin", 2), call("sum", 3)),
        (3, 4),
    ),
}
"""What is read, and the calls with their outputs."""


@pytest.fixture
def session():
    handle = open_engine(f"{ENGINE}:Misshapen", op_table(VOCABULARY), in_process=True)
    with handle:
        yield Session(handle)


def shown(session: Session, trial: Trial, dtype: str) -> Verdict:
    plan = Plan(check="graphs", dtype=dtype)
    found = investigate(plan, session, trial, session.try_(trial, dtype))
    assert found is not None
    return found


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("read", EXPANDED)
def test_a_wrong_shape_is_of_the_op_that_made_it(session, monkeypatch, read, dtype):
    monkeypatch.setenv("TINY_FAULT", "axis")
    calls, outputs = EXPANDED[read]
    found = shown(session, Trial.of(Program((X,), calls, outputs)), dtype)
    assert (found.outcome, found.op, found.ops) == ("wrong shape", "expand_dims", ["expand_dims"])
    assert [node.op for node in found.nodes if node.wrong] == ["expand_dims"]
    assert found.message.endswith("has shape (1, 2), not (2, 1)")
    (group,) = group_verdicts([found])
    assert (group.op, group.wrong_op) == ("expand_dims", "expand_dims")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_in_random_graphs_no_other_op_has_a_wrong_shape(session, monkeypatch, dtype):
    monkeypatch.setenv("TINY_FAULT", "axis")
    found = run(Plan(check="graphs", count=200, dtype=dtype), session)
    shapes = [r for r in found if isinstance(r, Verdict) and r.outcome == "wrong shape"]
    assert len(shapes) >= 3
    for verdict in shapes:
        assert verdict.op == verdict.nodes[verdict.first_wrong].op == "expand_dims"
        assert Program.from_json(msgspec.json.encode(verdict.program)).id == verdict.id


def test_a_wrong_dtype_is_of_the_op_that_made_it(session, monkeypatch):
    """Every cut ends in a sum: a wide one must not convict what comes before it."""
    monkeypatch.setenv("TINY_FAULT", "wide")
    calls = call("sin", 0), call("sum", 1, axis=0, keepdims=True), call("sin", 2), call("sum", 3)
    found = shown(session, Trial.of(Program((X,), calls, (3, 4))), "float32")
    assert (found.outcome, found.op, found.ops) == ("wrong dtype", "sum", ["sum"])


@pytest.mark.parametrize(
    ("engine", "fault", "op"),
    [("Summing", "wrong gradient", "sin"), ("Dividing", "wrong gradient", "sin"),
     ("Dividing", "unflipped", "flip")],
)  # fmt: skip
def test_an_engine_without_a_product_is_cut_with_what_it_has(monkeypatch, engine, fault, op):
    monkeypatch.setenv("TINY_FAULT", fault)
    calls = call("flip", 0), call("sin", 1), call("reshape", 2, shape=[3]), call("sum", 3)
    with open_engine(f"{ENGINE}:{engine}", op_table(VOCABULARY), in_process=True) as handle:
        found = shown(Session(handle), Trial.of(Program((X,), calls, (4,))), "float64")
    assert (found.outcome, found.op, found.ops[0]) == ("wrong gradient", op, op)
    assert found.nodes[found.first_wrong].op == op


MISLED = Path(__file__).parent / "misled.py"
FOUR = Leaf.of(np.arange(1.0, 5.0), requires_grad=True)
NOTHING = Leaf.of(np.zeros(0), requires_grad=True)
BESIDE = {
    "the end of every cut is broken": (
        "empty",
        (NOTHING,),
        (call("sin", 0), call("sum", 1)),
        ("wrong value", "sum", ["sum"]),
    ),
    "the end of every cut raises": (
        "empty raises",
        (NOTHING,),
        (call("sin", 0), call("sum", 1)),
        ("raised", "sum", ["sum"]),
    ),
    "at the cut it is another difference": (
        "flat",
        (X,),
        (call("negative", 0), call("sum", 1), call("sum", 0), call("add", 2, 3)),
        ("wrong gradient", "negative", ["negative", "sum", "sum", "add"]),
    ),
    "a result is picked": (
        "doubled",
        (FOUR,),
        (call("split", 0, indices_or_sections=2), call("item", 1, index=1), call("sum", 2)),
        ("wrong gradient", "split", ["split", "item", "sum"]),
    ),
}
"""The fault, the leaves, the calls, and what is found: its outcome, op and ops."""


@pytest.mark.parametrize("case", BESIDE)
def test_an_op_beside_the_fault_is_not_blamed(monkeypatch, case):
    fault, leaves, calls, want = BESIDE[case]
    monkeypatch.setenv("TINY_FAULT", fault)
    trial = Trial.of(Program(leaves, calls, (len(leaves) + len(calls) - 1,)))
    with open_engine(f"{MISLED}:Misled", op_table(VOCABULARY), in_process=True) as handle:
        found = shown(Session(handle), trial, "float64")
    assert (found.outcome, found.op, found.ops) == want
    assert found.nodes[found.first_wrong].op == found.op


def test_a_shape_that_no_cut_shows_is_read(monkeypatch):
    """The shapes of all values are compared: a plain sum is the same of any."""
    monkeypatch.setenv("TINY_FAULT", "axis")
    column = Leaf.of(np.ones((3, 1)), requires_grad=True)
    calls = call("expand_dims", 0, axis=-1), call("add", 2, 1), call("sum", 3)
    with open_engine(f"{MISLED}:Plain", op_table(VOCABULARY), in_process=True) as handle:
        found = shown(Session(handle), Trial.of(Program((X, column), calls, (4,))), "float64")
    assert (found.outcome, found.op) == ("wrong value", "expand_dims")
    assert found.nodes[found.first_wrong].op == "expand_dims"


@pytest.mark.parametrize("fault", ["empty", "empty raises", "flat", "doubled"])
def test_over_many_programs_one_op_is_blamed(monkeypatch, fault):
    monkeypatch.setenv("TINY_FAULT", fault)
    guilty = {"flat": "negative", "doubled": "split"}.get(fault, "sum")
    with open_engine(f"{MISLED}:Misled", op_table(VOCABULARY), in_process=True) as handle:
        session = Session(handle)
        list(session.probe())
        plans = [Plan(check="ops", op=op, count=40) for op in session.ops]
        found = [r for p in plans for r in run(p, session) if isinstance(r, Verdict)]
    assert {v.op for v in found} == {guilty}
