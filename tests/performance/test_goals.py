"""The goals of the reference engine, measured on the bare engine, which does what torch does."""

from pathlib import Path

import numpy as np
import pytest
from gradassay.reports.records import Gauge, read
from gradassay.suites.cli import main
from gradassay.suites.performance.bare import BY_HAND, WORKLOADS, depth, measured, packages
from gradassay.suites.performance.by_hand import HANDS
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.performance.goals import (
    BARE,
    CHEAP,
    DEPTH,
    Goal,
    Measured,
    beside,
    cheap,
    deep,
)
from gradassay.suites.performance.measure import Timing

SMALL = {"chain": 10, "fan-out": 10, "perceptron": 3, "causal attention": 5, "elementwise": 7}


def gradients(engine: str, name: str) -> list[object]:
    leaves, forward = WORKLOADS[name].make(packages()[engine], SMALL[name])
    forward().backward()
    return [np.asarray(leaf.grad.tolist()) for leaf in leaves]


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_bare_workload_is_that_of_its_family(name: str) -> None:
    mine, its = gradients("reference", name), gradients("torch", name)
    for a, b in zip(mine, its, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    if name in BY_HAND:
        program = FAMILIES[name].make(SMALL[name])
        forward, backward = HANDS[name].write(SMALL[name])
        _, saved = forward(*[leaf.array.astype(np.float32) for leaf in program.leaves])
        for a, b in zip(mine, backward(*saved), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_every_bare_workload_has_a_goal() -> None:
    assert {goal.workload for goal in BARE} == {*WORKLOADS}
    assert {goal.workload for goal in BARE if goal.beside == "by-hand"} <= {*BY_HAND}


def test_engines_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradassay.suites.performance.bare.ROUND", 1e-3)
    found = measured("perceptron", rounds=2)
    assert {*found} == {"reference", "torch", "by-hand"}
    assert all(len(rounds) == 2 and min(map(min, rounds)) > 0 for rounds in found.values())


def test_depth_sees_garbage_and_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SHORT", 300), ("LONG", 3000), ("WEIGHED", 1000)):
        monkeypatch.setattr(f"gradassay.suites.performance.bare.{name}", value)
    from gradassay.suites.saboteurs import SABOTEURS

    clean = depth(packages()["reference"], 1)
    assert clean["garbage"] == [0.0]
    assert 50 < clean["bytes"][0] < 500
    with SABOTEURS["cyclic"].broken():
        assert depth(packages()["reference"], 1)["garbage"][0] > 300


@pytest.mark.parametrize(("mine", "outcome"), [(0.5, "holds"), (0.7, "missed")])
def test_a_ratio_holds_or_is_missed(mine: float, outcome: str) -> None:
    rounds = {"reference": [(mine / 2, mine / 2)] * 9, "torch": [(0.5, 0.5)] * 9}
    assert beside(Goal("chain", "torch", 0.6, "a chain"), rounds).outcome == outcome
    assert beside(Goal("chain", "nobody", 0.6, "a chain"), rounds).outcome == "not known"


def test_a_deep_chain_holds_or_is_missed() -> None:
    good = deep({"off": [1.0, 1.1, 1.2], "on": [2.0], "bytes": [220.0], "garbage": [0.0]})
    assert [g.outcome for g in good] == ["holds"] * len(DEPTH)
    bad = deep({"off": [1.6, 1.6, 1.7], "on": [2.0], "bytes": [501.0], "garbage": [7.0]})
    assert [g.outcome for g in bad] == ["missed"] * len(DEPTH)


def test_the_dearest_gradient_decides() -> None:
    t = Timing(FAMILIES["chain"], 10, "reference", 10, rounds=[(1.0, 3.5)] * 5)
    found = Measured(rounds={"chain": {"reference": [(1.0, 2.0)] * 5}})
    (worst,) = cheap(found, {("chain", "reference"): [t]})
    assert worst.measured == 4.5 > CHEAP
    assert worst.outcome == "missed"
    assert "chain 10, of 2" in worst.text


def test_bench_ends_with_the_goals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["bench", "reference", "--family", "elementwise", "--rounds", "5"]
    assert main([*args, "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "20 ops on 1,000,000 entries, float32" in shown.split("goals of the reference engine")[1]
    kinds = {r.kind for r in read(tmp_path / "results.jsonl") if isinstance(r, Gauge)}
    assert kinds == {"verdict", "goal"}
