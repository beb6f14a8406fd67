"""An op that kills the engine is blamed for it, once, in its smallest form."""

from pathlib import Path

from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Case, Verdict
from gradassay.suites.adapter import op_table
from gradassay.suites.host import open_engine
from gradassay.suites.run import Plan, Session, run

ENGINE = Path(__file__).with_name("brittle.py")


def test_a_crash_is_of_the_op_that_dies_and_withdraws_no_other():
    session = Session(open_engine(f"{ENGINE}:Brittle", op_table(VOCABULARY)))
    plans = [Plan(check="graphs", count=60), Plan(check="ops", op="negative", count=40)]
    with session.handle:
        list(session.probe())
        found = [record for plan in plans for record in run(plan, session)]
    crashes = [r for r in found if isinstance(r, Verdict)]
    assert {(v.op, v.outcome) for v in crashes} == {("negative", "crashed")}
    assert min(len(v.nodes) for v in crashes) == 3  # a leaf, the op, and the sum that ends it
    assert set(session.handle.withdrawn) == {"negative"}
    outcomes = [r.outcome for r in found if isinstance(r, Case)]
    assert outcomes.count("crashed") == 3  # three of the programs that were drawn, and no more
    assert "agrees" in outcomes
