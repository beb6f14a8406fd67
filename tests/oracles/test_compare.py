"""The comparison rule: what is far is wrong, what is near is not, and NaN is never right."""

from __future__ import annotations

import numpy as np
import pytest
from gradassay.oracles import compare
from gradassay.oracles.rounding import TINY, UNIT

NAN, INF = np.nan, np.inf
DTYPES = list(UNIT)
HARD = np.array([1.0, -2.0, 1e-3, 4e3])


def worst(got, want, noise=0.0, dtype="float64"):
    got, want = np.asarray(got, float), np.asarray(want, float)
    return compare.entries(got, want, np.full(want.shape, noise), dtype).worst


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_equal_agrees(dtype):
    assert worst(HARD, HARD, dtype=dtype) == 0.0


@pytest.mark.parametrize("dtype", DTYPES)
def test_two_roundings_agree(dtype):
    assert worst(HARD * (1 + 2 * UNIT[dtype]), HARD, dtype=dtype) < 0.52


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("units", "near"), [(0, True), (2, True), (-2, True), (6, False)])
def test_close_is_within_four_roundings_of_every_entry(units, near, dtype):
    got = HARD.copy()
    got[3] *= 1 + units * UNIT[dtype]
    assert compare.close(got, HARD, dtype) == near


@pytest.mark.parametrize("wrong", [NAN, INF, -INF, 0.0])
def test_what_is_not_finite_or_missing_is_not_close(wrong):
    assert not compare.close(np.array([1.0, wrong]), np.array([1.0, 2.0]), "float32")
    assert not compare.close(np.array([1.0, 2.0]), np.array([1.0, wrong]), "float32")


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_thousand_roundings_are_far(dtype):
    assert worst(HARD * (1 + 1000 * UNIT[dtype]), HARD, dtype=dtype) > compare.FAR


@pytest.mark.parametrize("off", [1e-6, 1e-9, 1e-12, -1e-6])
def test_a_relative_error_is_far_at_float64(off):
    assert worst(HARD * (1 + off), HARD) > compare.FAR


@pytest.mark.parametrize("at", range(4))
def test_one_wrong_entry_among_many_is_far(at):
    got = HARD.copy()
    got[at] *= 1 + 1e-6
    errors = compare.entries(got, HARD, np.zeros(4), "float64").errors
    assert errors.argmax() == at
    assert errors[at] > compare.FAR


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_tolerance_is_noise_and_rounding_and_underflow(dtype):
    tolerance = compare.entries(HARD, HARD, np.full(4, 0.25), dtype).tolerance
    np.testing.assert_allclose(tolerance, 2.0 + 4 * UNIT[dtype] * np.abs(HARD) + TINY[dtype])


@pytest.mark.parametrize(
    ("got", "want"), [(1e-6, 0.0), (1e-200, 0.0), (-1e-6, 1e-6), (0.0, 1e-6), (5.0, 0.0)]
)
def test_something_where_nothing_is_due_is_far(got, want):
    assert worst([got], [want]) > compare.FAR


NEVER = [
    (NAN, 1.0),
    (NAN, 0.0),
    (1.0, NAN),
    (INF, 1.0),
    (-INF, INF),
    (INF, -INF),
    (1.0, INF),
    (NAN, INF),
    (INF, NAN),
]


@pytest.mark.parametrize(("got", "want"), NEVER)
@pytest.mark.parametrize("dtype", DTYPES)
def test_entries_never_take_what_is_not_finite_for_a_number(got, want, dtype):
    assert worst([1.0, got], [1.0, want], dtype=dtype) == INF
    assert worst(got, want, noise=1e6, dtype=dtype) == INF


@pytest.mark.parametrize(("got", "want"), NEVER)
def test_the_screen_never_acquits_what_is_not_finite(got, want):
    assert compare.screen(got, want, 1.0) > 1
    assert compare.screen(got, want, abs(got)) > 1
    assert compare.screen(1.0, 1.0, abs(got + want)) > 1


@pytest.mark.parametrize(("got", "want"), NEVER)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_measured_screen_never_acquits_what_is_not_finite(got, want, dtype):
    assert compare.measured(got, want, 1.0, 1.0, dtype) > 1
    assert compare.measured(got, want, abs(got), 1.0, dtype) > 1


@pytest.mark.parametrize("noise", [NAN, INF])
def test_noise_that_is_not_finite_acquits_nothing(noise):
    assert compare.measured(5.0, 1.0, 1.0, noise, "float64") > 1
    assert worst([5.0], [1.0], noise=noise) > 1


@pytest.mark.parametrize(("got", "want"), NEVER)
def test_values_that_are_not_finite_are_never_near(got, want):
    assert not compare.near(np.array([1.0, got]), np.array([1.0, want]))
    assert not compare.near(np.array(got), np.array(want))


@pytest.mark.parametrize("x", [NAN])
def test_nan_is_not_exactly_anything(x):
    assert not compare.exact(np.array([1.0, x]), np.array([1.0, x]))
    assert not compare.exact(np.array(x), np.array(0.0))


@pytest.mark.parametrize(
    ("gradient", "direction"),
    [([NAN, 1.0], [1.0, 1.0]), ([INF, -INF], [1.0, 1.0]), ([INF, 1.0], [0.0, 1.0])],
)
def test_a_direction_carries_what_is_not_finite_to_the_screen(gradient, direction):
    got, size = compare.along([np.array(gradient)], [np.array(direction)])
    assert not np.isfinite(got)
    assert compare.screen(got, 1.0, size) > 1


@pytest.mark.parametrize("same", [NAN, INF, -INF])
def test_what_is_due_and_not_finite_agrees(same):
    assert worst([same, 2.0], [same, 2.0]) == 0.0
    assert worst(same, same) == 0.0


def test_nothing_to_compare_agrees():
    nothing = np.zeros((0, 3))
    assert worst(nothing, nothing) == 0.0
    assert compare.near(nothing, nothing)
    assert compare.exact(nothing, nothing)
    assert compare.along([nothing, None], [nothing, np.ones(2)]) == (0.0, 0.0)


def test_negative_zero_is_zero():
    assert compare.exact(np.array([-0.0]), np.array([0.0]))
    assert worst(-0.0, 0.0) == 0.0


def test_exact_sees_the_last_bit():
    assert not compare.exact(np.array([1.0, 1.0 + 2.0**-52]), np.array([1.0, 1.0]))


@pytest.mark.parametrize(("units", "acquits"), [(0, True), (9e3, True), (1.1e4, False)])
def test_the_screen_acquits_within_ten_thousand_units(units, acquits):
    assert (compare.screen(1.0 + units * UNIT["float64"], 1.0, 1.0) <= 1) == acquits


def test_the_screen_measures_against_the_sum_of_magnitudes():
    gradient, direction = np.array([3.0, -4.0]), np.array([2.0, 1.0])
    assert compare.along([gradient], [direction]) == (2.0, 10.0)
    assert compare.screen(0.0, 1e-12, 100.0) < 0.1 < compare.screen(0.0, 1e-12, 1.0)


@pytest.mark.parametrize(("off", "near"), [(0.0, True), (1e-13, True), (1e-11, False)])
def test_near_is_relative_to_the_largest(off, near):
    want = np.array([1e-6, 8.0])
    assert compare.near(want + 8 * off, want) == near


@pytest.mark.parametrize(
    ("dtype", "noise", "want"),
    [
        ("float64", 0.0, 4 * 2.0**-53),
        ("float16", 0.0, 4 * 2.0**-11),
        ("float32", 0.125, 0.5),  # 8·0.125 of 2
    ],
)
def test_the_resolution_is_the_smallest_relative_error_seen(dtype, noise, want):
    found = compare.entries(np.array([2.0]), np.array([2.0]), np.array([noise]), dtype).resolution
    assert found == pytest.approx(want, rel=1e-3)
    assert compare.resolution(2.0, 2.0, noise, dtype) == pytest.approx(want, rel=1e-3)


@pytest.mark.parametrize("noise", [1.0, 100.0])
def test_a_number_drowned_in_noise_has_no_resolution(noise):
    want = np.array([2.0, 3.0])
    assert compare.entries(want, want, np.full(2, noise), "float32").resolution > 1
    assert compare.resolution(2.0, 2.0, noise, "float32") > 1


def test_zeros_take_no_part_in_the_resolution():
    want = np.array([0.0, 0.0, 2.0])
    assert compare.entries(want, want, np.zeros(3), "float64").resolution < 1e-15
    assert compare.resolution(0.0, 0.0, 0.0, "float64") == 0.0


@pytest.mark.parametrize(
    ("dtype", "limit"),
    [("float64", 0.01), ("float32", 0.01), ("float16", 0.125), ("bfloat16", 0.5)],
)
def test_where_a_dtype_has_no_power(dtype, limit):
    assert compare.blunt(dtype) == limit


def test_what_cancellation_leaves_is_no_proof():
    want = np.zeros(2)
    assert not compare.beyond_cancellation(np.array([5.6e-17, 0.0]), want, 1.0, "float64")
    assert compare.beyond_cancellation(np.array([5.6e-15, 0.0]), want, 1.0, "float64")
    assert compare.beyond_cancellation(np.array([5.6e-17, 0.0]), want, 1e-3, "float64")
    assert compare.beyond_cancellation(np.array([np.nan, 0.0]), want, 1.0, "float64")
