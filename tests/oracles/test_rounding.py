"""Noise is measured: it grows with the unit roundoff and with what is added up."""

from __future__ import annotations

import numpy as np
import pytest
from gradassay.oracles import compare, pytorch, rounding
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.rounding import UNIT, measure

from .programs import c, grown, x

DTYPES = list(UNIT)
PRODUCT = Program(
    (x(3.0), x(7.0)), (call("multiply", 0, 1), call("exp", 0), call("add", 2, 3)), (4,)
)
MOVED = Program(
    (x(1.0, 2.0, 3.0, 4.0),), (call("reshape", 0, shape=(2, 2)), call("sum", 1)), (1, 2)
)
# (x + 1000) − 1000, times y: the gradient at y is x with the rounding error of a thousand
CANCELS = Program(
    (x(0.125), c(1000.0), x(2.0)),
    (call("add", 0, 1), call("subtract", 3, 1), call("multiply", 4, 2)),
    (5,),
)


@pytest.fixture
def without_pytorch(monkeypatch):
    def gradient(program):
        raise UnsupportedError("PyTorch is not installed")

    monkeypatch.setattr(pytorch, "gradient", gradient)


def every(noise) -> list[np.ndarray]:
    return [*noise.values, *(g for g in noise.gradients if g is not None)]


def check_scale(dtype):
    """To first order, for each dtype draws at its own unit; of float64's, 2^-9 is rounding."""
    rtol = 2.0**-8 + 8 * UNIT[dtype]
    at, base = measure(PRODUCT, dtype, 1), measure(PRODUCT, "float64", 1)
    for a, b in zip(every(at), every(base), strict=True):
        np.testing.assert_allclose(a, b * (UNIT[dtype] / UNIT["float64"]), rtol=rtol)
    assert np.max(every(base)[0]) > 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_noise_scales_with_the_unit(dtype):
    check_scale(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_noise_scales_with_the_unit_without_pytorch(dtype, without_pytorch):
    check_scale(dtype)


def check_one_product():
    noise = measure(Program((x(3.0), x(7.0)), (call("multiply", 0, 1),), (2,)), "float32", 0)
    assert 0.3 * 21 * 2.0**-24 < noise.values[0] <= 1.01 * 21 * 2.0**-24


def test_the_noise_of_one_product_is_at_most_one_unit():
    check_one_product()


def test_the_noise_of_one_product_is_at_most_one_unit_without_pytorch(without_pytorch):
    check_one_product()


def check_cancellation():
    noise = measure(CANCELS, "float32", 0)
    at_y = noise.gradients[2]
    assert at_y is not None
    assert 200 * 2.0**-24 < at_y < 4000 * 2.0**-24


def test_cancellation_leaves_its_noise_in_the_gradient():
    check_cancellation()


def test_cancellation_leaves_its_noise_in_the_gradient_without_pytorch(without_pytorch):
    check_cancellation()


def test_moving_entries_rounds_nothing():
    noise = measure(MOVED, "float32", 0)
    assert not noise.values[0].any()
    assert noise.values[1].all()


def test_noise_repeats_with_its_seed_and_differs_with_another():
    first, again, other = (measure(PRODUCT, "float32", s) for s in (1, 1, 2000))
    assert [n.tobytes() for n in every(first)] == [n.tobytes() for n in every(again)]
    assert [n.tobytes() for n in every(first)] != [n.tobytes() for n in every(other)]


def test_noise_says_where_it_is_from():
    assert measure(PRODUCT, "float32", 0).source == "PyTorch rerun with random rounding"


def test_noise_says_where_it_is_from_without_pytorch(without_pytorch):
    noise = measure(PRODUCT, "float32", 0)
    assert noise.source == "forward tangents rerun with random rounding"


def test_noise_has_the_shapes_of_the_run():
    for trial in grown(30):
        noise = measure(trial.program, "float32", 0)
        for o, n in zip(trial.program.outputs, noise.values, strict=True):
            assert n.shape == np.shape(trial.facts.values[o])
        for leaf, g in zip(trial.program.leaves, noise.gradients, strict=True):
            assert (g is not None) == leaf.requires_grad
            assert g is None or g.shape == leaf.shape


def test_without_pytorch_the_noise_is_of_the_same_size(monkeypatch):
    with_it = [measure(t.program, "float32", 0) for t in grown(20)]

    def absent(program):
        raise UnsupportedError("PyTorch is not installed")

    monkeypatch.setattr(pytorch, "gradient", absent)
    without = [measure(t.program, "float32", 0) for t in grown(20)]
    ratios = [
        float(a.max()) / float(b.max())
        for left, right in zip(with_it, without, strict=True)
        for a, b in zip(every(left), every(right), strict=True)
        if a.size and a.max() and b.max()
    ]
    assert 0.5 < np.median(ratios) < 2


def test_the_measured_noise_of_a_clean_run_covers_float32():
    """The forward values of PyTorch itself, in float32, agree with the reference."""
    import torch

    for trial in grown(60):
        values = [torch.from_numpy(leaf.array.copy()) for leaf in trial.program.leaves]
        values = [v.float() if v.is_floating_point() else v for v in values]
        noise = measure(trial.program, "float32", 0)
        for made in trial.program.calls:
            values.append(pytorch.apply(torch, made, values))
        for o, n in zip(trial.program.outputs, noise.values, strict=True):
            what = compare.entries(values[o].double().numpy(), trial.facts.values[o], n, "float32")
            assert what.worst <= 1.0, trial.program


def test_a_planted_error_of_a_millionth_is_far_beyond_measured_noise():
    noise = measure(PRODUCT, "float64", 0)
    _, gradients = pytorch.gradient(PRODUCT)
    for g, n in zip(gradients, noise.gradients, strict=True):
        assert g is not None and n is not None
        assert compare.entries(g * (1 + 1e-6), g, n, "float64").worst > compare.FAR


def test_noise_along_a_direction_is_that_of_the_derivative():
    direction = [np.array(0.0), None, np.array(1.0)]
    values, slope = rounding.along(CANCELS, direction, "float32", 0)
    assert 200 * 2.0**-24 < slope < 4000 * 2.0**-24
    assert 200 * 2.0**-24 < values[0] < 8000 * 2.0**-24


@pytest.mark.parametrize(
    ("run", "finite"),
    [
        (([np.array(1.0)], [None, np.zeros(0)]), True),
        (([np.array(np.inf)], []), False),
        (([], [np.array([1.0, np.nan])]), False),
    ],
)
def test_a_run_is_finite_if_everything_is(run, finite):
    assert rounding.finite(run) == finite


def test_the_complex_gradient_is_that_of_pytorch():
    for trial in grown(30):
        _, ours = rounding.complex_gradient(trial.program)
        _, theirs = pytorch.gradient(trial.program)
        for a, b in zip(ours, theirs, strict=True):
            if b is not None:
                assert a is not None
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_what_is_quadratic_in_the_unit_has_its_true_size(dtype):
    """The variance of equal numbers is (x·u)² or so: 3 roundings of the mean, squared."""
    equal = Program((Leaf.of([1.3, 1.3, 1.3], requires_grad=True),), (call("var", 0),), (1,))
    noise = float(measure(equal, dtype, 0).values[0])
    assert 0.01 * (1.3 * UNIT[dtype]) ** 2 < noise < 4 * (1.3 * UNIT[dtype]) ** 2
