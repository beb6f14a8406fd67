"""An adapter that is wrong is an error of one line that says what to change."""

import ast
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from gradassay.oracles.program import Leaf, call
from gradassay.suites import worker
from gradassay.suites.worker import AdapterError, Engine, find


def adapter(**attributes):
    """A good tape adapter with these attributes changed; `None` takes one away."""
    good = {
        "name": "good",
        "version": "1",
        "lift": lambda array, requires_grad: array,
        "value": lambda node: node,
        "grads": lambda output, leaves: [None] * len(leaves),
    }
    good.update(attributes)
    return types.SimpleNamespace(**{k: v for k, v in good.items() if v is not None})


def run(engine, op, x):
    program = (Leaf.of(np.array(x)),), (call(op, 0),), (1,)
    return engine.run(*program).values[0]


WRONG = [
    ({"lfit": len}, "unknown attribute 'lfit'; did you mean 'lift'"),
    ({"operator": "add"}, "unknown attribute 'operator'; did you mean 'operators'"),
    ({"colour": 1}, "unknown attribute 'colour'; begin the adapter's own names with"),
    ({"name": None}, "needs the attribute 'name', a text"),
    ({"version": 3}, "needs the attribute 'version', a text"),
    (
        {"lift": None},
        "lacks lift (tape) or value_and_grad (functional) or symbol, grad, compile (symbolic)",
    ),
    ({"style": "symbolic"}, "lacks symbol, grad, compile (symbolic)"),
    ({"lift": None, "style": "tape"}, "lacks lift (tape)"),
    ({"spelling": "nunpy"}, "spelling 'nunpy' is unknown; did you mean 'numpy'"),
    ({"spelling": "lisp"}, "spelling 'lisp' is unknown; there are 'numpy', 'torch'"),
    ({"style": "functional"}, "lacks value_and_grad (functional)"),
    ({"style": "tap"}, "style 'tap' is unknown; did you mean 'tape'"),
    ({"value_and_grad": len}, "make two styles: say style = 'tape' or 'functional'"),
    ({"zero_dimensional": "no"}, "zero_dimensional: expected True or False, got 'no'"),
    ({"zero_dimensional": False, "ranks": {0, 1}}, "ranks holds 0, but zero_dimensional is False"),
    ({"operators": "add multiplied"}, "operators names 'multiplied', which is no op; did you mean"),
    ({"operators": "exp"}, "operators names 'exp', for which Python has no operator"),
    ({"operators": [1]}, "operators: expected names, got [1]"),
    ({"ops": {"exq": len}}, "ops names 'exq', which is no op; did you mean 'exp'"),
    ({"ops": {"exp": 3}}, "ops['exp'] is 3, which cannot be called"),
    ({"ops": ["exp"]}, "ops is ['exp'], but should map names of ops"),
    ({"without": {"xep"}}, "without names 'xep', which is no op; did you mean 'exp'"),
    ({"static": {"power": 2}}, "static['pow'] is 2: pow has no such slot"),
    ({"static": {"pover": 1}}, "static names 'pover', which is no op; did you mean 'power'"),
    ({"dtypes": "float46"}, "dtypes names 'float46', no dtype; did you mean 'float64'"),
    ({"order": 2}, "order = 2 needs the method 'grad'"),
    ({"order": 0}, "order: expected 1 or more, got 0"),
    ({"ranks": "02"}, "ranks: expected 0 or more, got '0'"),
    ({"max_chain": 1.5}, "max_chain: expected 1 or more, got 1.5"),
    ({"slow": 0}, "slow: expected 1 or more, got 0"),
    ({"declines": ["("]}, "declines: no regular expression"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=[m for _, m in WRONG])
def test_a_wrong_adapter_is_named_with_the_remedy(change, message, ops):
    with pytest.raises(AdapterError) as caught:
        Engine(adapter(**change), ops)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_good_adapter_states_its_facts(ops):
    good = adapter(operators="add power", static={"power": 1}, ranks={0}, _own=1)
    hello = Engine(good, ops).hello
    assert (hello["name"], hello["version"], hello["style"]) == ("good", "1", "tape")
    assert hello["offers"] == {"add": {"operator": "+"}, "pow": {"operator": "**"}}
    assert hello["limits"] == {
        "ranks": [0],
        "zero_dimensional": True,
        "dtypes": ["float64"],
        "devices": ["cpu"],
        "order": 1,
        "max_chain": None,
        "slow": 1,
        "keywords": {},
        "static": {"pow": [1]},
    }


def test_a_namespace_offers_what_it_has_by_name_alias_and_dots(ops):
    relu = types.SimpleNamespace(functional=types.SimpleNamespace(relu=abs))
    space = types.SimpleNamespace(exp=np.exp, concatenate=np.concatenate, nn=relu, sum=3)
    offers = Engine(adapter(namespace=space), ops).offers
    assert offers == {
        "exp": {"namespace": "exp"},
        "nn.functional.relu": {"namespace": "nn.functional.relu"},
        "concat": {"namespace": "concatenate"},
        "getitem": {"operator": "[]"},
    }


class Plain:
    """A tensor that cannot be indexed."""

    def __init__(self, array):
        self.data = array


def test_indexing_is_not_assumed_of_tensors_that_cannot_be_indexed(ops):
    tape = {"namespace": np, "lift": lambda array, requires_grad: Plain(array)}
    assert "getitem" not in Engine(adapter(**tape), ops).offers
    assert "getitem" in Engine(adapter(**tape, operators="getitem"), ops).offers


def test_indexing_is_not_assumed_of_a_functional_engine_without_it(ops):
    space = types.SimpleNamespace(name="f", version="1", namespace=np)
    space.value_and_grad = lambda f, arrays: (f(*map(Plain, arrays)), arrays)
    assert "getitem" not in Engine(space, ops).offers
    space.value_and_grad = lambda f, arrays: (f(*arrays), arrays)
    assert "getitem" in Engine(space, ops).offers


def test_of_several_namespaces_the_first_that_has_an_op_serves_it(ops):
    first, second = types.SimpleNamespace(exp=abs), types.SimpleNamespace(exp=np.exp, sum=np.sum)
    engine = Engine(adapter(namespace=(first, second)), ops)
    assert set(engine.offers) == {"exp", "sum", "getitem"}
    assert run(engine, "exp", -2.0) == 2.0
    assert run(engine, "sum", -2.0) == -2.0


def test_ops_come_before_operators_before_the_namespace_and_without_takes_away(ops):
    wins = adapter(namespace=np, operators="add multiply", ops={"add": np.add}, without=["exp"])
    offers = Engine(wins, ops).offers
    assert offers["add"] == {"ops": "add"}
    assert offers["multiply"] == {"operator": "*"}
    assert offers["subtract"] == {"namespace": "subtract"}
    assert "exp" not in offers


def test_a_class_is_instantiated_and_an_object_is_taken_as_it_is(tmp_path, ops):
    (tmp_path / "neighbour.py").write_text("VERSION = '7'\n")
    path = tmp_path / "engine.py"
    path.write_text(
        "import neighbour\n"
        "class A:\n"
        "    name, version = 'a', neighbour.VERSION\n"
        "    def lift(self, array, requires_grad): return array\n"
        "    def value(self, node): return node\n"
        "    def grads(self, output, leaves): return leaves\n"
        "an_object = A()\n"
    )
    for attribute in ("A", "an_object"):
        engine = Engine.load(f"{path}:{attribute}", ops)
        assert engine.hello["version"] == "7"
        assert engine.hello["source"] == path.read_text()
        assert engine.hello["attribute"] == attribute


def test_what_cannot_be_found_is_named_with_the_nearest(tmp_path):
    (tmp_path / "thing.py").write_text("class Engine: pass\n")
    with pytest.raises(AdapterError, match="has no 'Engin'; did you mean 'Engine'"):
        find(f"{tmp_path}/thing.py:Engin")
    with pytest.raises(AdapterError, match="there is no file"):
        find(f"{tmp_path}/nothing.py:Engine")
    with pytest.raises(AdapterError, match=r"expected package\.module:attr or path/file\.py:attr"):
        find("thing")


def test_the_worker_is_one_file_of_python_3_8_that_imports_numpy_alone():
    tree = ast.parse(Path(worker.__file__).read_text(), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
        )
    }
    assert imported - sys.stdlib_module_names - {"__future__"} == {"numpy"}
