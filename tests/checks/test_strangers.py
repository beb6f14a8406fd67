"""Engines that differ from PyTorch and are right: none is accused, and what is wrong still is."""

from functools import wraps
from inspect import signature
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Check
from gradassay.suites.adapter import op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner
from gradassay.suites.checks.page import EVERYTHING
from gradassay.suites.host import inside
from gradassay.suites.worker import Engine

OPS = op_table(VOCABULARY)


def said(adapter: Any, *names: str) -> dict[str, Check]:
    """What these checks say of an adapter."""
    with inside(Engine(adapter, OPS)) as handle:
        examiner = Examiner(handle)
        return {name: examiner.check(CLAUSES[name]) for name in names}


def outcomes(adapter: Any, *names: str) -> list[str]:
    """What came of these checks."""
    return [check.outcome for check in said(adapter, *names).values()]


def tape(lift: Any, **more: Any) -> Any:
    """An adapter of PyTorch with leaves of its own."""
    given = {"style": "tape", "namespace": torch, "spelling": "torch", "lift": lift, **more}
    return SimpleNamespace(**{"name": "stranger", "version": "1", **given})


def whole(**names: Any) -> Any:
    """An adapter of PyTorch with other names."""
    module = SimpleNamespace(**{**vars(torch), **names})
    return SimpleNamespace(name="stranger", version="1", torch=module)


def lifted(array: Any, requires_grad: bool) -> Any:
    """A leaf as PyTorch makes it."""
    x = torch.tensor(array)
    return x.requires_grad_() if requires_grad else x


def test_a_second_sweep_that_raises_is_an_error_whatever_the_leaf_still_holds() -> None:
    plain = tape(lifted, methods="backward get_grad")
    assert outcomes(plain, "G8", "G9", "G32") == ["holds"] * 3


def decorated(function: Any) -> Any:
    """The function behind a decorator, as many engines have it."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def few_keywords(
    outputs: Any, inputs: Any, allow_unused: bool = False, create_graph: bool = False
) -> Any:
    """`grad` without `materialize_grads`."""
    known = {"allow_unused": allow_unused, "create_graph": create_graph}
    return torch.autograd.grad(outputs, inputs, **known)


def half_done(outputs: Any, inputs: Any, materialize_grads: bool = False, **more: Any) -> Any:
    """`grad` that takes the keyword, and passes it on to what does not."""
    more = {**more, "materialize_grads": True} if materialize_grads else more
    return decorated(few_keywords)(outputs, inputs, **more)


def misspelt(outputs: Any, inputs: Any, **more: Any) -> Any:
    """`grad` that calls what it is made of by a name of its own, which that has not."""
    return few_keywords(outputs, inputs, **{k.replace("allow", "let"): more[k] for k in more})


def by_name(outputs: Any, inputs: Any, **more: Any) -> Any:
    """`grad` that looks its keywords through itself."""
    if "materialize_grads" in more:
        raise TypeError("'materialize_grads' is an invalid keyword argument for grad()")
    return few_keywords(outputs, inputs, **more)


def with_grad(grad: Any) -> Any:
    """An adapter of PyTorch with another `torch.autograd.grad`."""
    return whole(autograd=SimpleNamespace(**{**vars(torch.autograd), "grad": grad}))


@pytest.mark.parametrize("grad", [few_keywords, decorated(decorated(few_keywords)), by_name])
def test_a_keyword_that_is_lacking_is_so_behind_decorators_too(grad: Any) -> None:
    found = said(with_grad(grad), "G23")["G23"]
    assert found.outcome == "not applicable"
    assert "materialize_grads" in found.message


@pytest.mark.parametrize("grad", [half_done, decorated(half_done), misspelt])
def test_a_keyword_that_is_lost_within_the_engine_is_its_own_fault(grad: Any) -> None:
    assert outcomes(with_grad(grad), "G23") == ["differs"]


class Lazy:
    """A module whose names are looked up as they are asked for."""

    def __getattr__(self, name: str) -> Any:
        if name == "inference_mode":
            raise AttributeError(f"no {name} here")
        return getattr(torch, name)


def test_a_name_may_be_refused_by_the_engine_s_own_lookup() -> None:
    found = said(SimpleNamespace(name="lazy", version="1", torch=Lazy()), "G18")["G18"]
    assert found.outcome == "not applicable"
    assert "no inference_mode here" in found.message


def functions_without(name: str, swept: Any) -> Any:
    """An adapter of PyTorch whose user functions lack a name, and hand errors on by `swept`."""

    class Context:
        def __init__(self, ctx: Any) -> None:
            self.ctx = ctx

        def __getattr__(self, asked: str) -> Any:
            if asked == name:
                raise AttributeError(f"the context has no attribute {asked!r}")
            return getattr(self.ctx, asked)

    class Function(torch.autograd.Function):
        def __init_subclass__(cls) -> None:
            forward, backward = cls.forward, cls.backward
            cls.forward = staticmethod(lambda ctx, *xs: forward(Context(ctx), *xs))
            cls.backward = staticmethod(lambda ctx, *gs: swept(backward, Context(ctx), *gs))

    return whole(autograd=SimpleNamespace(**{**vars(torch.autograd), "Function": Function}))


def handed_on(run: Any, *args: Any) -> Any:
    """What a callback gives; an error is wrapped."""
    try:
        return run(*args)
    except Exception as error:
        raise OSError("while a node was run") from error


def quoted(run: Any, *args: Any) -> Any:
    """What a callback gives; an error comes from another language, which only quotes it."""
    said = ""
    try:
        return run(*args)
    except Exception as error:
        said = f"(External) {type(error).__name__}: {error} (at node.cc:177)"
    raise OSError(said)


def bare(run: Any, *args: Any) -> Any:
    """What a callback gives; that it failed is all that is said of it."""
    said = ""
    try:
        return run(*args)
    except Exception:
        said = "a node failed"
    raise OSError(said)


@pytest.mark.parametrize("swept", [handed_on, quoted])
def test_what_a_user_function_finds_lacking_may_come_by_another_error(swept: Any) -> None:
    found = said(functions_without("needs_input_grad", swept), "X9", "X10")
    assert [c.outcome for c in found.values()] == ["not applicable", "holds"]
    assert said(functions_without("saved_tensors", swept), "X10")["X10"].outcome == "not applicable"


def test_an_error_that_does_not_say_so_is_the_engine_s() -> None:
    assert outcomes(functions_without("needs_input_grad", bare), "X9") == ["differs"]


def never_frozen(array: Any, requires_grad: bool) -> Any:
    """A leaf that records, asked or not."""
    return lifted(array, array.dtype.kind == "f")


def test_an_engine_that_cannot_freeze_gives_every_leaf_its_gradient() -> None:
    assert outcomes(tape(never_frozen, methods="backward get_grad"), "N7", "G11") == ["holds"] * 2
    assert outcomes(tape(lifted, methods="backward get_grad"), "N7", "G11") == ["holds"] * 2


def test_one_that_can_must_and_what_it_gives_must_be_right() -> None:
    freezing = tape(never_frozen, methods="backward get_grad requires_grad")
    assert outcomes(freezing, "N7", "G11") == ["differs"] * 2
    wrong = tape(never_frozen, methods="backward", get_grad=lambda x: 2 * x.grad)
    assert outcomes(wrong, "N7", "G11") == ["differs"] * 2


def of_floats(array: Any, requires_grad: bool) -> Any:
    """A leaf of floats, whatever came."""
    return torch.tensor(array.astype("float64"), requires_grad=requires_grad)


def no_integers(x: Any) -> Any:
    """A sum that refuses integers, as an op of a typed engine does."""
    if not x.is_floating_point():
        raise TypeError("sum takes floats")
    return torch.sum(x)


def silent(array: Any, requires_grad: bool) -> Any:
    """A leaf that does not record if it holds integers, and no word of that."""
    return lifted(array, requires_grad and array.dtype.kind == "f")


def test_an_engine_that_has_floats_alone_has_no_integer_leaf() -> None:
    assert outcomes(tape(of_floats), "T8") == ["holds"]


def test_integers_may_be_refused_where_they_are_used() -> None:
    refusing = tape(silent, ops={"sum": no_integers})
    assert outcomes(refusing, "T8") == ["holds"]


def test_gradients_of_what_still_holds_integers_differ() -> None:
    seen = tape(of_floats, value=lambda x: x.detach().numpy().astype("int64"))
    assert outcomes(seen, "T8") == ["differs"]
    ones = tape(silent, grads=lambda output, leaves: [torch.ones(3, dtype=torch.int64)])
    assert outcomes(ones, "T8") == ["differs"]


def of_tensors(name: str) -> Any:
    """A function that takes tensors alone."""

    def op(x: Any, y: Any) -> Any:
        if not isinstance(x, torch.Tensor):
            raise TypeError(f"{name}() takes tensors")
        return getattr(torch, name)(x, y)

    return op


def test_a_function_in_an_operator_s_place_may_take_tensors_alone() -> None:
    typed = {name: of_tensors(name) for name in ("subtract", "divide", "pow")}
    assert outcomes(tape(lifted, ops=typed), "S8") == ["holds"]
    swapped = {**typed, "subtract": lambda x, y: y - x}
    assert outcomes(tape(lifted, ops=swapped), "S8") == ["differs"]


class Unreflected:
    """A number, under operators that take a number on the right alone."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __sub__(self, other: Any) -> Any:
        return Unreflected(self.x - getattr(other, "x", other))

    def __truediv__(self, other: Any) -> Any:
        return Unreflected(self.x / getattr(other, "x", other))

    def __pow__(self, other: Any) -> Any:
        return Unreflected(self.x ** getattr(other, "x", other))


def test_an_operator_must_take_a_number_on_either_side() -> None:
    operators = SimpleNamespace(
        name="unreflected",
        version="1",
        operators="subtract divide power",
        lift=lambda array, requires_grad: Unreflected(lifted(array, requires_grad)),
        value=lambda y: y.x.detach().numpy(),
        grads=lambda y, xs: torch.autograd.grad(y.x, [x.x for x in xs]),
    )
    found = said(operators, "S8")["S8"]
    assert found.outcome == "differs"
    assert "unsupported operand" in found.message


class Sees(Unreflected):
    """A product of numbers that says of every gradient that it requires one, as Chainer does."""

    requires_grad = True

    def __mul__(self, other: Any) -> Any:
        return type(self)(self.x * other.x)


def asked(y: Any, xs: Any, create_graph: bool) -> Any:
    """Gradients that have a graph when it is asked for, and none where there is none."""
    if not y.x.requires_grad:
        return [None for _ in xs]
    found = torch.autograd.grad(y.x, [x.x for x in xs], create_graph=create_graph)
    return [Sees(g) for g in found]


def of_products(grad: Any, **more: Any) -> Any:
    """An adapter of `Sees`."""
    given = {
        "name": "products",
        "version": "1",
        "operators": "multiply",
        "order": 2,
        "methods": "requires_grad",
        "lift": lambda array, requires_grad: Sees(lifted(array, requires_grad)),
        "value": lambda y: y.x.detach().numpy(),
        "grads": lambda y, xs: [g.x for g in asked(y, xs, False)],
        "grad": grad,
    }
    return SimpleNamespace(**{**given, **more})


def test_a_graph_is_seen_by_what_it_gives_and_not_by_a_flag() -> None:
    assert outcomes(of_products(asked), "G35") == ["holds"]


@pytest.mark.parametrize("always", [True, False])
def test_a_graph_that_does_not_depend_on_what_is_asked_differs(always: bool) -> None:
    grad = lambda y, xs, create_graph: asked(y, xs, always)  # noqa: E731
    assert outcomes(of_products(grad), "G35") == ["differs"]
    found = outcomes(of_products(grad, order=1), "G35")
    assert found == ["differs" if always else "holds"]  # of order 1 no second one is asked


class Noticing(torch.Tensor):
    """A tensor whose writes through `.data` are counted."""

    @property
    def data(self) -> Any:
        return self.detach()


class Keeping(torch.Tensor):
    """A tensor whose product keeps copies of what it saves."""

    def __mul__(self, other: Any) -> Any:
        return torch.mul(self.clone(), other.clone() if isinstance(other, torch.Tensor) else other)


class Losing(torch.Tensor):
    """A tensor whose `.data` is a copy."""

    @property
    def data(self) -> Any:
        return self.detach().clone()


def of_kind(kind: Any) -> Any:
    """An adapter of PyTorch whose leaves are of a kind of their own."""

    def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Any:
        return torch.tensor(data, dtype=dtype).as_subclass(kind).requires_grad_(requires_grad)

    return whole(tensor=tensor)


@pytest.mark.parametrize(
    ("kind", "outcome"), [(Noticing, "holds"), (Keeping, "holds"), (Losing, "differs")]
)
def test_to_notice_what_is_written_through_data_is_safer(kind: Any, outcome: str) -> None:
    assert outcomes(of_kind(kind), "G39") == [outcome]


def recording(right: Any) -> Any:
    """An op whose `out=` is written to and recorded, and that takes tensors alone."""

    def op(x: Any, y: Any, out: Any = None) -> Any:
        if not isinstance(y, torch.Tensor):
            raise ValueError("argument 'y' must be a tensor")
        return right(x, y) if out is None else out.copy_(right(x, y))

    return op


def forgetful(x: Any, y: Any, out: Any) -> Any:
    """A product whose `out=` is written to and not recorded."""
    return out.copy_(torch.mul(x, y).detach())


def test_a_recorded_result_may_be_recorded_where_it_is_written() -> None:
    recorded = whole(mul=recording(torch.mul), add=recording(torch.add))
    assert outcomes(recorded, "M15") == ["holds"]
    assert outcomes(whole(mul=forgetful), "M15") == ["differs"]


def careful(x: Any, name: str, *others: Any) -> Any:
    """Writing in place to what no graph has made, under `no_grad` alone."""
    if x.is_leaf and torch.is_grad_enabled():
        raise ValueError("a leaf cannot be written to in place")
    return getattr(x, name)(*others)


def test_an_engine_may_want_to_know_that_a_write_to_a_gradient_is_not_recorded() -> None:
    adapter = whole()
    adapter.inplace = careful
    assert outcomes(adapter, "M17", "M18") == ["holds", "holds"]


def of_matrices(x: Any, y: Any) -> Any:
    """A product of matrices alone."""
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError("matrices have two axes")
    return torch.matmul(x, y)


def test_no_clause_needs_the_product_of_a_matrix_and_a_vector() -> None:
    adapter = whole()
    adapter.ops, adapter.order = {"matmul": of_matrices}, 4
    adapter.dtypes = "float64 float32"
    asking = [name for name, c in CLAUSES.items() if "matmul" in c.script(EVERYTHING).ops]
    assert {"N13", "H2", "H3", "H6", "H8"} <= {*asking}
    assert {*outcomes(adapter, *asking)} == {"holds"}


class OfTensors(torch.Tensor):
    """A tensor to which tensors alone are written."""

    def add_(self, other: Any) -> Any:
        return super().add_(other.as_subclass(torch.Tensor))

    def mul_(self, other: Any) -> Any:
        return super().mul_(other.as_subclass(torch.Tensor))


def test_no_function_writes_a_number_where_it_is_not_about_that() -> None:
    names = ("M12", "X18", "X22")
    assert outcomes(of_kind(OfTensors), *names) == ["holds"] * len(names)


def one_gradient(run: Any, *args: Any) -> Any:
    """What a backward gives, which is one: inputs that are numbers have none."""
    found = run(*args)
    if isinstance(found, tuple):
        raise ValueError("one gradient was expected")
    return found


def test_a_number_among_the_inputs_of_a_function_may_have_no_gradient() -> None:
    functions = functions_without("needs_input_grad", one_gradient)
    assert outcomes(functions, "X9", "X15") == ["not applicable", "holds"]


def test_an_engine_may_look_at_the_signature_of_a_user_function() -> None:
    seen: list[int] = []

    class Function(torch.autograd.Function):
        def __init_subclass__(cls) -> None:
            seen.append(len(signature(cls.forward).parameters))

    adapter = whole(autograd=SimpleNamespace(**{**vars(torch.autograd), "Function": Function}))
    assert outcomes(adapter, "X9") == ["holds"]
    assert seen == [4]  # the context, two tensors and a number
