"""Mistakes of form get one clear message each."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gradassay import GradientError, check

X = np.array([0.3, -1.2, 2.5])
POS = np.array([1.0, 2.0])


def boom(*_):
    raise RuntimeError("boom")


class Counter:
    def __init__(self):
        self.n = 0.0

    def __call__(self, x):
        self.n += 1.0
        return x + self.n


SAYS = {
    "shape": (np.sin, (X,), {"grad": lambda x: np.cos(x)[:2]}, r"shape \(2,\), but x has shape"),
    "scalar": (np.sin, (X,), {"grad": lambda x: 1.0}, r"shape \(\), but x has shape \(3,\)"),
    "none": (np.sin, (X,), {"grad": lambda x: None}, "grad returned None"),
    "nan": (np.sin, (X,), {"grad": lambda x: np.cos(x) * np.nan}, r"is nan, but should be"),
    "infinite": (np.sin, (X,), {"grad": lambda x: np.cos(x) * np.inf}, r"is -?inf, but"),
    "too few": (np.add, (X, X), {"grad": lambda a, b: a}, "returned 1 gradient,"),
    "one is none": (
        np.add,
        (X, X),
        {"vjp": lambda c, a, b: (c, None)},
        r"x2\.grad is None, but should be",
    ),
    "complex": (np.sin, (X,), {"grad": lambda x: np.cos(x) + 0j}, r"x\.grad is complex128"),
    "f raises": (boom, (X,), {"grad": np.cos}, "f raised RuntimeError: boom"),
    "grad raises": (np.sin, (X,), {"grad": boom}, "grad raised RuntimeError: boom"),
    "grad raises at 0": (
        lambda x: x**2,
        (X,),
        {"grad": lambda x: boom() if (x == 0).any() else 2 * x},
        "grad raised RuntimeError: boom",
    ),
    "f gives none": (lambda x: None, (X,), {"grad": np.cos}, "f returned None"),
    "f gives two": (lambda x: (x, x), (X,), {"grad": np.cos}, "f returned 2 results"),
    "f gives complex": (lambda x: x + 1j, (X,), {"grad": np.cos}, "f returned complex128"),
    "f gives nan": (np.log, (-POS,), {"grad": np.cos}, "f is not finite"),
    "random": (Counter(), (X,), {"grad": np.ones_like}, "two answers for the same inputs"),
    "integers": (np.sin, (np.arange(3),), {"grad": np.cos}, "no input holds floating-point"),
    "objects": (np.sin, (np.array(["a"]),), {"grad": np.cos}, "inputs should be real arrays"),
    "no gradient": (np.sin, (X,), {}, "what gradient"),
    "both": (np.sin, (X,), {"grad": np.cos, "vjp": np.cos}, "not both"),
    "nowhere": (
        lambda x: np.floor(x * 1e300) % 7,
        (X,),
        {"grad": np.cos},
        "nothing could be shown",
    ),
}


@pytest.mark.parametrize("name", SAYS)
def test_a_mistake_is_named(name):
    f, arrays, claimed, message = SAYS[name]
    with pytest.raises(GradientError, match=message):
        check(f, *arrays, **claimed)


def test_importing_the_package_imports_neither_numpy_nor_torch():
    code = "import sys, gradassay; sys.exit(bool({'numpy', 'torch', 'flint'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_result_does_not_depend_on_anything_but_its_seed():
    wrong = lambda x: np.cos(x) * 1.001  # noqa: E731
    first = check(np.sin, X, grad=wrong, raises=False)
    second = check(np.sin, X, grad=wrong, raises=False)
    assert first.message == second.message


def test_a_hint_names_the_pattern():
    message = check(np.sin, X, grad=lambda x: -np.cos(x), raises=False).message
    assert "Every entry" in message


def test_the_cotangent_must_be_used():
    found = check(np.sin, X, vjp=lambda c, x: np.cos(x), raises=False)
    assert not found.ok
