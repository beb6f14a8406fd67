"""Every style and every limit: what an adapter declares is what the generator draws.

Each engine enforces its limit, so that one program beyond it is seen; without the declaration the
same engine fails, so that no limit is obeyed by chance.
"""

from collections import Counter
from pathlib import Path

import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Run, Tally
from gradassay.suites.adapter import op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner
from gradassay.suites.facts import end_record
from gradassay.suites.host import inside
from gradassay.suites.plans import PROFILES, dtypes, plans
from gradassay.suites.run import Session, run
from gradassay.suites.worker import Engine, load_file

OPS = op_table(VOCABULARY)
limited = load_file(str(Path(__file__).with_name("limited.py")))


def outcomes(adapter, profile="smoke"):
    """How many programs of a small run came out how."""
    session = Session(inside(Engine(adapter, OPS)), spec="limited")
    list(session.probe())
    counts = Counter()
    for suite in ("ops", "graphs"):
        for plan in plans(suite, session, profile, 0, dtypes(session, None, profile), "cpu"):
            for record in run(plan, session):
                if isinstance(record, Tally):
                    counts.update(record.counts)
    return counts


def without(adapter, limit):
    """The same engine, which does not declare its limit."""
    free = {"ranks": None, "dtypes": "float64"}
    usual = {"zero_dimensional": True, "static": {}, "max_chain": None, "declines": ()}
    return type(adapter.__name__, (adapter,), {limit: {**free, **usual}[limit]})


ENGINES = {
    "ranks": limited.ScalarsAndMatrices,
    "zero_dimensional": limited.NoScalars,
    "static": limited.PlainExponents,
    "dtypes": limited.Single,
    "max_chain": limited.ShortChains,
}
PASSES = {"agrees", "tie", "no power", "not offered"}


@pytest.mark.parametrize("engine", [*ENGINES.values(), limited.Scalars], ids=lambda e: e.__name__)
def test_a_declared_limit_is_obeyed(engine):
    counts = outcomes(engine)
    assert set(counts) <= PASSES
    assert counts["agrees"] > 300
    assert counts["agrees"] > 0.8 * counts.total()


@pytest.mark.parametrize("limit", ENGINES)
def test_without_its_declaration_the_engine_fails(limit):
    counts = outcomes(without(ENGINES[limit], limit))
    assert counts["raised"] > 0


def test_what_an_engine_declines_is_declined_and_counted():
    counts = outcomes(limited.Declines)
    assert set(counts) <= {*PASSES, "declined"}
    assert counts["declined"] > 100 < counts["agrees"]
    assert outcomes(without(limited.Declines, "declines"))["raised"] == counts["declined"]


def test_a_keyword_that_the_engine_lacks_is_not_drawn_again():
    session = Session(inside(Engine(limited.NoKeepdims, OPS)))
    list(session.probe())
    assert {("sum", "keepdims"), ("max", "keepdims")} <= session.without
    assert set(outcomes(limited.NoKeepdims)) <= PASSES


@pytest.mark.parametrize("engine", [limited.Lazy, limited.GlobalTape, limited.Symbolic])
def test_an_engine_of_another_kind_is_right(engine):
    counts = outcomes(engine)
    assert set(counts) <= PASSES
    assert counts["agrees"] > 300


def test_a_global_tape_that_is_not_reset_fills():
    class Forgetful(limited.GlobalTape):
        reset = None

    Forgetful._tape.clear()
    assert outcomes(Forgetful)["raised"] > 0


def test_a_slow_engine_is_given_fewer_programs_and_the_report_says_so():
    class Slow(limited.Scalars):
        slow = 20

    fast, slow = outcomes(limited.Scalars).total(), outcomes(Slow).total()
    assert fast == 20 * slow
    run = Run(
        engine="mine", engine_version="1", spec="mine", style="tape", seed=0, profile="smoke",
        command="", started="", limits={"slow": 20},
    )  # fmt: skip
    tally = Tally(check="ops", op="add", dtype="float64", device="cpu", counts={"agrees": 5})
    said = end_record([run, tally], 0, False, (1.0, 1.0)).sentence
    assert "Counts were divided by 20" in said


def test_every_count_of_a_profile_is_divided_and_none_is_lost():
    small = PROFILES["quick"].divided(1000)
    assert (small.op, small.graphs, small.other_op, small.other_graphs) == (1, (20, 1), 1, (5, 1))
    assert small.numerics == (1, 1)
    assert PROFILES["full"].divided(1) == PROFILES["full"]
    assert PROFILES["smoke"].divided(10).other_op == 0
    assert (small.sparse, PROFILES["quick"].divided(2).sparse) == (4, 2)


def test_a_symbolic_engine_is_not_accused_by_scripts_that_it_cannot_play():
    examiner = Examiner(inside(Engine(limited.Symbolic, OPS)))
    check = examiner.check(CLAUSES["S1"])
    assert (check.outcome, check.message) == (
        "not applicable",
        "scripts of steps are not played on symbolic engines",
    )
