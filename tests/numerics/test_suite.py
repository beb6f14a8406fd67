"""The suite as a whole: what it draws, that clean engines pass, and what is reported."""

import json

import numpy as np
import pytest
from gradassay.oracles.program import Program, Static
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Profile, Tally, Verdict
from gradassay.suites.adapter import op_table
from gradassay.suites.builder import Scope
from gradassay.suites.host import open_engine
from gradassay.suites.numerics import CLAUSES, POINTS, drawn, profiles
from gradassay.suites.numerics.conventions import PROFILES
from gradassay.suites.numerics.place import label, place
from gradassay.suites.numerics.sketch import finished
from gradassay.suites.numerics.special import HUGE, LARGEST
from gradassay.suites.plans import plans
from gradassay.suites.run import Plan, Session, run, trials
from gradassay.suites.saboteurs import SABOTEURS
from gradassay.suites.trial import Trial

OPS = op_table(VOCABULARY)
KNOWN = {  # differences in released engines that are no alarm: docs/findings.md
    "torch": {"hypot", "clip"},
    "reference": set(),
}


def opened(name):
    handle = open_engine(name, OPS, in_process=True)
    session = Session(handle)
    list(session.probe())
    return session


@pytest.fixture(scope="module", params=["reference", "torch"])
def session(request):
    session = opened(request.param)
    with session.handle:
        yield session


def records(session, count=24, dtype="float64", ops=None, seed=5):
    return [
        record
        for op in ops or session.ops
        if VOCABULARY[op].differentiable
        for record in run(
            Plan(check="numerics", op=op, count=count, dtype=dtype, seed=seed), session
        )
    ]


def test_every_clause_has_programs_and_a_sentence():
    assert list(CLAUSES) == [f"K{n}" for n in range(1, 9)]
    for says, points in CLAUSES.values():
        assert points
        assert says.endswith(".")
    assert sum(len(points) for _, points in CLAUSES.values()) == len(POINTS)


@pytest.mark.parametrize("point", POINTS, ids=lambda p: p.says)
def test_every_point_can_be_run_and_is_about_its_op(point):
    program, _ = finished(point.leaves, point.calls)
    assert point.op in program.ops
    assert place(program) != "outside"


def test_every_profile_is_of_a_program_that_is_tried(session):
    tried = {label(finished(p.leaves, p.calls)[0]) for p in POINTS}
    assert PROFILES.keys() <= tried


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_clean_engine_passes(session, dtype):
    found = records(session, dtype=dtype)
    counts = {o for r in found if isinstance(r, Tally) for o in r.counts}
    blamed = {r.op for r in found if isinstance(r, Verdict) and r.outcome != "no power"}
    assert "agrees" in counts
    assert blamed <= KNOWN[session.handle.hello.name]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_pytorch_passes_in_half_precision(dtype):
    session = opened("torch")
    with session.handle:
        found = records(session, 12, dtype)
    differing = {r.op for r in found if isinstance(r, Verdict) and "wrong" in r.outcome}
    assert differing <= KNOWN["torch"]


def test_pytorchs_column_is_what_pytorch_does():
    session = opened("torch")
    ops = {p.op for p in POINTS}
    with session.handle:
        found = {r.name.removeprefix("slope of "): r for r in records(session, 40, ops=ops)
                 if isinstance(r, Profile)}  # fmt: skip
    assert {name: r.observed for name, r in found.items()} == {
        n: t for n, (t, _) in PROFILES.items()
    }
    assert all(r.torch == r.observed for r in found.values())


def test_a_choice_that_changes_is_said_to():
    (found,) = profiles([("abs(0.0)", "0"), ("abs(0.0)", "1"), ("abs(0.0)", "0")])
    assert found.observed == "not consistent: 0 or 1"
    assert (found.torch, found.jax, found.strict) == ("0", "1", "nan")


@pytest.mark.parametrize(
    ("name", "strict"),
    [("sqrt(0.0)", "inf"), ("hypot(0.0, 0.0)", "nan; nan"), ("pow(0.0, fixed 1.5)", "0")],
)
def test_the_strict_profile_is_the_limit_that_all_sides_share(name, strict):
    (found,) = profiles([(name, "?")])
    assert found.strict == strict


@pytest.mark.parametrize("op", ["exp", "pow", "max", "where", "logaddexp", "matmul", "clip"])
def test_programs_are_a_function_of_the_seed_and_no_two_are_alike(op):
    def ids(seed):
        return [t.id for t in drawn(op, "float64", Scope(), 40, seed) if isinstance(t, Trial)]

    assert ids(3) == ids(3)
    assert 10 <= len(ids(3)) == len(set(ids(3))) <= 40


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_entries_are_exact_in_the_dtype(dtype):
    import torch

    for op in ("exp", "sort", "multiply", "max"):
        for trial in drawn(op, dtype, Scope(), 40, 0):
            for leaf in trial.program.leaves if isinstance(trial, Trial) else ():
                if leaf.kind == "real":
                    x = torch.from_numpy(leaf.array.copy())
                    back = x.to(getattr(torch, dtype)).double()
                    assert torch.equal(back.nan_to_num(), x.nan_to_num())


@pytest.mark.parametrize("dtype", HUGE)
@np.errstate(over="ignore")
def test_the_square_of_a_huge_number_leaves_the_range(dtype):
    assert HUGE[dtype] < LARGEST[dtype] < HUGE[dtype] * np.float64(HUGE[dtype])


def test_an_engine_of_scalars_gets_scalars_and_plain_exponents():
    scope = Scope(ranks=frozenset({0}), static={"pow": (1,)})
    found = [t for op in ("pow", "nn.functional.relu", "multiply")
             for t in drawn(op, "float64", scope, 30, 0) if isinstance(t, Trial)]  # fmt: skip
    assert len(found) > 40
    for trial in found:
        assert all(leaf.shape == () for leaf in trial.program.leaves)
        calls = [c for c in trial.program.calls if c.op == "pow"]
        assert all(isinstance(c.args[1], Static) for c in calls)


def test_what_is_not_offered_is_counted():
    scope = Scope(ops=("where", "multiply", "sum"))
    assert "not offered" in list(drawn("where", "float64", scope, 10, 0))


def test_every_differentiable_op_has_its_plan(session):
    made = list(plans("numerics", session, "quick", 0, ["float64"], "cpu"))
    assert {p.op for p in made} == {op for op in session.ops if VOCABULARY[op].differentiable}
    assert all(list(trials(p, session)) for p in made)


@pytest.mark.parametrize(
    "name", ["steep", "nobody", "unshifted", "masked", "sign_far", "clamped", "clamped_slope"]
)
def test_a_finding_has_a_script_that_shows_it(name, tmp_path):
    """It ends in 1 with the broken engine; the compared lines hold for the whole one."""
    saboteur = SABOTEURS[name]
    with saboteur.broken():
        session = opened("reference")
        with session.handle:
            verdict = next(r for r in records(session, ops=[saboteur.op]) if isinstance(r, Verdict))
            assert ended(verdict.script) == 1
    assert ended(verdict.script) == 0
    program = Program.from_json(bytes(verdict.program))
    assert json.loads(program.to_json())["calls"]


def ended(script):
    """How a script ends, run here, in the engine as it is."""
    with pytest.raises(SystemExit) as stop:
        exec(compile(script, "script", "exec"), {"__name__": "script"})
    return stop.value.code
