"""A program that fails and spoils the engine for those after it: these are not blamed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Case, Verdict
from gradassay.suites.adapter import op_table
from gradassay.suites.canary import AMONG, alone, wrong
from gradassay.suites.findings import Finding, find, tell
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


# ---- what is found is tried alone

REMEMBERING = Path(__file__).with_name("remembering.py")
TINY = Path(__file__).with_name("tiny.py")
X = Leaf.of(np.array([0.5, 1.0]), requires_grad=True)
SIN = Trial.of(Program((X,), (call("sin", 0), call("sum", 1)), (2,)))
BOTH = Trial.of(Program((X,), (call("negative", 0), call("sin", 1), call("sum", 2)), (3,)))
NEGATIVE = Trial.of(Program((X,), (call("negative", 0), call("sum", 1)), (2,)))
GRAPHS = Plan(check="graphs")


def opened(engine, **options):
    session = Session(open_engine(str(engine), op_table(VOCABULARY), **options))
    list(session.probe())
    return session


def told_of(session, trial):
    """The finding that a program gives after another one, and what is told of it."""
    session.again(NEGATIVE)
    finding = find(GRAPHS, session, trial, session.again(trial))
    (told,) = alone(session, GRAPHS, [finding])
    return finding, told


def test_what_only_other_programs_bring_about_says_so():
    session = opened(f"{REMEMBERING}:Remembering")
    with session.handle:
        finding, told = told_of(session, SIN)
        verdict = tell(GRAPHS, session, told)
        assert not wrong(session.again(told.trial))
    assert verdict.message == f"{AMONG}: alone it agrees. {finding.judgement.message}"
    assert (verdict.outcome, verdict.op) == ("wrong gradient", "sin")
    assert "`reset()`" in verdict.hint
    assert AMONG in verdict.script
    assert session.keeps


def test_a_reduced_program_that_is_right_alone_is_given_up_for_the_one_that_is_not():
    session = opened(f"{REMEMBERING}:Remembering")
    with session.handle:
        finding, told = told_of(session, BOTH)
    assert finding.trial.program.ops == ("sin",)
    assert told.trial is BOTH
    assert told.judgement.message.startswith("x0.grad")
    assert told.trial.program.calls[told.wrong - 1].op == "sin"


def test_in_our_own_process_nothing_is_tried_alone():
    session = opened(f"{REMEMBERING}:Remembering", in_process=True)
    finding, told = told_of(session, SIN)
    assert told is finding


@pytest.mark.parametrize("name", ["Remembering", "Cleared"])
def test_every_finding_shows_alone_or_says_that_it_does_not(name):
    session = opened(f"{REMEMBERING}:{name}")
    with session.handle:
        plans = [replace(plan, count=20) for plan in PLANS]
        verdicts = [r for p in plans for r in run(p, session) if isinstance(r, Verdict)]
        for verdict in verdicts:
            session.handle.renew()
            trial = Trial.of(Program.from_json(msgspec.json.encode(verdict.program)))
            assert wrong(session.again(trial)) != verdict.message.startswith(AMONG)
    assert any(v.message.startswith(AMONG) for v in verdicts) == (name == "Remembering")


def test_an_ordinary_fault_costs_one_process_a_plan_and_is_told_as_ever(monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "wrong gradient")
    found, renewed = [], []
    for options in ({}, {"in_process": True}):
        session = opened(f"{TINY}:Tiny", **options)
        renew = session.handle.renew
        monkeypatch.setattr(session.handle, "renew", lambda r=renew: (renewed.append(1), r()))
        with session.handle:
            plans = [Plan(check="ops", op="sin", count=20), Plan(check="ops", op="add", count=8)]
            found.append([r for p in plans for r in run(p, session) if isinstance(r, Verdict)])
    assert found[0] == found[1] != []
    assert len(renewed) == 1
    assert not session.keeps


def test_what_needs_no_fresh_process_gets_none(monkeypatch):
    session = opened(f"{TINY}:Tiny")
    monkeypatch.setattr(session.handle, "renew", pytest.fail)
    with session.handle:
        for outcome in ("crashed", "timed out", "not repeatable", "inaccurate", "raised"):
            finding = Finding(SIN, -1, SIN, replace(session.again(SIN), outcome=outcome), -1)
            assert alone(session, GRAPHS, [finding]) == [finding]
    assert not session.keeps
