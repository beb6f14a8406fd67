"""Every bundled engine, in our process and in its own, on small programs with known answers.

An engine with an environment of its own is skipped by name where `make engines` has not built it.
"""

from pathlib import Path

import numpy as np
import pytest
from gradassay.oracles.evaluate import examine
from gradassay.oracles.program import Leaf, Program, Static, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.adapter import op_table
from gradassay.suites.engines import BUNDLED
from gradassay.suites.engines.environments import ENVIRONMENTS, installed
from gradassay.suites.host import open_engine
from gradassay.suites.run import Plan, Session, run
from gradassay.suites.worker import load_file

OPS = op_table(VOCABULARY)
spelled = load_file(str(Path(__file__).with_name("spelled.py"))).spelled
APART = installed(Path(__file__).parents[2] / "build" / "engines")
"""Engines with an environment of their own, and its interpreter."""
HERE = [name for name in BUNDLED if name not in ENVIRONMENTS and ":" not in name]
ARRAYS = [name for name in BUNDLED if name not in ("micrograd", "minitorch")]
NUMPY_LIKE = [name for name in ARRAYS if name not in ("dezero", "smallpebble")]
X, Y = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([0.5, -1.0])


def leaf(array, **options):
    return Leaf.of(np.array(array), requires_grad=True, **options)


CUBE = Program(
    (leaf(2.0), Leaf.of(np.array(5.0))),
    (call("pow", 0, Static(3)), call("multiply", 2, 1)),
    (3,),
)
PRODUCTS = Program(  # the same, for engines without powers
    CUBE.leaves,
    (call("multiply", 0, 0), call("multiply", 2, 0), call("multiply", 3, 1)),
    (4,),
)
PRODUCT = Program(
    (leaf(X, layout="reversed"), leaf(Y, layout="strided")),
    (call("multiply", 0, 1), call("sum", 2, axis=0), call("sum", 3)),
    (3, 4),
)
SECOND = Program(
    (leaf(2.0),),
    (call("pow", 0, Static(3)), call("grad", 1, 0), call("grad", 2, 0), call("multiply", 3, 1)),
    (2, 4),
)


@pytest.fixture(scope="module", params=[True, False], ids=["in process", "worker"])
def engines(request):
    """Opens each engine once."""
    opened = {}

    def engine(name):
        package, _, _ = name.partition(":")
        if package in ENVIRONMENTS and package not in APART:
            pytest.skip(f"{package} is not installed: make engines")
        if package in ENVIRONMENTS and request.param:
            pytest.skip(f"{package} is in an environment of its own")
        if name not in opened:
            python = str(APART[package]) if package in APART else None
            opened[name] = open_engine(
                name, OPS, python=python, in_process=request.param, timeout=60.0
            )
        return opened[name]

    yield engine
    for handle in opened.values():
        handle.close()


def asked(engine, programs):
    """Answers in the dtype that the engine names first."""
    return engine.answers(programs, engine.hello.limits.dtypes[0])


@pytest.mark.parametrize("name", BUNDLED)
def test_the_value_and_the_gradient_of_a_cube(engines, name):
    offered = engines(name).hello.offers
    (answer,) = asked(engines(name), [CUBE if "pow" in offered else PRODUCTS])
    assert answer.error is None, answer.error
    np.testing.assert_array_equal(answer.values[0], 40.0)
    np.testing.assert_array_equal(answer.grads[0], 60.0)
    assert answer.mutated == ()


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_in_every_layout(engines, name):
    (answer,) = asked(engines(name), [PRODUCT])
    assert answer.error is None, answer.error
    np.testing.assert_array_equal(answer.values[0], [2.0, 2.0])
    np.testing.assert_array_equal(answer.values[1], 4.0)
    np.testing.assert_array_equal(answer.grads[0], [Y, Y])
    np.testing.assert_array_equal(answer.grads[1], [4.0, -2.0])


SECOND_ORDER = ["reference", "torch", "autograd", "jax", "tensorflow", "pytensor", "mlx"]


@pytest.mark.parametrize("name", SECOND_ORDER)
def test_a_gradient_of_a_gradient(engines, name):
    (answer,) = asked(engines(name), [SECOND])
    assert answer.error is None, answer.error
    np.testing.assert_array_equal(answer.values, [12.0, 96.0])
    np.testing.assert_array_equal(answer.grads[0], 12 * 12.0 + 6 * 8.0 - 0.0)


@pytest.mark.parametrize("name", ARRAYS)
def test_every_real_dtype_it_declares_is_the_dtype_it_answers_in(engines, name):
    engine = engines(name)
    for dtype in engine.hello.limits.dtypes:
        if dtype.startswith("complex"):
            continue
        (answer,) = engine.answers([PRODUCT], dtype=dtype)
        assert answer.error is None, answer.error
        wire = "float32" if dtype == "bfloat16" else dtype
        assert {a.dtype.name for a in (*answer.values, *answer.grads)} == {wire}


@pytest.mark.parametrize("name", ["reference", "torch"])
def test_every_device_it_declares_gives_the_same_answer(engines, name):
    engine = engines(name)
    for device in engine.hello.limits.devices:
        (answer,) = engine.answers([PRODUCT], device=device)
        assert answer.error is None, answer.error
        np.testing.assert_array_equal(answer.grads[1], [4.0, -2.0])


def test_a_scalar_engine_refuses_no_more_than_it_must(engines):
    hello = engines("micrograd").hello
    assert hello.limits.ranks == (0,)
    assert hello.limits.static == {"pow": (1,)}
    assert set(hello.offers) == {
        *("add", "subtract", "multiply", "divide", "negative", "pow", "nn.functional.relu")
    }


@pytest.mark.parametrize("name", ["reference", "torch"])
def test_the_torch_like_engines_offer_the_whole_vocabulary(engines, name):
    assert set(VOCABULARY) - set(engines(name).hello.offers) == set()


@pytest.mark.parametrize("name", ARRAYS)
def test_every_op_takes_its_documented_keywords(engines, name):
    engine = engines(name)
    programs = [spelled(op) for op in VOCABULARY.values() if op.name in engine.hello.offers]
    wrong = {}
    for program, answer in zip(programs, asked(engine, programs), strict=True):
        if answer.error:
            wrong[program.calls[0].op] = answer.error.message
        elif not same(answer.values[0], examine(program).values[program.outputs[0]]):
            wrong[program.calls[0].op] = answer.values[0]
    assert {op: e for op, e in wrong.items() if op not in UNSUPPORTED.get(name, ())} == {}


UNSUPPORTED = {
    "torch": {"cumulative_sum"},
    "autograd": {"cumulative_sum"},
    "mygrad": {"cumulative_sum", "nn.functional.conv2d"},
    "dezero": {"pow", "matmul"},
    "mlx": {"cumulative_sum", "moveaxis", "std", "var"},
    "pytensor": {"cumulative_sum", "roll", "vecdot"},
    "smallpebble": {"sum", "pad"},
    "tensorflow": {"cumulative_sum", "std", "var", "nn.functional.conv2d"},
    "tensorflow:graph": {"cumulative_sum", "std", "var", "nn.functional.conv2d"},
    "tinygrad": {"cumulative_sum"},
}
"""What an engine offers, but not with all parameters."""


def same(found, expected):
    return found.shape == expected.shape and np.allclose(found, expected, equal_nan=True)


AXES = [None, 0, -1, (0, 1), (1, 0)]


@pytest.mark.parametrize("name", NUMPY_LIKE)
@pytest.mark.parametrize("op", ["sum", "mean", "prod", "max", "min"])
def test_reductions_take_every_kind_of_axis(engines, name, op):
    programs = [
        Program((Leaf.of(X),), (call(op, 0, axis=axis, keepdims=keep),), (1,))
        for axis in AXES
        for keep in (False, True)
    ]
    engine = engines(name)
    for program, answer in zip(programs, asked(engine, programs), strict=True):
        assert answer.error is None, (str(program), answer.error)
        want = getattr(np, op)(X, **program.calls[0].keywords).astype(engine.hello.limits.dtypes[0])
        np.testing.assert_allclose(answer.values[0], want, strict=True)


def verdicts(name):
    """What a small run of an engine says: of each program, of each finding, and in all.

    Scores are left out: micrograd adds gradients in the order of a set, which memory decides.
    """
    found = []
    with open_engine(name, OPS) as handle:
        session = Session(handle, spec=name)
        found += session.probe()
        for op in ("", "multiply", "pow", "sum"):
            plan = Plan(check="ops" if op else "graphs", op=op, seed=7, count=100)
            found += run(plan, session)
    keys = "id", "outcome", "op", "message", "counts", "observed"
    return [[getattr(record, key, None) for key in keys] for record in found]


@pytest.mark.parametrize("name", HERE)
def test_the_same_seed_gives_the_same_verdicts(name):
    first = verdicts(name)
    assert len(first) > 200
    assert first == verdicts(name)
