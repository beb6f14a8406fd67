"""The limits of a gradient around a point, against what mathematics says of them."""

import numpy as np
import pytest
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.limits import LARGEST, Number, NumberKit, solve
from gradassay.oracles.program import Leaf, Program, Static, call
from gradassay.suites.numerics.sketch import finished, fixed, free


def limits(leaves, *calls):
    return solve(finished(leaves, calls)[0])


def rows(known):
    return sorted(map(tuple, known.gradients.tolist()))


@pytest.mark.parametrize(
    ("op", "at", "corners"),
    [
        ("abs", 0.0, [-1.0, 1.0]),
        ("nn.functional.relu", 0.0, [0.0, 1.0]),
        ("abs", -2.0, [-1.0]),
        ("exp", 0.0, [1.0]),
    ],
)
def test_one_slope_a_side(op, at, corners):
    known = limits([free(at)], call(op, 0))
    assert [r[0] for r in rows(known)] == corners
    assert known.polyhedral
    assert (known.unique is not None) == (len(corners) == 1)


def test_each_of_several_equal_entries_may_be_the_greatest():
    known = limits([free([1.0, 1.0, 0.0, 1.0])], call("max", 0))
    assert rows(known) == [(0, 0, 0, 1), (0, 1, 0, 0), (1, 0, 0, 0)]


def test_equal_entries_may_be_sorted_in_any_order():
    known = limits([free([1.0, 1.0, 1.0])], call("sort", 0))
    assert len(known.gradients) == 6
    assert {tuple(sorted(r)) for r in rows(known)} == {(1.0, 2.0, 3.0)}


def test_a_tie_has_one_corner_a_side():
    assert rows(limits([free(1.0), free(1.0)], call("maximum", 0, 1))) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("leaves", "calls", "want"),
    [
        ([free(0.0), free(0.0)], [call("hypot", 0, 1), call("multiply", 2, 2)], [0.0, 0.0]),
        ([free([1.0, 1.0])], [call("std", 0), call("multiply", 1, 1)], [0.0, 0.0]),
        ([free(0.0)], [call("abs", 0), call("multiply", 0, 1)], [0.0]),
        ([free(3.0)], [call("maximum", 0, 0)], [1.0]),
        ([free(0.0)], [call("pow", 0, Static(2))], [0.0]),
        ([free(0.0)], [call("pow", 0, Static(0))], [0.0]),
        ([free(2.0)], [call("tanh", 0)], [1 / np.cosh(2.0) ** 2]),
    ],
)
def test_what_is_smooth_has_one_limit(leaves, calls, want):
    assert limits(leaves, *calls).unique == pytest.approx(want, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("op", ["sqrt", "log"])
def test_an_infinite_slope_on_one_side_and_nothing_on_the_other(op):
    known = limits([free(0.0)], call(op, 0))
    assert {str(x) for x in known.gradients.ravel()} == {"inf", "nan"}
    assert known.unique is None
    assert not known.polyhedral


@pytest.mark.parametrize(
    ("exponent", "slope"), [(0.5, "inf"), (0.9, "inf"), (1.0, "1.0"), (1.1, "0.0"), (2.0, "0.0")]
)
def test_a_slope_that_grows_slowly_grows(exponent, slope):
    known = limits([free(0.0)], call("pow", 0, Static(exponent)))
    assert {str(x) for x in known.gradients.ravel()} - {"nan"} == {slope}


def test_a_logarithm_grows_without_bound():
    known = limits([free(0.0)], call("log", 0), call("multiply", 0, 1))
    assert {str(x) for x in known.gradients.ravel()} == {"-inf", "nan"}


@pytest.mark.parametrize("huge", [7e199, 1e154, 1e300])
def test_a_large_slope_is_no_infinite_one(huge):
    known = limits([free([1.0, 1.0, huge])], call("sort", 0), call("multiply", 1, 1))
    assert known.polyhedral
    assert known.gradients[:, 2] == pytest.approx(3 * 2 * huge, rel=1e-14)


@pytest.mark.parametrize("tiny", [1e-30, 1e-100, 1e-300, 5e-324])
def test_a_leaf_that_is_nearly_0_is_not_0(tiny):
    known = limits([free([0.0, tiny])], call("sqrt", 0))
    there = known.gradients[~np.isnan(known.gradients[:, 1]), 1]
    assert there == pytest.approx(2 * 0.5 / np.sqrt(tiny), rel=1e-14)
    assert limits([free(tiny)], call("abs", 0)).unique == pytest.approx([1.0])
    assert limits([free(tiny)], call("reciprocal", 0), call("reciprocal", 1)).unique == [
        pytest.approx(1.0)
    ]


def test_the_tip_of_a_cone_is_curved():
    known = limits([free(0.0), free(0.0)], call("hypot", 0, 1))
    assert known.curved
    assert np.hypot(*known.gradients.T) == pytest.approx(np.ones(len(known.gradients)))


def test_an_entry_that_is_not_selected_has_no_slope_whatever_it_is():
    mask = fixed([True, False])
    known = limits([mask, free([4.0, -1.0]), fixed([0.0, 0.0])],
                   call("where", 0, 1, 2), call("sqrt", 3))  # fmt: skip
    assert known.unique == pytest.approx([0.25, 0.0])


def test_too_many_scalars_and_unknown_ops_are_refused():
    with pytest.raises(UnsupportedError):
        limits([free(np.zeros(LARGEST + 1))], call("abs", 0))
    with pytest.raises(UnsupportedError):
        solve(Program((Leaf.of(1.0),), (call("abs", 0),), (1,)))


@pytest.mark.parametrize("f", ["exp", "log", "sqrt", "sin", "arctan", "sinh", "log2", "exp2"])
@pytest.mark.parametrize("x", [0.5, 3.25])
def test_a_number_agrees_with_numpy(f, x):
    import flint

    exact = getattr(np, f)(np.array(Number(flint.arb(x)), dtype=object))
    assert float(exact.value.mid()) == pytest.approx(getattr(np, f)(x), rel=1e-14)


def test_decisions_are_noted():
    import flint

    kit = NumberKit()
    x = np.array([Number(flint.arb(v)) for v in (2, 1, 3)], dtype=object)
    assert kit.argmax(x) == 2
    assert kit.argsort(x).tolist() == [1, 0, 2]
    assert kit.greater(x, 1.5).tolist() == [True, False, True]
    assert len(kit.signature) == 3
