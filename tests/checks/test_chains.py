"""Long chains in a script: the verbs that make and measure them, and what is expected of them."""

import gc

import msgspec
import numpy as np
import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.adapter import Failure, Result, op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner, lacks
from gradassay.suites.checks.judge import judge
from gradassay.suites.checks.reduce import without
from gradassay.suites.checks.script import Builder
from gradassay.suites.host import open_engine

OPS = op_table(VOCABULARY)
TAPE, FUNCTIONAL, RECURSIVE = "reference", "autograd", "micrograd"


@pytest.fixture(scope="module")
def engines():
    """One of each style, and one that recurses, in this process."""
    opened = {
        name: open_engine(name, OPS, in_process=True) for name in (TAPE, FUNCTIONAL, RECURSIVE)
    }
    yield opened
    for handle in opened.values():
        handle.close()


def played(handle, s: Builder):
    steps = s.script().steps
    return handle.script(msgspec.json.encode(steps), len(steps))


@pytest.mark.parametrize("engine", [TAPE, FUNCTIONAL, RECURSIVE])
def test_an_op_is_repeated_on_its_own_result(engines, engine):
    s = Builder()
    x, c = s.leaf(3.0), s.leaf(2.0)
    y = s.repeat("multiply", 5, x, c)
    s.gradients(y, {x: 32.0, c: 240.0}, "3c⁵ at c = 2")
    assert judge(s.script(), played(engines[engine], s)).outcome == "holds"


def test_what_is_forgotten_is_none_to_later_steps(engines):
    s = Builder()
    x = s.leaf(3.0)
    s.step("forget", x)
    s.step("value", x)
    assert played(engines[TAPE], s)[2].none


def test_cycles_are_counted(engines):
    def found(handle):
        s = Builder()
        x, c = s.leaf(3.0), s.constant(1.0)
        s.step("collect", begin=True)
        s.step("forget", s.repeat("multiply", 50, x, c))
        s.step("collect")
        return played(handle, s)[-1].array

    assert found(engines[TAPE]) < 10 < 50 <= found(engines[RECURSIVE])
    assert gc.isenabled()


@pytest.mark.parametrize("what", ["time", "memory"])
@pytest.mark.parametrize("engine", [TAPE, FUNCTIONAL])
def test_growth_is_a_ratio_near_8(engines, engine, what):
    s = Builder()
    x, c = s.leaf(3.0), s.constant(1.0)
    s.step("growth", x, c, op="multiply", what=what)
    assert 4 < played(engines[engine], s)[-1].array < 24


def test_a_chain_is_not_for_an_engine_that_takes_short_ones_only(engines):
    hello = msgspec.structs.replace(
        engines[TAPE].hello, limits=msgspec.structs.replace(engines[TAPE].hello.limits, max_chain=9)
    )
    assert "at most 9 ops" in lacks(CLAUSES["R1"].script(), hello, "float64")
    assert lacks(CLAUSES["S1"].script(), hello, "float64") == ""


def test_no_derivative_beyond_the_order_that_is_offered(engines):
    said = lacks(CLAUSES["H1"].script(), engines[RECURSIVE].hello, "float64")
    assert said == "the engine has no derivatives of order 3"


@pytest.mark.parametrize("check", [f"H{n}" for n in range(1, 11) if n not in (7, 9)])
def test_a_functional_engine_takes_part_in_higher_orders(engines, check):
    found = Examiner(engines[FUNCTIONAL]).check(CLAUSES[check])
    assert found.outcome == "holds", found.message


def of(*arrays):
    return [Result(array=np.asarray(a)) for a in arrays]


@pytest.mark.parametrize(
    ("given", "outcome"),
    [(of(3.0), "holds"), (of(4.0), "holds"), (of(4.5), "differs"), (of(np.nan), "differs")],
)
def test_at_most(given, outcome):
    s = Builder()
    s.at_most(s.step("collect"), 4.0, "why")
    assert judge(s.script(), given).outcome == outcome


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ([1.0, np.nan], [1.0, np.nan], "holds"),
        ([0.0], [-0.0], "differs"),
        ([1.0], [1.0 + 2.0**-52], "differs"),
        ([[1.0]], [1.0], "differs"),
    ],
)
def test_alike_is_bit_for_bit(first, second, outcome):
    s = Builder()
    x, y = s.leaf([0.0]), s.leaf([0.0])
    s.alike(s.value(x), s.value(y))
    found = judge(s.script(), of([0.0], [0.0], first, second))
    assert found.outcome == outcome


def test_what_must_be_alike_is_reduced_together():
    s = Builder()
    x = s.leaf([0.0])
    first, unused, second = s.value(x), s.leaf(1.0), s.value(x)
    s.alike(second, first)
    cut = without(s.script(), unused)
    assert [(e.step, e.to) for e in cut.expected] == [(2, 1)]
    assert not without(s.script(), first).expected


def test_an_error_in_a_chain_is_no_number():
    s = Builder()
    s.at_most(s.step("collect"), 4.0)
    failed = [Result(error=Failure("raised", "RecursionError", "too deep"))]
    assert judge(s.script(), failed).outcome == "differs"
