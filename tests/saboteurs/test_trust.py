"""What `make trust` measures, on tiny sizes: each figure is seen to be one thing and the other."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.adapter import op_table
from gradassay.suites.engines.reference import Reference
from gradassay.suites.host import open_engine
from gradassay.suites.run import Session
from gradassay.suites.saboteurs import BY_PROGRAMS
from gradassay.suites.saboteurs.escapes import ESCAPES
from gradassay.suites.trust import gradcheck, page, plots, trust
from gradassay.suites.trust.gradcheck import Rival
from gradassay.suites.trust.measures import Alarms, Kill, alarms, kill, plans_over, special_alarms
from gradassay.suites.trust.planted import PLACES, SIZES, Detection, _scaling, detection

ENGINE = Reference.torch
OPS = op_table(VOCABULARY)
X = Leaf.of([0.5, 1.25], requires_grad=True)
SIN = Program((X,), (call("sin", 0), call("sum", 1)), (2,))
CAUGHT = Kill("sign", "rule", "ops", "taylor", "wrong gradient", 1, 3, 0.02)
LATER = Kill("empty", "sizes", "graphs", "exact", "wrong value", 5, 40, 0.5)
ESCAPED = Kill("single", "sizes", "ops")
FREE = [Kill("replaced", "accumulation", "graphs")]
FOUND = [
    Detection(dtype, place, size, 10, 10, 20, alarmed, convicted)
    for dtype in trust.DTYPES
    for place in PLACES
    for size, alarmed, convicted in ((1e-1, 20, 20), (1e-12, 1, 0))
]
CLEAN = Alarms("reference", "float64", 7, {"agrees": 98, "wrong value": 1, "tie": 1}, 2.0, ("`a`",))
OTHERS = [Rival("sign", True, 2, 0.1, 1), Rival("empty", False, 300, 5.0, 0)]

AT = {"replaced": [1.0]}
SHOWS = {"replaced": lambda x: x.sum()}
"""Where each fault that may escape shows, and in what."""


@pytest.fixture(scope="module")
def session():
    """The reference engine, whole, in this process."""
    with open_engine("reference", OPS, in_process=True) as handle:
        yield Session(handle)


def test_half_of_the_programs_are_graphs_and_every_op_has_its_share(session):
    plans = plans_over(1000, session, "float64", 3, "clean")
    assert sum(plan.count for plan in plans) == 1000
    assert {plan.op for plan in plans} == {"", *session.ops}
    assert {plan.seed for plan in plans} == {3}
    assert plans[0].count == pytest.approx(500, abs=len(session.ops) / 2)


@pytest.mark.parametrize(("oracle", "tier"), [("taylor", "truth"), ("exact", "exact")])
def test_a_kill_knows_its_tier(oracle, tier):
    assert Kill("a", "rule", "ops", oracle, "wrong gradient").tier == tier


def test_a_kill_says_what_the_hunt_found():
    found = kill("sign", 0)
    assert (found.kind, found.suite, found.outcome) == ("rule", "ops", "wrong gradient")
    assert found.programs >= 1
    assert found.seconds > 0


def test_large_factors_are_all_found_and_those_below_the_noise_are_not():
    sizes = SIZES[0], SIZES[-1]
    rows = {(d.place, d.size): d for d in detection("float64", 12, 0, sizes)}
    assert sizes == (0.1, 1e-12)
    for place in PLACES:
        large, small = (rows[place, size] for size in sizes)
        assert large.exact_found == large.exact > 0
        assert large.convicted == large.alarmed == large.other > 0
        assert small.exact_found == small.exact
        assert small.convicted < small.other


@pytest.mark.parametrize(("at", "factor"), [(-1, 1), (0, 2), (1, 2)])
def test_a_factor_in_the_sweep_scales_what_lies_below(session, at, factor):
    right = session.answer(SIN, "float64", "cpu").grads[0]
    with _scaling(ENGINE, at, 2.0) as swept:
        found = session.answer(SIN, "float64", "cpu").grads[0]
    assert swept == ["sum", "sin"]
    assert found.tolist() == (factor * right).tolist()


@pytest.mark.parametrize("name", ["reference", "saboteur:swapped"])
def test_alarms_are_counted_and_named(name):
    found = alarms(name, "float64", 200, 5)
    assert found.tried == found.of("pass") + found.of("difference") + found.of("unproven")
    assert bool(found.found) == (found.of("difference") > 0) == (name != "reference")


def test_alarms_at_kinks_and_far_ends_are_counted_too():
    found = special_alarms("saboteur:steep", "float64", 1)
    assert found.suite == "numerics"
    assert found.of("difference") > 0
    assert found.found


def test_gradcheck_passes_the_engine_and_flags_the_broken_one(session):
    assert not gradcheck.flagged(session, SIN)
    with BY_PROGRAMS["at_zero"].broken():
        assert not gradcheck.flagged(session, SIN)
        zero = Program((Leaf.of([0.0], requires_grad=True),), SIN.calls, SIN.outputs)
        assert gradcheck.flagged(session, zero)


def test_gradcheck_is_followed_to_its_first_kill_or_to_the_limit():
    caught = gradcheck.rival("sign", 0, 5.0)
    assert caught.caught
    missed = gradcheck.rival("tiny_factor", 0, 0.05)
    assert not missed.caught
    assert missed.seconds > 0.05
    assert missed.false == 0


def test_a_quantile_is_a_value_that_occurred():
    assert page.quantile([4, 1, 3, 2], 0.5) == 2
    assert page.quantile([1, 2, 3, 10], 0.9) == 10
    assert math.isnan(page.quantile([], 0.5))


def test_the_page_shows_what_escaped_and_what_was_flagged():
    about = {"seed": 0, "cpu": 1.0, "limit": 5.0}
    text = page.page([CAUGHT, LATER, ESCAPED], FREE, FOUND, [CLEAN], OTHERS, about)
    assert "3 engines broken on purpose" in text
    assert "Not caught: single." in text
    assert "where it should add | accumulation | graphs | **not caught** |" in text
    assert "| sizes | 1 |  | 1 | 2 |" in text
    assert "| float64 | a leaf's gradient | 1e-12 | 100 % of 10 | 5 % of 20 | 0 % of 20 |" in text
    assert "| ops and graphs | reference | float64 | 7 | 100 | 1 | 0 | 1 | 50 |" in text
    assert "Not caught by gradcheck: empty (300 programs)." in text
    assert "Existing checkers" not in text
    with_table = page.page([CAUGHT], FREE, FOUND, [CLEAN], OTHERS, about, "a table")
    assert with_table.endswith("## Existing checkers on planted faults\na table\n")


def test_kills_are_shown_by_seed_and_what_one_seed_missed_is_named():
    again = [Kill("sign", "rule", "ops", "taylor", "wrong gradient", 1, 9, 0.5, 1)]
    again.append(Kill("empty", "sizes", "graphs", seed=1))
    lines = page.by_seed([CAUGHT, LATER, *again]).splitlines()
    assert lines[2:] == [
        "| 0 | 100 % of 2 | none | 3 | 40 | 3.8 |",
        "| 1 | 50 % of 2 | empty | 9 | 9 | 2.0 |",
    ]


def test_plots_are_svg_with_a_title_and_a_line_for_each_series():
    drawn = ElementTree.fromstring(plots.sizes(FOUND, "float32"))
    inside = list(drawn.iter())
    assert "float32" in inside[1].text
    assert sum(e.get("stroke-width") == "2" for e in inside) == 4 * 2  # and a key for each


def test_what_was_not_caught_stands_at_the_right_edge():
    drawn = plots.seconds([CAUGHT, LATER, ESCAPED], OTHERS)
    dots = [e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith("circle")]
    edge = [e for e in dots if e.get("cx") == f"{plots.RIGHT:.1f}"]
    assert (len(dots), len(edge)) == (6, 1 + 2)


def test_every_saboteur_is_measured_at_every_seed_and_every_engine_at_every_dtype():
    todo = list(trust.jobs(10, 3, 10, 1.0, 4, 2, list(BY_PROGRAMS)))
    hunts = [a for what, _, a in todo if what == "kills"]
    assert hunts == [(name, seed) for seed in (4, 5) for name in BY_PROGRAMS]
    assert [a[0] for what, _, a in todo if what == "rivals"] == list(BY_PROGRAMS)
    assert len([1 for what, *_ in todo if what == "alarms"]) == 4 * (1 + 3)
    special = [a for _, work, a in todo if work is special_alarms]
    assert special[:3] == [("torch", "float32", trust.CLEAN_SEED + seed) for seed in (4, 5, 6)]
    assert [a[0] for what, _, a in todo if what == "escapes"] == list(ESCAPES)


@pytest.mark.parametrize("name", ESCAPES)
def test_a_fault_that_may_escape_is_a_fault(name):
    """Seen where it shows, so that it escapes for want of a program and not of a fault."""
    x = ENGINE.tensor(AT[name], dtype=ENGINE.float64, requires_grad=True)
    with ESCAPES[name].broken():
        for _ in range(2):
            SHOWS[name](x).backward()
    broken, x.grad = x.grad.tolist(), None
    for _ in range(2):
        SHOWS[name](x).backward()
    assert not np.array_equal(broken, x.grad.tolist(), equal_nan=True)


def test_what_was_measured_is_written(tmp_path):
    found = trust.Measured([CAUGHT], FREE, FOUND, [CLEAN], OTHERS, ["a table"], 1.0)
    path = trust.write(found, 5.0, 0, tmp_path)
    images = [f"images/{p.name}" for p in (tmp_path / "images").iterdir()]
    assert len(images) == 3
    assert all(text in path.read_text() for text in (*images, "a table"))
