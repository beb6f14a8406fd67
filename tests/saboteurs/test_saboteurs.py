"""Each saboteur is caught by its suite; made whole again, the engine passes."""

import inspect
import sys
from contextlib import nullcontext
from typing import get_args

import gradassay.suites.saboteurs.engines as door
import pytest
from gradassay.oracles.program import Program
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Check
from gradassay.suites.adapter import op_table
from gradassay.suites.engines.reference import Reference
from gradassay.suites.host import open_engine
from gradassay.suites.numerics import judged as judged_special
from gradassay.suites.run import Session
from gradassay.suites.saboteurs import BY_CHECKS, BY_PROGRAMS, PARTS, SABOTEURS, Saboteur
from gradassay.suites.saboteurs.__main__ import CHECKS, HEAD, main
from gradassay.suites.saboteurs.escapes import ESCAPES
from gradassay.suites.saboteurs.hunt import hunt, judged, kills, opened
from gradassay.suites.saboteurs.patch import scaled, vjp
from gradassay.suites.saboteurs.saboteur import Kind
from gradassay.suites.trial import Trial

ENGINE = Reference.torch
MODULES = [m for name, m in sys.modules.items() if name.startswith(ENGINE.__name__)]
OWNERS = [owner for m in MODULES for owner in (m, *filter(inspect.isclass, vars(m).values()))]
"""What the breakages replace attributes of."""
OPS = op_table(VOCABULARY)
WIDE = {
    *("reused", "float32", "unbroadcast", "unit_axis", "first_slot", "interned", "memory_order"),
    "unsorted",
}
"""Faults that show at more ops than the one whose programs are tried."""
GUILTY = {s.name: s.op for s in BY_PROGRAMS.values() if s.op and s.name not in WIDE} | {
    "stale": "tanh"
}
"""The op that is broken, where it is one alone."""


@pytest.fixture(scope="module")
def catches():
    """Each saboteur hunted once."""
    return {name: hunt(saboteur) for name, saboteur in BY_PROGRAMS.items()}


@pytest.fixture(scope="module")
def session():
    """The engine as it is, open in this process."""
    with open_engine("reference", OPS, in_process=True) as handle:
        yield Session(handle)


def state():
    """All that a breakage replaces."""
    return [dict(ENGINE.rules.RULES), *(dict(vars(owner)) for owner in OWNERS)]


def test_there_are_forty_at_least_and_no_name_twice():
    rows = [row for part in PARTS for row in part.ROWS]
    assert len(SABOTEURS) == len(rows) >= 40


def test_no_text_breaks_the_table():
    assert not [s.says for s in (*SABOTEURS.values(), *ESCAPES.values()) if {*"|*"} & {*s.says}]


def test_every_kind_of_fault_has_one():
    assert {s.kind for s in SABOTEURS.values()} == set(get_args(Kind))


@pytest.mark.parametrize("name", BY_PROGRAMS)
def test_is_caught_by_its_suite(catches, name):
    assert catches[name] is not None, f"{name} passed the suite {SABOTEURS[name].suite}"
    assert catches[name].verdict.check == SABOTEURS[name].suite
    assert kills(catches[name].outcome)


@pytest.mark.parametrize("name", GUILTY)
def test_the_broken_op_is_blamed(catches, name):
    assert catches[name].op == GUILTY[name]


def test_nine_of_ten_reduce_to_four_calls_at_most(catches):
    assert sum(catch.calls <= 4 for catch in catches.values()) >= 0.9 * len(catches)


@pytest.mark.parametrize("name", BY_PROGRAMS)
def test_the_whole_engine_passes_what_caught_the_broken_one(catches, session, name):
    verdict = catches[name].verdict
    for program in (verdict.original, verdict.program):
        special = judged_special if verdict.check == "numerics" else None
        trial = Trial.of(Program.from_json(bytes(program)), judged=special)
        assert session.try_(trial, verdict.dtype).outcome == "agrees"


@pytest.mark.parametrize("suite", ["ops", "graphs", "numerics"])
def test_the_whole_engine_passes_the_suite_with_the_same_seed(suite):
    whole = Saboteur("whole", "nothing is broken", "rule", suite, lambda engine: nullcontext())
    assert hunt(whole) is None


@pytest.mark.parametrize("name", SABOTEURS)
def test_is_undone_exactly_even_if_the_block_raises(name):
    before = state()
    with pytest.raises(KeyError), SABOTEURS[name].broken():
        assert state() != before
        raise KeyError
    assert state() == before


def test_an_adapter_breaks_the_engine_for_as_long_as_it_lives():
    before = state()
    adapter = door.sign()
    assert state() != before
    del adapter
    assert state() == before


def test_nothing_of_the_engine_remembers_a_broken_forward(catches):
    for ops in ENGINE.rules.OPS_OF.values():
        for name, op in vars(ops).items():
            if name in ENGINE.rules.RULES and op.args != (name,):
                assert op.func is ENGINE.rules.RULES[name].forward


@pytest.mark.parametrize("name", ["swapped", "third_use"])
def test_is_caught_in_a_worker_process(catches, name):
    with open_engine(f"{door.__file__}:{name}", OPS) as handle:
        assert handle.hello.name == f"saboteur:{name}"
        session = opened(handle, SABOTEURS[name].op)
        cases = judged(session, SABOTEURS[name].suite)
        kill = next(case for _, case in cases if kills(case.outcome))
    assert kill.outcome == catches[name].outcome
    assert kill.id == Program.from_json(bytes(catches[name].verdict.original)).id


def test_a_name_that_is_no_saboteur_has_a_hint():
    with pytest.raises(Exception, match="has no 'swaped'; did you mean 'swapped'"):
        open_engine(f"{door.__file__}:swaped", OPS, in_process=True)


def test_the_tables_are_shown_and_written(monkeypatch, tmp_path, capsys, catches):
    monkeypatch.setattr("gradassay.suites.saboteurs.__main__.hunt", lambda s, seed: catches[s.name])
    page = tmp_path / "saboteurs.md"
    assert main(["--write", str(page)]) == 0
    tables = capsys.readouterr().out.strip().split("\n\n")
    assert all(table in page.read_text() for table in tables)
    first = [[row.split(" | ")[0].strip("| ") for row in table.splitlines()] for table in tables]
    checks = [check for s in BY_CHECKS.values() for check in s.check.split()]
    assert first == [[HEAD[0], "---", *BY_PROGRAMS], [CHECKS[0], "---", *checks]]


def test_the_tables_fail_for_a_saboteur_that_is_not_caught(monkeypatch, capsys):
    made = "gradassay.suites.saboteurs.__main__."
    passed = Check("S1", "L1", "MUST", "holds", "")
    monkeypatch.setattr(made + "hunt", lambda s, seed: None)
    monkeypatch.setattr(made + "tried", lambda s: [passed])
    assert main([]) == 1
    assert capsys.readouterr().out.count("**not caught**") == len(BY_PROGRAMS) + len(BY_CHECKS)


def test_another_vjp_leaves_the_other_slots_as_they_are():
    x, y = (ENGINE.tensor([3.0, 5.0], requires_grad=True) for _ in range(2))
    with scaled("div", 10, slot=1)(ENGINE):
        (x / y).sum().backward()
    assert x.grad.tolist() == pytest.approx([1 / 3, 1 / 5])
    assert y.grad.tolist() == pytest.approx([-10 / 3, -10 / 5])


def test_another_vjp_sees_all_that_the_forward_had_and_can_ask_the_right_one_again():
    seen = []

    def wrong(right, ops, g, out, x, *, dim, keepdim):
        seen.append((out.item(), x.tolist(), dim))
        return right(g) + right(2 * g, keepdim=False)

    x = ENGINE.tensor([1.0, 2.0], requires_grad=True)
    with vjp("sum", wrong)(ENGINE):
        x.sum().backward()
    assert seen == [(3.0, [1.0, 2.0], (0,))]
    assert x.grad.tolist() == [3.0, 3.0]
