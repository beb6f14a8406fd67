"""Every row against every oracle: three computations that share nothing but the row's meaning."""

from __future__ import annotations

import ast
import contextlib
import inspect
import operator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from gradassay.oracles import complex_step, exact, pytorch, taylor
from gradassay.oracles.evaluate import UnsupportedError, examine
from gradassay.oracles.program import Leaf, Program, ProgramError, call
from gradassay.oracles.vocabulary import PARTS, VOCABULARY, find
from gradassay.suites.builder import is_real
from gradassay.suites.edits import candidates
from gradassay.suites.parameters import DRAWERS
from gradassay.suites.trial import Trial

from .programs import c, drawn, one_op, x

OPS = list(VOCABULARY)
ENOUGH = 34
# Names of the Python array API standard, 2024.12
ELEMENTWISE = (
    "add subtract multiply divide negative pow square reciprocal sqrt hypot abs maximum minimum "
    "clip greater greater_equal less less_equal where exp expm1 log log1p log2 log10 logaddexp "
    "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh"
)
REDUCTIONS = "sum mean prod max min var std cumulative_sum cumulative_prod"
STRUCTURE = (
    "reshape permute_dims broadcast_to expand_dims squeeze concat stack moveaxis flip roll repeat "
    "tile take take_along_axis sort tril triu"
)
LINALG = "matmul tensordot vecdot linalg.outer linalg.diagonal"
ARRAY_API = frozenset(f"{ELEMENTWISE} {REDUCTIONS} {STRUCTURE} {LINALG}".split())
ELSEWHERE = {
    "exp2": "SciPy, as special.exp2",
    "special.expit": "SciPy",
    "special.logsumexp": "SciPy",
    "special.softmax": "SciPy",
    "special.log_softmax": "SciPy",
    "split": "NumPy",
    "pad": "NumPy",
    "nn.functional.conv2d": "PyTorch",
    "nn.functional.relu": "PyTorch",
    "nn.functional.softplus": "PyTorch",
    "getitem": "Python",
}


@cache
def programs(op: str) -> tuple[Trial, ...]:
    return tuple(drawn(op, ENOUGH))


def slope(program: Program, direction: list[np.ndarray | None]) -> tuple[float, float]:
    """PyTorch's ⟨g, d⟩ and Σ |g·d|."""
    _, gradients = pytorch.gradient(program)
    products = [
        g * d for g, d in zip(gradients, direction, strict=True) if g is not None and d is not None
    ]
    return sum(p.sum() for p in products), sum(np.abs(p).sum() for p in products)


@pytest.mark.parametrize("op", OPS)
def test_every_op_can_be_drawn_often(op):
    assert len(programs(op)) == ENOUGH
    assert len({t.id for t in programs(op)}) >= 30


@pytest.mark.parametrize("op", OPS)
def test_the_numpy_meaning_has_the_values_of_the_pytorch_spelling(op):
    check_values(op)


def check_values(op):
    for trial in programs(op):
        every = tuple(n for n, v in enumerate(trial.facts.values) if is_real(v))
        program = Program(trial.program.leaves, trial.program.calls, every)
        outputs, _ = pytorch.gradient(program)
        for n, got in zip(every, outputs, strict=True):
            want = trial.facts.values[n]
            assert got.shape == want.shape, program
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13, err_msg=str(program))


@pytest.mark.parametrize("op", OPS)
def test_the_complex_step_has_the_gradient_of_pytorch(op):
    check_gradients(op)


def check_gradients(op):
    for trial in programs(op):
        _, got = complex_step.derivative(trial.program, trial.gaussian())
        want, size = slope(trial.program, trial.gaussian())
        assert abs(got - want) <= 1e-12 * size + 1e-14, trial.program


@pytest.mark.parametrize("op", OPS)
def test_the_complex_step_lies_in_or_beside_the_taylor_ball(op):
    for trial in programs(op):
        value, ball = taylor.derivative(trial.program, trial.gaussian())
        got_value, got = complex_step.derivative(trial.program, trial.gaussian())
        _, size = slope(trial.program, trial.gaussian())
        assert float(ball.rad()) < 1e-30 * (1 + size)
        assert abs(got - float(ball.mid())) <= 1e-12 * size + 1e-14, trial.program
        assert got_value == pytest.approx(float(value.mid()), rel=1e-12, abs=1e-12)


SPELT_WRONG = {
    "subtract": lambda t, x, y: y - x,
    "sin": lambda t, x: t.cos(x),
    "sum": lambda t, x, axis=None, keepdims=False: t.sum(x),
    "permute_dims": lambda t, x, axes: t.reshape(x, [x.shape[a] for a in axes]),
    "concat": lambda t, *xs, axis=0: t.concat(xs[::-1], dim=axis),
    "exp": lambda t, x: t.exp(x) * (1 + 1e-9),
}


@pytest.mark.parametrize("op", SPELT_WRONG)
def test_a_row_that_is_spelt_wrong_is_seen(op, monkeypatch):
    wrong = replace(find(op), torch=SPELT_WRONG[op])
    monkeypatch.setattr(pytorch, "row", lambda n: wrong if n == op else find(n))
    with pytest.raises(AssertionError):
        check_values(op)


@pytest.mark.parametrize("op", ["sin", "matmul", "multiply"])
def test_a_gradient_that_is_lost_is_seen(op, monkeypatch):
    lost = replace(find(op), torch=lambda t, *xs: find(op).torch(t, xs[0].detach(), *xs[1:]))
    monkeypatch.setattr(pytorch, "row", lambda n: lost if n == op else find(n))
    with pytest.raises(AssertionError):
        check_gradients(op)


@pytest.mark.parametrize("op", [op for op in OPS if VOCABULARY[op].exact])
def test_the_exact_oracle_serves_every_row_that_says_exact(op):
    served = 0
    for trial in (t for t in programs(op) if t.whole):
        truth = exact.solve(trial.program, trial.integers())
        served += 1
        _, ball = taylor.derivative(trial.program, trial.integers())
        assert ball.mid() == truth.tangent, trial.program
    assert served >= 5


@pytest.mark.parametrize("op", [op for op in OPS if not VOCABULARY[op].exact])
def test_the_exact_oracle_refuses_every_other_row(op):
    args = [x(1.0), x(1.0)][: VOCABULARY[op].args]
    with pytest.raises(UnsupportedError):
        exact.solve(one_op(op, *args), [np.array(1)] * len(args))


def test_names_and_aliases_are_unique():
    names = [*OPS, *(a for op in VOCABULARY.values() for a in op.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("op", OPS)
def test_names_are_of_the_array_api_standard_or_accounted_for(op):
    assert op in ARRAY_API or op in ELSEWHERE


@pytest.mark.parametrize("op", sorted(ARRAY_API))
def test_numpy_2_has_the_name_and_the_keywords(op):
    function = operator.attrgetter(op)(np)
    keywords = {} if op in ("matmul", "vecdot") else inspect.signature(function).parameters
    if "axis" in VOCABULARY[op].params and op not in ("concat", "vecdot"):
        assert "axis" in keywords
    assert "keepdims" not in VOCABULARY[op].params or "keepdims" in keywords


@pytest.mark.parametrize(("alias", "name"), [("power", "pow"), ("amax", "max"), ("pow", "pow")])
def test_a_row_is_found_by_name_and_alias(alias, name):
    assert find(alias).name == name


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        find("nonesuch")


def test_every_kind_of_parameter_has_a_drawer():
    kinds = {kind for op in VOCABULARY.values() for kind in op.params.values()}
    assert kinds <= DRAWERS.keys()


def test_every_drawer_serves_some_parameter():
    assert DRAWERS.keys() <= {k for op in VOCABULARY.values() for k in op.params.values()}


@pytest.mark.parametrize("part", PARTS)
def test_no_row_mentions_a_derivative(part):
    names = {n.id for n in ast.walk(ast.parse(inspect.getsource(part))) if isinstance(n, ast.Name)}
    names |= {
        n.attr for n in ast.walk(ast.parse(inspect.getsource(part))) if isinstance(n, ast.Attribute)
    }
    assert not {n for n in names if any(w in n.lower() for w in ("grad", "vjp", "jvp", "backward"))}


@pytest.mark.parametrize(
    ("program", "distance"),
    [
        (one_op("log", x(0.25)), 0.25),
        (one_op("sqrt", x(4.0, 0.5)), 0.5),
        (one_op("log", x(-3.0)), -3.0),
        (one_op("divide", x(1.0), x(-0.125)), 0.125),
        (one_op("pow", x(0.5), c(2.0)), 0.5),
        (one_op("exp", x(0.0)), np.inf),
        (one_op("reciprocal", x(-0.125)), 0.125),
        (one_op("log1p", x(-0.75)), 0.25),
        (one_op("asin", x(0.75)), 0.25),
        (one_op("acos", x(-0.75)), 0.25),
        (one_op("atanh", x(1.5)), -0.5),
        (one_op("acosh", x(1.5)), 0.5),
        (one_op("tan", x(-np.pi / 2)), 0.0),
        (one_op("tan", x(0.0)), np.pi / 2),
        (one_op("hypot", x(3.0), x(4.0)), 5.0),
        (one_op("atan2", x(0.25), x(-1.0)), 0.25),
        (one_op("atan2", x(0.0), x(2.0)), 2.0),
        (one_op("clip", x(0.0), c(-1.0), c(2.0)), 3.0),
        (one_op("std", x(3.0, 7.0)), 2.0),
        (one_op("std", x(3.0, 3.0)), 0.0),
        (one_op("var", x(3.0), correction=1), 0.0),
        (one_op("special.softmax", x(np.zeros((2, 0))), axis=1), 0.0),
    ],
)
def test_the_distance_to_the_nearest_singular_point(program, distance):
    assert examine(program).distance == distance


@pytest.mark.parametrize(
    ("program", "margin"),
    [
        (one_op("abs", x(0.5)), 0.5),
        (one_op("abs", x(-4.0)), 1.0),  # relative to the larger operand
        (one_op("maximum", x(1.0), x(1.0)), 0.0),
        (one_op("max", x(1.0, 3.0, 2.0)), 1 / 3),
        (one_op("min", x(2.0, 2.0)), 0.0),
        (one_op("nn.functional.relu", x(0.0)), 0.0),
        (one_op("add", x(0.0), x(0.0)), np.inf),
        (one_op("max", x(float("nan"), 1.0)), 0.0),
        (one_op("sort", x(1.0, 2.0, 4.0), axis=0), 0.25),
        (one_op("sort", x(1.0, 2.0, 1.0), axis=0, descending=True), 0.0),
        (one_op("clip", x(0.5, 3.0), min=0.0), 1 / 6),
        (one_op("logaddexp", x(1.0), x(1.0)), np.inf),
        (one_op("special.expit", x(0.0)), np.inf),
    ],
)
def test_the_margin_of_a_decision(program, margin):
    assert examine(program).margin == pytest.approx(margin)


@pytest.mark.parametrize(
    ("program", "smooth"),
    [
        (one_op("abs", x(0.5)), True),
        (one_op("abs", x(0.0)), False),
        (one_op("log", x(1e-4)), False),
        (one_op("log", x(-1.0)), False),
        (one_op("divide", x(1.0), x(0.0)), False),
        (one_op("mean", x(np.zeros(0))), False),
        (one_op("sum", x(np.zeros(0))), True),
    ],
)
def test_a_program_near_a_kink_or_a_singular_point_is_not_smooth(program, smooth):
    assert examine(program).smooth is smooth


NO_AXIS = {
    "squeeze": ([1.0], {"axis": 0}),
    "squeeze from the end": ([1.0], {"axis": -1}),
    "repeat": ([1.0], {"repeats": 2, "axis": 0}),
    "take": ([1.0, [0]], {"axis": 0}),
    "vecdot": ([[1.0, 2.0], 3.0], {}),
    "vecdot the other way": ([3.0, [1.0, 2.0]], {"axis": -1}),
    "vecdot of numbers": ([3.0, 2.0], {}),
    "vecdot over one that is broadcast": ([[1.0, 2.0], [3.0]], {}),
}
"""Forms that the array API has not, though NumPy or PyTorch is kind to some."""


@pytest.mark.parametrize("form", NO_AXIS)
def test_an_axis_that_is_not_there_is_no_program(form):
    arrays, params = NO_AXIS[form]
    leaves = tuple(Leaf.of(np.asarray(a)) for a in arrays)
    refused = Program(
        leaves, (call(form.split()[0], *range(len(leaves)), **params),), (len(leaves),)
    )
    with pytest.raises(ProgramError):
        examine(refused)


@pytest.mark.parametrize("op", ["squeeze", "vecdot", "repeat", "take"])
def test_no_smaller_program_names_an_axis_that_is_not_there(op):
    for trial in drawn(op, 12):
        for smaller in candidates(trial):
            with contextlib.suppress(ProgramError, UnsupportedError):
                values = examine(smaller).values
                for made in (k for k in smaller.calls if k.op == op and "axis" in k.params):
                    if made.params["axis"] is not None:
                        assert all(
                            np.ndim(values[a]) for a in made.refs[: 2 if op == "vecdot" else 1]
                        )
