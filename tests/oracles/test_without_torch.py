"""Without PyTorch the noise comes from forward tangents; it must not accuse anybody either."""

import pytest
from gradassay.oracles import pytorch
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.adapter import op_table
from gradassay.suites.host import open_engine
from gradassay.suites.judge import in_full, judge
from gradassay.suites.run import Plan, Session, trials
from gradassay.suites.trial import Trial


@pytest.fixture
def no_torch(monkeypatch):
    def missing(program):
        raise UnsupportedError("PyTorch is not installed")

    monkeypatch.setattr(pytorch, "gradient", missing)


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize(
    ("engine", "dtype"),
    [("reference", "float64"), ("reference", "float32"), ("micrograd", "float64")],
)
def test_nobody_is_accused(engine, dtype):
    with open_engine(engine, op_table(VOCABULARY), in_process=True) as handle:
        session = Session(handle)
        plan = Plan(check="graphs", dtype=dtype, seed=7, count=400)
        list(session.probe())
        drawn = [t for t in trials(plan, session) if isinstance(t, Trial)]
        rules = session.rules(dtype)
        answers = list(handle.answers([t.program for t in drawn], dtype))
        found = {judge(t, a, rules).outcome for t, a in zip(drawn, answers, strict=True)}
    assert found <= {"agrees", "no power", "raised"}  # micrograd raises at 0**0


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize("op", ["divide", "subtract", "sum", "prod", "matmul", "tanh"])
def test_nobody_is_accused_entry_by_entry(op):
    """What 1 - tanh² loses of a rounded tanh only a backward pass shows: not exact, not wrong."""
    with open_engine("reference", op_table(VOCABULARY), in_process=True) as handle:
        session = Session(handle)
        plan = Plan(check="ops", op=op, count=60)
        drawn = [t for t in trials(plan, session) if isinstance(t, Trial)]
        answers = list(handle.answers([t.program for t in drawn]))
        for trial, answer in zip(drawn, answers, strict=True):
            outcome = in_full(trial, answer, session.rules("float64")).outcome
            assert outcome == "agrees" or (op, outcome) == ("tanh", "inaccurate")
