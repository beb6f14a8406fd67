"""What was written by hand is right, by PyTorch's word; any other program it declines."""

import numpy as np
import pytest
from gradassay.oracles.program import Program, call
from gradassay.oracles.pytorch import gradient
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.adapter import Failure, op_table
from gradassay.suites.host import EngineHandle, inside, open_engine
from gradassay.suites.performance.by_hand import HANDS, ByHand
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.worker import Engine

SIZES = (2, 3, 10)


@pytest.fixture(scope="module")
def by_hand() -> EngineHandle:
    return inside(Engine(ByHand(), op_table(VOCABULARY)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", HANDS)
def test_gradients_are_those_of_pytorch(by_hand: EngineHandle, name: str, size: int) -> None:
    program = FAMILIES[name].make(size)
    (answer,) = by_hand.answers([program])
    assert answer.error is None, answer.error
    values, grads = gradient(program)
    np.testing.assert_allclose(answer.values[0], values[0], rtol=1e-12, atol=1e-12)
    for leaf, got, want in zip(program.leaves, answer.grads, grads, strict=True):
        assert (got is not None) == leaf.requires_grad
        if got is not None:
            assert got.shape == leaf.shape
            scale = abs(want).max(initial=1e-30)
            np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-13 * scale)


@pytest.mark.parametrize("name", HANDS)
def test_the_dtype_of_a_family_is_kept(by_hand: EngineHandle, name: str) -> None:
    family = FAMILIES[name]
    (answer,) = by_hand.answers([family.make(family.sizes[0])], family.dtype)
    assert answer.error is None, answer.error
    assert {g.dtype.name for g in answer.grads if g is not None} == {family.dtype}


def changed(program: Program, k: int, op: str, *args: int, **params: object) -> Program:
    calls = list(program.calls)
    calls[k] = call(op, *args, **params)
    return Program(program.leaves, tuple(calls), program.outputs)


@pytest.mark.parametrize(
    "program",
    [
        FAMILIES["doubling"].make(5),
        changed(FAMILIES["chain"].make(4), 1, "add", 3, 1),
        changed(FAMILIES["reductions"].make(64), 0, "sum", 0, axis=0),
    ],
)
def test_any_other_program_is_declined(by_hand: EngineHandle, program: Program) -> None:
    (answer,) = by_hand.answers([program])
    assert answer.error is not None
    assert answer.error.kind == "unsupported"
    assert "not written by hand" in answer.error.message


@pytest.mark.parametrize("name", ["linear regression", "elementwise"])
def test_it_is_timed_and_weighed_as_engines_are(name: str) -> None:
    with open_engine("by-hand", op_table(VOCABULARY)) as handle:
        found = handle.times(FAMILIES[name].make(1000), FAMILIES[name].dtype, memory=True)
    assert not isinstance(found, Failure), found
    assert all(f > 0 and b >= 0 for f, b in found.times)
    assert found.memory["peak"] > 4000
