"""One loop, with an engine that is wrong on request: records, verdicts, scripts that run alone."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Case, Refusal, Tally, Verdict, encode
from gradassay.suites.adapter import Hello, op_table
from gradassay.suites.host import open_engine
from gradassay.suites.judge import Judgement, Rules
from gradassay.suites.run import Plan, Session, run, trials
from gradassay.suites.standalone import script
from gradassay.suites.trial import Trial

TINY = Path(__file__).parent / "tiny.py"
ALONE = """
import runpy, sys
sys.modules["gradassay"] = None  # importing it would be an error
runpy.run_path(sys.argv[1], run_name="__main__")
"""
BESIDE = """
import numpy as np
from beside import SLOPE


class Adapter:
    name, version, ranks, ops = "beside", "1", {0}, {"negative": np.negative}

    def value_and_grad(self, f, arrays):
        return f(*arrays), [np.full(a.shape, SLOPE) for a in arrays]
"""


@pytest.fixture
def session():
    return opened("Tiny")


def opened(attribute: str, only: frozenset[str] | None = None) -> Session:
    session = Session(
        open_engine(f"{TINY}:{attribute}", op_table(VOCABULARY), in_process=True), only
    )
    list(session.probe())
    return session


def records(session: Session, op: str = "sin", count: int = 40, seed: int = 0, **more) -> list:
    return list(
        run(Plan(check="ops" if op else "graphs", op=op, count=count, seed=seed, **more), session)
    )


def verdicts(found: list) -> list[Verdict]:
    return [r for r in found if isinstance(r, Verdict)]


def alone(text: str, folder: Path, fault: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "failure.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-c", ALONE, "failure.py"],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "TINY_FAULT": fault},
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("op", ["add", "multiply", "sin", "sum", ""])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_engine_without_fault_agrees(session, op, dtype):
    check_agreement(records(session, op, dtype=dtype))


@pytest.mark.parametrize("op", ["add", "multiply", "sin", "sum", ""])
def test_a_functional_engine_without_fault_agrees(op):
    check_agreement(records(opened("Functional"), op))


def check_agreement(found):
    (tally,) = (r for r in found if isinstance(r, Tally))
    assert not verdicts(found)
    assert tally.counts.keys() <= {"agrees", "tie", "no power"}
    assert sum(tally.counts.values()) == 40
    assert len([r for r in found if isinstance(r, Case)]) == 40 - tally.counts.get("tie", 0)


OUTCOME = {  # fault: the outcome that it becomes
    **{f: f for f in ("wrong gradient", "wrong value", "wrong shape", "wrong dtype", "raised")},
    "missing": "missing gradient",
    "unasked": "unasked gradient",
    "mutated": "mutated input",
}


@pytest.mark.parametrize("fault", OUTCOME)
def test_a_fault_becomes_a_verdict(session, monkeypatch, fault):
    monkeypatch.setenv("TINY_FAULT", fault)
    found = verdicts(records(session))
    assert {v.outcome for v in found} == {OUTCOME[fault]}
    for v in found:
        program = Program.from_json(msgspec.json.encode(v.program))
        assert program.id == v.id
        assert v.text == str(program)
        assert len(v.nodes) == len(program.leaves) + len(program.calls)
        assert v.message and v.script and v.replay and v.cases
    assert any(v.first_wrong >= 0 and v.nodes[v.first_wrong].wrong for v in found)


def test_a_wrong_rule_is_blamed_and_cut_to_one_call(monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "wrong gradient")
    for op in ("sin", ""):
        found = verdicts(records(opened("Tiny"), op))
        assert found
        assert {v.op for v in found} == {"sin"}
        assert {tuple(v.ops) for v in found} == {("sin",)}
        for v in found:
            assert v.nodes[v.first_wrong].op == "sin"
            (row,) = v.rows
            assert row.wrong
            assert float(row.got) == pytest.approx(-float(row.want))
            assert v.hint == ("Every entry has the wrong sign. The derivative of sin(x) is cos(x).")
            assert Program.from_json(msgspec.json.encode(v.original)).id in v.cases


def test_a_lost_contribution_is_cut_to_one_reuse(session, monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "lost")
    found = verdicts(records(session, "", count=40))
    assert found
    for v in found:
        assert v.outcome == "wrong gradient"
        assert len(v.ops) <= 3, v.text
        assert v.op in ("add", "multiply")


def test_a_refusal_is_counted_and_no_verdict(session, monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "declined")
    found = records(session)
    assert not verdicts(found)
    (tally,) = (r for r in found if isinstance(r, Tally))
    assert tally.counts == {"declined": 40}
    said = "NotImplementedError: no sin today"
    assert tally.declined == [Refusal(op="sin", count=40, message=said)]


def test_in_a_random_graph_the_op_that_declined_is_named(session, monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "declined")
    (tally,) = (r for r in records(session, "") if isinstance(r, Tally))
    (refusal,) = tally.declined
    assert (refusal.op, refusal.count) == ("sin", tally.counts["declined"])
    assert refusal.count < 40


def test_a_refusal_of_the_sweep_is_of_the_op_that_the_programs_are_about(session, monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "no sweep")
    (tally,) = (r for r in records(session) if isinstance(r, Tally))
    (refusal,) = tally.declined
    assert (refusal.op, refusal.count) == ("sin", 40)
    assert refusal.message.startswith("NotImplementedError: no sweep today today")
    assert len(refusal.message) == 200


def test_an_engine_that_changes_its_answers_is_not_repeatable(session, monkeypatch):
    turns = itertools.count()
    answers = session.handle.answers

    def moody(programs, dtype="float64", device="cpu", again=False):
        monkeypatch.setenv("TINY_FAULT", "wrong gradient" if next(turns) == 0 else "")
        yield from answers(programs, dtype, device)

    monkeypatch.setattr(session.handle, "answers", moody)
    found = verdicts(records(session, count=20))
    assert {v.outcome for v in found} == {"not repeatable"}


@pytest.mark.parametrize("fault", OUTCOME)
def test_the_script_of_a_verdict_fails_alone_until_the_fault_is_gone(
    session, monkeypatch, tmp_path, fault
):
    monkeypatch.setenv("TINY_FAULT", fault)
    for v in verdicts(records(session, count=12))[:2]:
        wrong, mended = alone(v.script, tmp_path, fault), alone(v.script, tmp_path)
        assert wrong.returncode == 1, wrong.stderr
        assert mended.returncode == 0, mended.stdout + mended.stderr
        assert "as it should be" in mended.stdout


def test_the_script_shows_got_beside_expected(session, monkeypatch, tmp_path):
    monkeypatch.setenv("TINY_FAULT", "wrong gradient")
    v = verdicts(records(session, count=12))[0]
    shown = alone(v.script, tmp_path, "wrong gradient").stdout
    assert f"x0.grad is {v.got}, float64, but should be {v.want}" in shown


def test_a_functional_engine_has_a_script_as_well(monkeypatch, tmp_path):
    monkeypatch.setenv("TINY_FAULT", "wrong gradient")
    v = verdicts(records(opened("Functional"), count=12))[0]
    assert alone(v.script, tmp_path, "wrong gradient").returncode == 1
    assert alone(v.script, tmp_path).returncode == 0


@pytest.mark.parametrize("attribute", ["Tiny", "Functional"])
def test_the_script_of_any_program_passes_on_an_engine_without_fault(attribute, tmp_path):
    """Layouts, early outputs, unused branches, sizes of 0: all are written as they were run."""
    session = opened(attribute)
    texts = []
    for op in ("", "sum", "multiply"):
        plan = Plan(check="script", op=op, count=12)
        for trial in trials(plan, session):
            if isinstance(trial, Trial):
                text = script(
                    trial, Judgement("agrees"), plan, session.handle.hello, session.rules("float64")
                )
                texts.append(text)
    for i, text in enumerate(texts):
        (tmp_path / f"{i}.py").write_text(text, encoding="utf-8")
    every = (
        "import runpy, sys; sys.modules['gradassay'] = None\n"
        f"for i in range({len(texts)}):\n"
        "    try: runpy.run_path(f'{i}.py', run_name='__main__')\n"
        "    except SystemExit as e: assert not e.code, i\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", every],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-1500:]
    assert len(texts) >= 30


def test_where_nothing_rounds_a_script_has_no_tolerance():
    program = Program((Leaf.of(3.0, True), Leaf.of(2.0)), (call("multiply", 0, 1),), (2,))
    with open_engine("reference", op_table(VOCABULARY), in_process=True) as handle:
        texts = [
            script(Trial.of(program), Judgement("wrong value", oracle), Plan(check="ops"),
                   handle.hello, Rules())
            for oracle in ("exact", "taylor")
        ]  # fmt: skip
    exact, rounded = ([t for t in text.splitlines() if t.startswith("    (")] for text in texts)
    assert all(line.endswith(", 0),") or ", None, " in line for line in exact)
    assert not any(line.endswith(", 0),") for line in rounded)


def test_the_script_finds_what_lies_beside_the_adapter(tmp_path, monkeypatch):
    (tmp_path / "beside.py").write_text("SLOPE = 2.0\n", encoding="utf-8")
    (tmp_path / "adapter.py").write_text(BESIDE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    handle = open_engine("adapter.py:Adapter", op_table(VOCABULARY), in_process=True)
    session = Session(handle, spec="adapter.py:Adapter")
    v = verdicts(records(session, "negative", count=6))[0]
    done = alone(v.script, tmp_path)
    assert "but should be" in done.stdout, done.stderr


def test_an_adapter_without_text_has_no_script():
    hello = Hello("far", "1", "tape", {})
    plan = Plan(check="ops", op="sin")
    trial = next(t for t in trials(plan, opened("Tiny")) if isinstance(t, Trial))
    text = script(trial, Judgement("raised"), plan, hello, Rules())
    assert text.startswith("# The text of the adapter is not known")


# ---- a run is a function of its seed


def without_times(found: list) -> list[bytes]:
    return [
        encode(msgspec.structs.replace(r, cpu_seconds=0.0) if isinstance(r, Tally) else r)
        for r in found
    ]


@pytest.mark.parametrize("op", ["sin", ""])
def test_the_same_seed_gives_the_same_records(monkeypatch, op):
    monkeypatch.setenv("TINY_FAULT", "wrong gradient")
    first, again = (without_times(records(opened("Tiny"), op, seed=3)) for _ in range(2))
    assert first == again


def test_another_seed_gives_other_programs(session):
    assert {r.id for r in records(session, "", seed=1) if isinstance(r, Case)}.isdisjoint(
        r.id for r in records(session, "", seed=2) if isinstance(r, Case)
    )


def test_a_program_does_not_depend_on_how_many_are_asked_for(session):
    few, many = (
        [t.id for t in trials(Plan(check="ops", op="sin", count=n), session)] for n in (5, 20)
    )
    assert many[:5] == few


def test_programs_of_other_checks_are_others(session):
    a, b = ([t.id for t in trials(Plan(check=c, op="sin", count=9), session)] for c in ("a", "b"))
    assert set(a).isdisjoint(b)


# ---- what a session knows of its engine


def test_a_session_offers_what_the_engine_has():
    assert opened("Tiny").ops == ("add", "multiply", "sin", "sum")
    assert opened("Tiny", frozenset({"sin", "exp"})).ops == ("sin",)


def test_ops_that_are_not_asked_for_still_serve_programs():
    found = records(opened("Tiny", frozenset({"sin"})))
    assert any("multiply" in r.ops for r in verdicts(found)) or found


@pytest.mark.parametrize("only", [None, {"multiply"}, {"add"}, {"matmul"}])
@pytest.mark.parametrize(("engine", "gives_all"), [("micrograd", True), (f"{TINY}:Tiny", False)])
def test_whether_a_leaf_that_asked_for_none_gets_a_gradient_is_found_out(engine, gives_all, only):
    session = Session(
        open_engine(engine, op_table(VOCABULARY), in_process=True), only and frozenset(only)
    )
    list(session.probe())
    assert session.gives_all == gives_all


def test_a_keyword_that_the_engine_refuses_is_not_drawn_again(tmp_path):
    wide = "def total(x, axis=None, keepdims=False):"
    narrow = "def total(x, axis=None):\n    keepdims = False"
    text = TINY.read_text(encoding="utf-8").replace(wide, narrow)
    (tmp_path / "narrow.py").write_text(text, encoding="utf-8")
    handle = open_engine(f"{tmp_path}/narrow.py:Tiny", op_table(VOCABULARY), in_process=True)
    session = Session(handle)
    list(session.probe())
    assert session.without == {("sum", "keepdims")}
    found = records(session, "sum")
    assert not verdicts(found)
    assert {r.outcome for r in found if isinstance(r, Case)} == {"agrees"}
