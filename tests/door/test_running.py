"""The interpreter: what it gives to an engine, and what it makes of what comes back."""
# ruff: noqa: RUF012

import random

import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Program, Static, call
from gradassay.suites.worker import Engine

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])


class Tape:
    """A tape that records nothing: its values are numpy's."""

    name, version, namespace = "tape", "1", np
    dtypes = "float64 float32 complex128"

    def lift(self, array, requires_grad):
        return array

    def value(self, node):
        return node

    def grads(self, output, leaves):
        return [None for _ in leaves]


def run(adapter, ops, *calls, leaves=(X,), outputs=None, **where):
    given = tuple(x if isinstance(x, Leaf) else Leaf.of(x, requires_grad=True) for x in leaves)
    program = Program(given, calls, outputs or (len(given) + len(calls) - 1,))
    return Engine(adapter, ops).run(program.leaves, program.calls, program.outputs, **where)


def value(adapter, ops, *calls, **options):
    outcome = run(adapter, ops, *calls, **options)
    assert outcome.error is None, outcome.error
    return outcome.values[-1]


def test_parameters_arrive_as_pythons_own(ops):
    class Keyword(Tape):
        keywords = {"axis": "dim"}
        ops = {"sum": lambda x, dim, keepdims: np.array([*dim, keepdims])}

    got = value(Keyword, ops, call("sum", 0, axis=(0, 1), keepdims=float("inf")))
    np.testing.assert_array_equal(got, [0, 1, np.inf])


def test_concat_takes_one_list(ops):
    got = value(Tape, ops, call("concat", 0, 1, axis=0), leaves=(X, X))
    np.testing.assert_array_equal(got, np.concatenate([X, X]))


def test_where_takes_the_mask_as_bool(ops):
    mask = Leaf.of(X > 0)
    got = value(Tape, ops, call("where", 1, 0, 0), leaves=(X, mask))
    np.testing.assert_array_equal(got, X)


def test_getitem_takes_slices_new_axes_an_ellipsis_and_arrays(ops):
    key = [{"arg": 1}, None, {"slice": [None, None, -2]}, "..."]
    rows = Leaf.of(np.array([1, 0, 1]))
    got = value(Tape, ops, call("getitem", 0, 1, key=key), leaves=(X, rows))
    np.testing.assert_array_equal(got, X[[1, 0, 1], None, ::-2, ...])


def test_item_takes_one_of_several_results(ops):
    class Several(Tape):
        ops = {"exp": lambda x: (x, x + 1)}

    got = value(Several, ops, call("exp", 0), call("item", 1, index=1))
    np.testing.assert_array_equal(got, X + 1)


def test_a_plain_number_stays_plain(ops):
    class Power(Tape):
        ops = {"power": lambda x, n: np.array(isinstance(n, int)) * 1.0}

    assert value(Power, ops, call("pow", 0, Static(3))) == 1.0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_real_leaves_take_the_runs_dtype_and_others_keep_theirs(ops, dtype):
    seen = []

    class Looks(Tape):
        def lift(self, array, requires_grad):
            seen.append((array.dtype.name, requires_grad))
            return array

    integers, mask = Leaf.of(np.array([1, 2])), Leaf.of(np.array([True]))
    value(Looks, ops, call("add", 0, 0), leaves=(X, integers, mask), dtype=dtype)
    assert seen[-3:] == [(dtype, True), ("int64", False), ("bool", False)]


def test_lift_hears_of_dtype_and_device_if_it_asks(ops):
    class Asks(Tape):
        devices = "cpu gpu"
        dtypes = "bfloat16"

        def lift(self, array, requires_grad, device, dtype):
            assert (array.dtype, dtype, device) == (np.float32, "bfloat16", "gpu")
            return array

    assert run(Asks, ops, call("add", 0, 0), dtype="bfloat16", device="gpu").error is None


@pytest.mark.parametrize("where", [{"dtype": "float16"}, {"device": "gpu"}])
def test_what_the_adapter_does_not_declare_is_unsupported(ops, where):
    assert run(Tape, ops, call("add", 0, 0), **where).error["kind"] == "unsupported"


def test_an_op_that_is_not_offered_is_unsupported(ops):
    error = run(Tape, ops, call("nn.functional.relu", 0)).error
    assert (error["kind"], error["where"]) == ("unsupported", "call 0")


def raising(error):
    def raises(x, **params):
        raise error

    class Raises(Tape):
        keywords = {"axis": "dim"}
        declines = "not for .* here"
        ops = {"exp": raises, "sum": raises}

    return Raises


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("no"), "raised"),
        (NotImplementedError("later"), "unsupported"),
        (RuntimeError("not for integers here"), "unsupported"),
        (TypeError("got an unexpected keyword argument 'dim'"), "raised"),
        (SystemExit(3), "raised"),
        (KeyboardInterrupt(), "raised"),
        (RecursionError(), "raised"),
        (MemoryError(), "raised"),
    ],
    ids=repr,
)
def test_an_exception_is_classified_and_placed(ops, error, kind):
    found = run(raising(error), ops, call("add", 0, 0), call("exp", 1)).error
    assert (found["kind"], found["type"], found["where"]) == (kind, type(error).__name__, "call 1")
    assert "raises" in found["traceback"]


@pytest.mark.parametrize(
    ("message", "keyword"),
    [
        ("f() got an unexpected keyword argument 'dim'", "axis"),
        ("'keepdims' is an invalid keyword argument for f()", "keepdims"),
        ("f() takes no keyword arguments", "axis"),
        ("concat(): argument 'dim' must be int, not tuple", "axis"),
        ("sum() received an invalid combination of arguments - got (Tensor, dim=tuple)", "axis"),
    ],
)
def test_a_type_error_for_a_keyword_names_it_as_we_do(ops, message, keyword):
    error = run(raising(TypeError(message)), ops, call("sum", 0, axis=0, keepdims=True)).error
    assert (error["kind"], error["keyword"]) == ("keyword", keyword)


def test_another_type_error_is_raised(ops):
    error = run(raising(TypeError("axis must be an integer")), ops, call("sum", 0, axis=0)).error
    assert error["kind"] == "raised"


@pytest.mark.parametrize("layout", ["C", "F", "reversed", "strided"])
def test_a_changed_leaf_is_seen_in_every_layout(ops, layout):
    def change(x):
        x += 1
        return x

    class Changes(Tape):
        ops = {"exp": change}

    leaves = (Leaf.of(X, True, layout), Leaf.of(X, True, layout))
    assert run(Changes, ops, call("exp", 1), leaves=leaves).mutated == [1]
    assert run(Tape, ops, call("exp", 1), leaves=leaves).mutated == []


def test_programs_do_not_hear_of_each_other(ops):
    class Upsets(Tape):
        def grads(self, output, leaves):
            np.seterr(all="raise")
            return [np.random.random() + random.random() for _ in leaves]

    engine, before = Engine(Upsets, ops), np.geterr()
    program = (Leaf.of(X, True),), (call("add", 0, 0),), (1,)
    first, second = engine.run(*program), engine.run(*program)
    assert first.grads == second.grads
    assert np.geterr() == before


def test_a_wrong_number_of_gradients_is_said(ops):
    class Few(Tape):
        def grads(self, output, leaves):
            return []

    error = run(Few, ops, call("add", 0, 0)).error
    assert (error["where"], error["message"]) == ("sweep", "0 gradients for 1 leaves")


def test_an_error_says_what_it_came_from(ops):
    def raises(x, y):
        raise OSError("\n\nfailed") from ImportError("no such file")

    class Raises(Tape):
        ops = {"add": raises}

    error = run(Raises, ops, call("add", 0, 0)).error
    assert error["message"] == "failed (from ImportError: no such file)"


def test_without_a_wanted_gradient_nothing_is_swept(ops):
    class Sweeps(Tape):
        def grads(self, output, leaves):
            raise AssertionError

    assert run(Sweeps, ops, call("add", 0, 0), leaves=(Leaf.of(X),)).grads == [None]


def test_reset_comes_before_every_program(ops):
    events = []

    class Resets(Tape):
        def reset(self):
            events.append("reset")

        def lift(self, array, requires_grad):
            events.append("lift")
            return array

    engine = Engine(Resets, ops)
    assert events[0] == "reset"  # to see whether tensors can be indexed
    leaf = Leaf.of(X, requires_grad=True)
    for _ in range(2):
        events.clear()
        engine.run((leaf,), (call("add", 0, 0),), (1,))
        assert events == ["reset", "lift"]


class Functional:
    """Differentiates by complex steps: slow, short and right."""

    name, version, namespace, order = "functional", "1", np, 2

    def value_and_grad(self, f, arrays):
        grads = [self._partial(f, arrays, i) for i in range(len(arrays))]
        return f(*arrays), grads

    def gradient(self, f):
        return lambda x: (f(x + 0.5) - f(x - 0.5)) / 1.0  # exact for quadratics

    def _partial(self, f, arrays, i):
        moved = [a + 0j for a in arrays]
        moved[i] = moved[i] + 1e-30j
        return f(*moved).imag / 1e-30


TWO, THREE = np.array(2.0), np.array(3.0)


def test_a_functional_engine_gets_the_wanted_leaves_and_holds_the_others(ops):
    leaves = (Leaf.of(THREE), Leaf.of(TWO, requires_grad=True))
    calls = (call("multiply", 0, 1), call("multiply", 2, 1))
    outcome = run(Functional, ops, *calls, leaves=leaves, outputs=(2, 3))
    assert outcome.error is None, outcome.error
    assert [float(v) for v in outcome.values] == [6.0, 12.0]
    assert outcome.grads[0] is None
    assert outcome.grads[1] == 12.0


def test_a_functional_gradient_is_taken_by_leaves_and_by_results(ops):
    calls = (
        call("multiply", 0, 1),  # v2 = x y
        call("multiply", 2, 2),  # v3 = v2²
        call("grad", 3, 2),  # v4 = 2 v2
        call("grad", 3, 0),  # v5 = 2 x y²
        call("grad", 4, 1),  # v6 = 2 x
        call("add", 5, 6),
    )
    outputs = (4, 5, 6, 7)
    outcome = run(Functional, ops, *calls, leaves=(TWO, THREE), outputs=outputs)
    assert outcome.error is None, outcome.error
    assert [float(v) for v in outcome.values] == [12.0, 36.0, 4.0, 40.0]


def test_without_order_two_a_gradient_is_not_offered(ops):
    error = run(Tape, ops, call("grad", 0, 0)).error
    assert (error["kind"], error["message"]) == ("unsupported", "grad is not offered")


# ---- symbolic engines --------------------------------------------------------------------------


class Symbolic:
    """Nodes are functions of the leaves' entries; gradients are complex steps, compiled last."""

    name, version = "symbolic", "1"
    order, dtypes = 2, "float64 float32"
    ops = {
        "multiply": lambda a, b: lambda given: a(given) * b(given),
        "sum": lambda a: lambda given: a(given).sum(),
        "where": lambda m, a, b: lambda given: np.where(m(given), a(given), b(given)),
    }

    def symbol(self, shape, dtype):
        def node(given):
            return given[node]

        self._seen.append((shape, dtype))
        return node

    def grad(self, output, leaves):
        return [self._partial(output, leaf) for leaf in leaves]

    def _partial(self, output, leaf):
        def node(given):
            x = given[leaf]
            steps = 1e-30j * np.eye(x.size).reshape(x.size, *x.shape)
            found = [output({**given, leaf: x + step}).imag / 1e-30 for step in steps]
            return np.reshape(found, x.shape)

        return node

    def compile(self, inputs, outputs):
        def function(*arrays):
            given = dict(zip(inputs, arrays, strict=True))
            return [np.asarray(output(given)) for output in outputs]

        return function

    def __init__(self):
        self._seen = []


def test_a_symbolic_engine_gets_shapes_and_dtypes_and_then_the_arrays(ops):
    adapter = Symbolic()
    leaves = (Leaf.of(X, requires_grad=True), Leaf.of(X > 0), Leaf.of(TWO))
    calls = (call("where", 1, 0, 2), call("multiply", 3, 0), call("sum", 4))
    outcome = run(adapter, ops, *calls, leaves=leaves, outputs=(4, 5), dtype="float32")
    assert outcome.error is None, outcome.error
    assert adapter._seen == [((2, 3), "float32"), ((2, 3), "bool"), ((), "float32")]
    np.testing.assert_array_equal(outcome.values[0], np.where(X > 0, X * X, 2 * X))
    assert outcome.grads[1:] == [None, None]
    np.testing.assert_allclose(outcome.grads[0], np.where(X > 0, 2 * X, 2), rtol=1e-6)


def test_a_symbolic_gradient_is_a_node(ops):
    class Linear(Symbolic):
        def grad(self, output, leaves):
            return [leaves[0]]

    outcome = run(Linear, ops, call("grad", 0, 0), call("multiply", 1, 0), leaves=(THREE,))
    assert outcome.error is None, outcome.error
    assert outcome.values == [9.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grad": lambda self, output, leaves: []}, "0 gradients for 1 leaves"),
        ({"compile": lambda self, i, o: lambda *arrays: []}, "0 results for 2 outputs"),
        ({"compile": lambda self, i, o: lambda *arrays: [None, None]}, "output 0 is a NoneType"),
    ],
)
def test_too_few_results_of_a_symbolic_engine_are_said(ops, change, message):
    wrong = type("Wrong", (Symbolic,), change)
    error = run(wrong, ops, call("multiply", 0, 0), leaves=(THREE,)).error
    assert (error["where"], error["kind"]) == ("sweep", "raised")
    assert message in error["message"]


def test_none_from_a_symbolic_engine_is_none(ops):
    class Unconnected(Symbolic):
        def grad(self, output, leaves):
            return [None for _ in leaves]

    outcome = run(Unconnected, ops, call("multiply", 0, 0), leaves=(THREE,))
    assert (outcome.error, outcome.grads) == (None, [None])


def test_without_0d_tensors_the_last_value_may_have_one_entry(ops):
    class NoScalars(Tape):
        zero_dimensional = False
        ops = {"sum": lambda x: x.sum(keepdims=True).reshape(1)}

    outcome = run(NoScalars, ops, call("sum", 0))
    assert outcome.error is None, outcome.error
    assert outcome.values[0].shape == ()
    assert run(type("Has", (NoScalars,), {"zero_dimensional": True}), ops, call("sum", 0)).values[
        0
    ].shape == (1,)
