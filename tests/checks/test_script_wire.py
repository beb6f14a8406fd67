"""Scripts through the door: alike in process and in a worker, whatever the engine does."""

import shlex
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.adapter import EngineError, Failure, ProtocolError, Result, op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner, offer_of
from gradassay.suites.checks.script import Builder, Script
from gradassay.suites.host import EngineHandle, open_engine
from gradassay.suites.saboteurs import BY_CHECKS

HERE = Path(__file__).parent
UNRULY, BABBLING = HERE / "unruly.py", HERE / "babbling.py"
OPS = op_table(VOCABULARY)


def play(handle: EngineHandle, script: Script) -> tuple[Result, ...] | Failure:
    return handle.script(msgspec.json.encode(script.steps), len(script.steps))


def swept() -> Script:
    """A leaf, a sweep, its gradient."""
    s = Builder()
    x = s.leaf(3.0)
    s.backward(x)
    s.get_grad(x)
    return s.script()


def plain() -> Script:
    """x + x, without a sweep."""
    s = Builder()
    x = s.leaf(3.0)
    s.value(s.call("add", x, x))
    return s.script()


# ---- in process and in a worker ----------------------------------------------------------------


def told(result: Result) -> tuple[object, ...]:
    """A result without its traceback, comparable."""
    array, error = result.array, result.error
    form = None if array is None else (array.dtype.name, array.shape, array.tobytes())
    why = None if error is None else (error.kind, error.type, error.message, error.where)
    return form, result.none, result.flag, why


@pytest.mark.parametrize("engine", ["reference", "torch", "micrograd"])
def test_a_worker_gives_the_same_results_as_our_process(engine: str) -> None:
    with open_engine(engine, OPS) as far, open_engine(engine, OPS, in_process=True) as near:
        for clause in CLAUSES.values():
            script = clause.script(offer_of(near.hello))
            if clause.level == "L8" or "dropout" in script.verbs:
                continue  # measured, or drawn by the engine: new each time
            found = [play(handle, script) for handle in (far, near)]
            assert not [f for f in found if isinstance(f, Failure)]
            assert [told(r) for r in found[0]] == [told(r) for r in found[1]], clause.id


# ---- engines that misbehave --------------------------------------------------------------------

LOST = {"Dying": ("crashed", "ended with status 3"), "Hanging": ("timed out", "within 0.5 s")}


@pytest.mark.parametrize("name", LOST)
def test_a_lost_worker_is_one_outcome_and_the_next_script_runs(name: str) -> None:
    with open_engine(f"{UNRULY}:{name}", OPS, timeout=0.5) as handle:
        for _ in range(2):
            lost = play(handle, swept())
            assert isinstance(lost, Failure)
            assert (lost.kind, LOST[name][1] in lost.message) == (LOST[name][0], True)
            found = play(handle, plain())
            assert not isinstance(found, Failure)
            assert found[-1].array == 6.0


def test_a_death_that_needs_its_predecessors_is_no_outcome() -> None:
    with open_engine(f"{UNRULY}:Leaking", OPS) as handle:
        assert not [f for f in (play(handle, swept()) for _ in range(12)) if isinstance(f, Failure)]


def test_an_exit_is_an_error_of_its_step() -> None:
    with open_engine(f"{UNRULY}:Leaving", OPS) as handle:
        found = play(handle, swept())
    assert not isinstance(found, Failure)
    assert [r.error.type if r.error else None for r in found] == [None, "SystemExit", None]


def test_junk_for_a_gradient_is_an_error_of_its_step() -> None:
    with open_engine(f"{UNRULY}:Junk", OPS) as handle:
        found = play(handle, swept())
    assert not isinstance(found, Failure)
    assert found[2].error is not None
    assert (found[2].error.kind, found[2].error.type) == ("raised", "TypeError")


def test_a_step_after_one_that_failed_is_blocked() -> None:
    s = Builder()
    s.value(s.call("add", s.call("exp", s.leaf(3.0)), 1.0))
    with open_engine(f"{UNRULY}:Honest", OPS) as handle:
        found = play(handle, s.script())
    assert not isinstance(found, Failure)
    assert [r.error.kind if r.error else None for r in found] == [
        None,
        "unsupported",
        "blocked",
        "blocked",
    ]


def test_modes_that_a_script_leaves_on_are_undone() -> None:
    s = Builder()
    s.enter("no_grad")
    with open_engine("reference", OPS, in_process=True) as handle:
        play(handle, s.script())
        x = Builder()
        x.step("is_grad_enabled")
        (found,) = play(handle, x.script())
    assert found.flag is True


# ---- adapters and workers that are wrong -------------------------------------------------------


@pytest.mark.parametrize("in_process", [True, False])
def test_a_misspelt_method_has_a_hint(in_process: bool) -> None:
    message = "methods names 'retain_gard', no verb; did you mean 'retain_grad'"
    with pytest.raises(EngineError, match=message):
        open_engine(f"{UNRULY}:Misspelt", OPS, in_process=in_process)


def test_a_mode_that_the_namespace_lacks_is_named() -> None:
    with pytest.raises(EngineError, match="methods names 'no_grad', but the namespace has none"):
        open_engine(f"{UNRULY}:Lacking", OPS)


def babbling(kind: str) -> EngineHandle:
    return open_engine("cmd:" + shlex.join([sys.executable, str(BABBLING), kind]), OPS)


def test_a_worker_in_any_language_may_answer() -> None:
    with babbling("good") as handle:
        found = play(handle, plain())
    assert not isinstance(found, Failure)
    assert [r.array for r in found] == [np.array(1.0)] * 3


BROKEN = {
    "wrong seq": "a reply came with seq",
    "too few": "2 results came for 3 steps",
    "wrong bytes": "broke the protocol",
    "objects": "'O' is no dtype of the wire",
    "refusal": "the worker refused a script: no",
    "garbage": "broke the protocol",
    "[1, 2]": "broke the protocol",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_garbage_breaks_the_protocol_in_one_clear_line(kind: str) -> None:
    with babbling(kind) as handle, pytest.raises(ProtocolError, match=BROKEN[kind]) as error:
        play(handle, plain())
    assert "\n" not in str(error.value)


def test_a_mode_that_an_engine_leaves_on_is_not_held_against_what_comes_next() -> None:
    """G16 of this saboteur leaves recording off; every clause after it would differ as well."""
    (name,) = [row.name for row in BY_CHECKS.values() if "G16" in row.check.split()][:1]
    with open_engine(f"saboteur:{name}", OPS) as handle:
        examiner = Examiner(handle)
        assert examiner.check(CLAUSES["G16"]).outcome == "differs"
        assert examiner.check(CLAUSES["S1"]).outcome == "holds"
