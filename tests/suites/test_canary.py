"""A program that fails and spoils the engine for those after it: these are not blamed."""

from collections import Counter
from pathlib import Path

import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Case, Verdict
from gradassay.suites.adapter import op_table
from gradassay.suites.canary import wrong
from gradassay.suites.host import open_engine
from gradassay.suites.run import Plan, Session, run
from gradassay.suites.trial import Trial

ENGINE = Path(__file__).with_name("spoiling.py")
PLANS = [
    Plan(check="ops", op="negative", count=40),
    Plan(check="ops", op="sin", count=40),
    Plan(check="graphs", count=40),
]


def session_of(name, **options):
    return Session(open_engine(f"{ENGINE}:{name}", op_table(VOCABULARY), **options))


def found(name, **options):
    session = session_of(name, **options)
    with session.handle:
        list(session.probe())
        return [record for plan in PLANS for record in run(plan, session)], session


@pytest.fixture(scope="module")
def cleared():
    return found("Cleared")[0]


@pytest.fixture(scope="module")
def spoiling():
    return found("Spoiling")[0]


def outcomes(records):
    return [(r.op, r.id, r.outcome) for r in records if isinstance(r, Case)]


def verdicts(records):
    return {(r.op, r.outcome): r for r in records if isinstance(r, Verdict)}


def test_each_program_has_the_outcome_that_it_has_alone(cleared, spoiling):
    counts = Counter(outcome for _, _, outcome in outcomes(cleared))
    assert counts["raised"] > 10 < counts["agrees"]
    assert outcomes(spoiling) == outcomes(cleared)


def test_what_is_found_is_the_fault_and_that_it_spoils(cleared, spoiling):
    assert verdicts(cleared).keys() == {("negative", "raised")}
    ((_, spoilt),) = verdicts(spoiling).keys() - verdicts(cleared).keys()
    assert spoilt == "not repeatable"
    (verdict,) = (v for v in verdicts(spoiling).values() if v.outcome == spoilt)
    assert "`reset()`" in verdict.hint
    assert "right in a fresh process, and after a program that failed: x0.grad" in verdict.message


def test_a_finding_is_as_small_as_it_is_alone(cleared, spoiling):
    key = "negative", "raised"
    assert verdicts(spoiling)[key].text == verdicts(cleared)[key].text


def test_an_engine_that_no_fresh_process_helps_is_not_called_spoilt():
    _, session = found("Moody")
    assert session.spoilt is None


def test_in_our_own_process_there_is_no_fresh_one():
    _, session = found("Spoiling", in_process=True)
    assert session.spoilt is None


def test_an_engine_that_is_wrong_from_the_start_has_no_canary(monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "wrong dtype")
    session = session_of("Cleared")
    with session.handle:
        list(session.probe())
        assert session.canary is None
        program = Program((Leaf.of(1.0, requires_grad=True),), (call("sin", 0),), (1,))
        assert wrong(session.again(Trial.of(program)))
