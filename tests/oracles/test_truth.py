"""Who is believed: a ball, then PyTorch, then the complex step; nobody when they cannot agree."""

from __future__ import annotations

import numpy as np
import pytest
from gradassay.oracles import truth
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.truth import ORACLES, DisagreementError, solve

from .programs import grown, one_op, x

SINE = one_op("sin", x(0.5, 1.0))


def refuses(program):
    raise UnsupportedError("not today")


def lies(oracle, factor=1.5):
    def lie(program):
        values, gradients = oracle(program)
        return values, [None if g is None else g * factor for g in gradients]

    return lie


def with_(monkeypatch, **changes):
    monkeypatch.setattr(truth, "ORACLES", {**ORACLES, **changes})


def test_the_order_of_precedence():
    assert list(ORACLES) == ["taylor", "pytorch", "complex_step"]


@pytest.mark.parametrize(
    ("without", "source", "others"),
    [
        ([], "taylor", ["pytorch", "complex_step"]),
        (["taylor"], "pytorch", ["complex_step"]),
        (["pytorch"], "taylor", ["complex_step"]),
        (["taylor", "pytorch"], "complex_step", []),
    ],
)
def test_who_speaks_and_who_else_was_asked(without, source, others):
    known = solve(SINE, "float64", 0, frozenset(without))
    assert known.source == source
    assert list(known.others) == others
    assert known.errors == ()
    np.testing.assert_allclose(known.run[1][0], np.cos([0.5, 1.0]), rtol=1e-15)


def test_the_oracles_agree_on_random_programs():
    for trial in grown(40):
        assert solve(trial.program, "float64", 0).errors == ()


@pytest.mark.parametrize("liar", ["pytorch", "complex_step"])
@pytest.mark.parametrize("factor", [1.5, -1.0, 1 + 1e-9, np.nan])
def test_a_liar_is_named_where_there_is_a_ball(monkeypatch, liar, factor):
    with_(monkeypatch, **{liar: lies(ORACLES[liar], factor)})
    known = solve(SINE, "float64", 0)
    assert known.source == "taylor"
    np.testing.assert_allclose(known.run[1][0], np.cos([0.5, 1.0]), rtol=1e-15)
    assert known.errors == ((liar,) if np.isfinite(factor) else ())


@pytest.mark.parametrize("liar", ["pytorch", "complex_step"])
def test_without_a_ball_a_liar_silences_all(monkeypatch, liar):
    with_(monkeypatch, taylor=refuses, **{liar: lies(ORACLES[liar])})
    with pytest.raises(DisagreementError, match="pytorch and complex_step"):
        solve(SINE, "float64", 0)


def test_a_lie_about_a_value_is_seen_as_well(monkeypatch):
    def lie(program):
        values, gradients = ORACLES["pytorch"](program)
        return [v + 1 for v in values], gradients

    with_(monkeypatch, pytorch=lie)
    assert solve(SINE, "float64", 0).errors == ("pytorch",)


def test_an_oracle_without_a_vote_is_not_even_asked(monkeypatch):
    def never(program):
        raise AssertionError("asked")

    with_(monkeypatch, pytorch=never)
    assert solve(SINE, "float64", 0, frozenset({"pytorch"})).source == "taylor"


def test_where_no_oracle_can_tell_there_is_no_truth(monkeypatch):
    monkeypatch.setattr(truth, "ORACLES", dict.fromkeys(ORACLES, refuses))
    with pytest.raises(UnsupportedError, match="no oracle"):
        solve(SINE, "float64", 0)


def test_an_oracle_that_is_not_finite_is_passed_over(monkeypatch):
    with_(monkeypatch, taylor=lies(ORACLES["taylor"], np.nan))
    assert solve(SINE, "float64", 0).source == "pytorch"
