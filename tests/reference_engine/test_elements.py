"""The rules on other kinds of number: exact fractions, and balls with rigorous radii."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import gradassay.reference_engine as engine
import pytest
import torch
from flint import arb

Program = Callable[[Any, Any], Any]

RATIONAL: dict[str, Program] = {
    "operators": lambda m, x: ((x + 1) * (2 - x) / (x * x + 3) - x).sum(),
    "powers": lambda m, x: (x**3 + x**-2 + x**0).sum(),
    "abs, neg, square, reciprocal": lambda m, x: ((-x).abs() + x.square() * x.reciprocal()).sum(),
    "relu, maximum, minimum, clamp": lambda m, x: (
        m.relu(x) * m.maximum(x, x * x) + m.minimum(x, 1 - x) * m.clamp(x, 0, 1)
    ).sum(),
    "where": lambda m, x: m.where(x > 0, x * x, x * 3).sum(),
    "reductions": lambda m, x: x.sum(0).prod() + x.mean() * x.sum(1, keepdim=True).prod(),
    "variance": lambda m, x: x.var() + x.var(0, correction=0).sum(),
    "running sums and products": lambda m, x: (x.cumsum(0) * x.cumprod(1)).sum(),
    "matrix products": lambda m, x: ((x @ x.mT) @ x).sum() + m.tensordot(x, x),
    "layout": lambda m, x: (x.T.reshape(3, 2) * x.flip(0).permute(1, 0).unsqueeze(0)[0]).sum(),
    "expand, cat, stack, index": lambda m, x: (
        m.cat([x, x[:, [0, 0, 1]]]) * m.stack([x[0], x[1], x[0], x[1]])
    ).sum() + x.expand(2, 2, 3).sum(),
    "diagonal, tril, roll": lambda m, x: x.diagonal().sum() * x.tril().sum() + x.roll(1)[0, 0],
    "in place": lambda m, x: written(x * 1).sum(),
    "a gradient's gradient": lambda m, x: (
        m.autograd.grad((x**4).sum(), x, create_graph=True)[0] ** 2
    ).sum(),
}  # fmt: skip
# An inexact ball equals nothing, not even itself, so nobody can say which is the extremum.
DECIDED = RATIONAL | {"extrema": lambda m, x: x.mean() * x.amax() - x.amin(1).sum()}
SMOOTH: dict[str, Program] = {
    "exp, log, sqrt": lambda m, x: (m.exp(x) + m.log(x * x + 1) * m.sqrt(x * x + 2)).sum(),
    "sin, cos, tan, tanh": lambda m, x: (m.sin(x) * m.cos(x) + m.tan(x) * m.tanh(x)).sum(),
    "sinh, cosh, expm1": lambda m, x: (m.sinh(x) * m.cosh(x) - m.expm1(x)).sum(),
    "second order": lambda m, x: m.autograd.grad(m.exp(x * x).sum(), x, create_graph=True)[0].sum(),
}


def written(y: Any) -> Any:
    y[0].mul_(3)
    y[1, 0] = y[0, 1] * 2
    return y


ENTRIES = [
    [Fraction(1, 3), Fraction(-2, 7), Fraction(5, 4)],
    [Fraction(3, 5), Fraction(7, 6), Fraction(-1, 2)],
]


def gradient(m: Any, program: Program, x: Any) -> list[Any]:
    program(m, x.requires_grad_()).backward()
    return [entry for row in x.grad.tolist() for entry in row]


def in_floats(program: Program) -> list[float]:
    entries = [[float(e) for e in row] for row in ENTRIES]
    return gradient(torch, program, torch.tensor(entries, dtype=torch.float64))


@pytest.mark.parametrize("name", DECIDED)
def test_fractions_stay_exact(name: str) -> None:
    found = gradient(engine, DECIDED[name], engine.tensor(ENTRIES))
    assert {type(e) for e in found} <= {Fraction, int}
    assert [float(e) for e in found] == pytest.approx(in_floats(DECIDED[name]), rel=1e-12)


@pytest.mark.parametrize("name", [*RATIONAL, *SMOOTH])
def test_balls_hold_the_gradient(name: str) -> None:
    program = (RATIONAL | SMOOTH)[name]
    balls = [[arb(e.numerator) / e.denominator for e in row] for row in ENTRIES]
    found = [arb(e) for e in gradient(engine, program, engine.tensor(balls))]
    for ball, expected in zip(found, in_floats(program), strict=True):
        assert float(ball.mid()) == pytest.approx(expected, rel=1e-12)
        assert float(ball.rad()) < 1e-12


def test_a_fraction_beside_a_tensor_of_them() -> None:
    x = engine.tensor([Fraction(1, 3)], requires_grad=True)
    (x * Fraction(3, 7)).backward()
    assert x.grad is not None and x.grad.tolist() == [Fraction(3, 7)]
