"""Verdicts on slowness: each planted slowdown is flagged by its own, and clean engines by none."""

import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Gauge
from gradassay.suites.adapter import op_table
from gradassay.suites.host import open_engine
from gradassay.suites.performance.accumulation import verdict
from gradassay.suites.performance.bench import hopeless
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.performance.measure import Timing, single_threaded
from gradassay.suites.performance.proof import PROOFS, Proof, flags, looked
from gradassay.suites.performance.verdicts import verdicts
from gradassay.suites.saboteurs import SABOTEURS
from gradassay.suites.saboteurs.slow import SLOW

NAMES = [proof.saboteur for proof in PROOFS]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    single_threaded()


@pytest.mark.parametrize("proof", PROOFS, ids=NAMES)
def test_a_planted_slowdown_is_flagged(proof: Proof) -> None:
    assert flags(looked(f"saboteur:{proof.saboteur}", proof), proof.rule)


@pytest.mark.parametrize(
    ("engine", "name"),
    [("reference", name) for name in NAMES]
    + [("torch", name) for name in ("replaying", "every_path", "copied_tape", "copying")],
)
def test_a_clean_engine_is_not(engine: str, name: str) -> None:
    proof = PROOFS[NAMES.index(name)]
    found = looked(engine, proof)
    assert not [g for g in found if g.outcome == "broken"]
    assert [g for g in found if g.rule == proof.rule and g.outcome == "holds"]


def test_every_slow_saboteur_has_a_proof() -> None:
    assert {*SLOW} <= {*NAMES} <= {*SLOW, *SABOTEURS}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_engine_is_right(name: str) -> None:
    program = FAMILIES["reductions"].make(3)
    with open_engine("reference", op_table(VOCABULARY), in_process=True) as handle:
        (want,) = handle.answers([program])
        with SLOW[name].broken():
            (got,) = handle.answers([program])
    assert got.error is None
    for a, b in zip(got.grads, want.grads, strict=True):
        assert (a is None and b is None) or (a == b).all()


# ---- by figures that are known -----------------------------------------------------------------


def series(*seconds: float, family: str = "chain", **memory: list[int]) -> list[Timing]:
    sizes = FAMILIES[family].sizes
    return [
        Timing(
            FAMILIES[family], n, "e", n, rounds=[(s / 3, 2 * s / 3)] * 5,
            memory={key: values[k] for key, values in memory.items()},
        )
        for k, (n, s) in enumerate(zip(sizes, seconds, strict=True))
    ]  # fmt: skip


def said(timings: list[Timing]) -> dict[str, Gauge]:
    return {g.rule: g for g in verdicts({(timings[0].family.name, "e"): timings})}


def test_quadratic_time_is_flagged_and_linear_time_is_not() -> None:
    assert said(series(1e-4, 1e-2, 1.0))["growth of time"].outcome == "broken"
    assert said(series(1e-3, 1e-2, 1e-1))["growth of time"].outcome == "holds"


def test_leaving_the_caches_is_no_quadratic_growth() -> None:
    found = said(series(1e-4, 1e-3, 6e-2, family="elementwise"))["growth of time"]
    assert found.outcome == "holds"
    assert "but one of them costs 0.6 times" in found.text


def test_a_dear_gradient_is_flagged() -> None:
    timings = series(1.0, 10.0, 100.0)
    assert said(timings)["cheap gradient"].outcome == "holds"
    timings[-1].rounds = [(1.0, 4.5)] * 5
    assert said(timings)["cheap gradient"].outcome == "broken"
    timings[-1].rounds = [(1.0, 4.5)] * 4 + [(1.0, 1.0)]
    assert said(timings)["cheap gradient"].outcome == "holds", "a round in five speaks for it"
    timings[-1].rounds = [(1.0, 4.5)] * 2
    assert said(timings)["cheap gradient"].outcome == "not known"


@pytest.mark.parametrize(
    ("rule", "key", "held"), [("memory released", "live", 10**6), ("no leak", "kept", 10**6)]
)
def test_what_stays_in_memory_is_flagged(rule: str, key: str, held: int) -> None:
    peak = [4 * 10**5, 4 * 10**6, 4 * 10**7]
    for share, outcome in ((0.001, "holds"), (0.5, "broken")):
        left = [int(p * share) for p in peak]
        found = said(series(1.0, 10.0, 100.0, family="elementwise", peak=peak, **{key: left}))
        assert found[rule].outcome == outcome


def test_quadratic_memory_is_flagged() -> None:
    found = said(series(1.0, 10.0, 100.0, peak=[10**4, 10**6, 10**8]))
    assert found["growth of memory"].outcome == "broken"


def test_a_failure_at_a_larger_size_is_flagged() -> None:
    timings = series(1.0, 10.0, 100.0)
    timings[-1].rounds, timings[-1].why_not = [], "RecursionError: maximum recursion depth"
    assert said(timings)["depth"].outcome == "broken"
    timings[-1].why_not = "has no add"
    assert "depth" not in said(timings)


def test_what_would_never_end_is_not_begun() -> None:
    doubling = FAMILIES["doubling"]
    timings = [
        Timing(doubling, n, "e", n, rounds=[(1e-6 * 2.0**n, 1e-6 * 2.0**n)]) for n in (10, 20)
    ]
    assert "would take" in hopeless(timings, 40)
    assert not hopeless(series(1e-3, 1e-2, 1e-1)[:2], 10_000)


@pytest.mark.parametrize(("sweep", "outcome"), [(0.4, "holds"), (0.7, "broken")])
def test_a_copy_is_told_from_an_addition_in_place(sweep: float, outcome: str) -> None:
    one = Timing(FAMILIES["fan-out"], 1, "e", 1, rounds=[(1.0, 2.0)] * 9)
    more = Timing(FAMILIES["fan-out"], 1000, "e", 1, rounds=[(11.0, 2.0 + 10.0 * sweep)] * 9)
    assert verdict(one, more).outcome == outcome
