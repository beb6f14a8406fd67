"""Every planted fault is found, and nothing that is right is accused: 20 of 20 runs."""

from __future__ import annotations

import pytest

from gradassay import GradientError, check

from .faults import RIGHT, ROWS, as_numpy, as_torch, inputs

SEEDS = range(20)


def flagged(row, seed, library):
    size, f, g = row
    x = inputs(size, seed)
    if library == "numpy":
        value, grad = as_numpy(f, g)
        return not check(value, x, grad=grad, seed=seed, raises=False).ok
    torch = pytest.importorskip("torch")
    return not check(as_torch(f, g), torch.from_numpy(x), seed=seed, raises=False).ok


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("name", ROWS)
def test_a_planted_fault_is_flagged(name, library):
    assert [s for s in SEEDS if not flagged(ROWS[name], s, library)] == []


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_is_not_flagged(name, library):
    assert [s for s in SEEDS if flagged(RIGHT[name], s, library)] == []


@pytest.mark.parametrize("error", [1e-5, 1e-9])
def test_small_relative_errors_are_seen_where_a_function_is_analytic(error):
    size, f, g = ROWS["x 1.001"]
    value, _ = as_numpy(f, g)
    assert not check(
        value, inputs(size, 3), grad=lambda x: (1 + error) * g_of_sine(x), raises=False
    ).ok


def g_of_sine(x):
    import numpy as np

    return np.cos(x)


def test_the_failing_entry_is_named_and_the_input_is_small():
    size, f, g = ROWS["one of 1000 entries zero"]
    value, grad = as_numpy(f, g)
    with pytest.raises(GradientError, match=r"x\.grad\[\d+\] is 0\.0, but should be"):
        check(value, inputs(size, 0), grad=grad)
    found = check(value, inputs(size, 0), grad=grad, raises=False)
    assert found.inputs[0].size == 1
    assert found.got == 0.0
    assert found.want == pytest.approx(1.0)
    assert found.oracle == "complex step"


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_any_slope_between_the_one_sided_ones_is_right_at_a_kink(slope):
    import numpy as np

    grad = lambda x: np.where(x == 0, slope, (x > 0) * 1.0)  # noqa: E731
    assert check(lambda x: np.maximum(x, 0), np.array([0.0, 1.0, -1.0]), grad=grad).ok
