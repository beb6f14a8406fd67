"""What an adapter need not say: names of NumPy and PyTorch, and the usual `value` and `grads`."""

import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from gradassay.oracles.evaluate import examine
from gradassay.oracles.program import Leaf, Program, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Verdict
from gradassay.suites.adapter import locate, op_table
from gradassay.suites.host import open_engine
from gradassay.suites.run import Plan, Session, run
from gradassay.suites.standalone import _indexed
from gradassay.suites.worker import SPELLINGS, Engine, load_file, usual_value

OPS = op_table(VOCABULARY)
spelled = load_file(str(Path(__file__).with_name("spelled.py"))).spelled

OF_NUMPY = """
import numpy

class Adapter:
    name, version, namespace, spelling = "plain", "1", numpy, "numpy"

    def value_and_grad(self, f, arrays):
        return f(*arrays), [numpy.zeros_like(a) for a in arrays]
"""
OF_TORCH = """
import torch

class Adapter:
    name, version, namespace, spelling = "plain", "1", torch, "torch"

    def lift(self, array, requires_grad):
        return torch.tensor(array.copy(), requires_grad=requires_grad)
"""
BROKEN = """
import torch

class Wrong:
    def __getattr__(self, name):
        return getattr(torch, name)

    def prod(self, *args):
        return torch.prod(*args) * 1.0000001

    def unsqueeze(self, x, axis):
        return torch.unsqueeze(x, axis).mT

""" + OF_TORCH.replace('"1", torch', '"1", Wrong()')
TEXTS = {"numpy": OF_NUMPY, "torch": OF_TORCH}
ODD = """
import torch

class Odd:
    sum = staticmethod(lambda x, axis=None, dtype=None, keepdim=False: torch.sum(x, axis, keepdim))
    mean = staticmethod(lambda *xs, axis=None, keepdims=False: torch.mean(xs[0], axis, keepdims))
    prod = staticmethod(lambda x, *, dim=None, keepdim=False:
        torch.prod(x) if dim is None else torch.prod(x, dim, keepdim))
    var = staticmethod(lambda x, axis=None, unbiased=True, keepdim=False:
        torch.var(x, axis, unbiased=unbiased, keepdim=keepdim))
    std = staticmethod(lambda x, dim=None, *, unbiased=True, keepdim=False:
        torch.std(x, dim, unbiased=unbiased, keepdim=keepdim))
    logsumexp = staticmethod(lambda x, *, axis, keepdim=False: torch.logsumexp(x, axis, keepdim))
    cumsum = staticmethod(lambda x, *, dim: torch.cumsum(x, dim))
    cumprod = staticmethod(lambda x, dtype=None, axis=None: torch.cumprod(x, axis))
    sort = staticmethod(lambda x, *, axis=-1, descending=False: torch.sort(x, axis, descending)[0])

""" + OF_TORCH.replace('"1", torch', '"1", Odd')


@pytest.fixture
def adapter(tmp_path):
    """Writes an adapter and loads it."""

    def made(text):
        (tmp_path / "plain.py").write_text(text)
        return Engine.load(f"{tmp_path}/plain.py:Adapter", OPS)

    return made


@pytest.mark.parametrize("spelling", TEXTS)
def test_every_row_serves_its_op_with_all_its_keywords(spelling, adapter):
    if spelling == "torch":
        pytest.importorskip("torch")
    engine = adapter(TEXTS[spelling])
    for op in SPELLINGS[spelling]:
        program = spelled(VOCABULARY[op])
        if op == "cumulative_sum":  # neither begins with 0
            program = Program(program.leaves, (call(op, 0, axis=1),), (1,))
        answer = engine.run(program.leaves, program.calls, program.outputs)
        assert answer.error is None, answer.error
        want = examine(program).values[program.outputs[0]]
        np.testing.assert_allclose(answer.values[0], want, strict=True, err_msg=op)


@pytest.mark.parametrize(
    "op", ["sum", "mean", "prod", "var", "std", "special.logsumexp", "cumulative_sum",
           "cumulative_prod", "sort"]
)  # fmt: skip
def test_a_signature_with_other_places_or_names_is_followed(op, adapter):
    pytest.importorskip("torch")
    engine, leaf = adapter(ODD), spelled(VOCABULARY[op]).leaves[0]
    params = (
        {}
        if op in ("cumulative_sum", "cumulative_prod")
        else spelled(VOCABULARY[op]).calls[0].params
    )
    for given in ({**params, "axis": 1}, params):
        program = Program((leaf,), (call(op, 0, **{"axis": 0, **given}),), (1,))
        answer = engine.run(program.leaves, program.calls, program.outputs)
        assert answer.error is None, answer.error
        want = examine(program).values[1]
        np.testing.assert_allclose(answer.values[0], want, strict=True)


def test_what_a_signature_has_no_room_for_is_not_supported(adapter):
    pytest.importorskip("torch")
    for lacking in (
        ODD,
        ODD.replace(", keepdim=False: torch.sum(x, axis, keepdim)", ": torch.sum(x, axis)"),
    ):
        engine = adapter(lacking)
        for params in ({"axis": 0}, {"axis": 0, "keepdims": True}):
            error = engine.run((Leaf.of([1.0]),), (call("sum", 0, **params),), (1,)).error
            if lacking is ODD or "keepdims" not in params:
                assert error is None
            else:
                assert (error["kind"], error["message"]) == ("unsupported", "it takes no keepdim")


NEEDS = """
    ops = {"sin": lambda x, y: x, "exp": lambda x: bad()}

def bad(needed):
    pass
"""


def test_a_function_that_is_never_entered_is_not_supported(adapter):
    pytest.importorskip("torch")
    engine = adapter(OF_TORCH + NEEDS)
    kinds = []
    for op in ("sin", "exp"):
        error = engine.run((Leaf.of(1.0),), (call(op, 0),), (1,)).error
        assert "missing 1 required positional argument" in error["message"]
        kinds.append(error["kind"])
    assert kinds == ["unsupported", "raised"]  # the second is wrong within


KEEPS_INDICES = """
import torch

class Tensor:
    def __init__(self, data):
        self.data = data

    def __getitem__(self, key):
        assert not any(isinstance(part, Tensor) for part in key)
        return Tensor(self.data[key] * (FACTOR if any(hasattr(k, "dtype") for k in key) else 1))

class Adapter:
    name, version, operators = "plain", "1", "getitem"
    ops = {"sum": lambda x: Tensor(x.data.sum())}

    def lift(self, array, requires_grad):
        return Tensor(torch.tensor(array.copy(), requires_grad=requires_grad))

    def value(self, x):
        return x.data.detach().numpy()

    def grads(self, output, leaves):
        output.data.backward()
        return [None if x.data.grad is None else x.data.grad.numpy() for x in leaves]
"""


def test_indices_are_plain_arrays_where_the_engine_takes_no_other(adapter, tmp_path):
    pytest.importorskip("torch")
    engine = adapter(KEEPS_INDICES.replace("FACTOR", "1"))
    assert engine.offers["getitem"] == {"operator": "[]", "indices": "arrays"}
    assert "indices" not in adapter(OF_TORCH).offers["getitem"]
    x = Leaf.of([1.0, 2.0, 3.0], requires_grad=True)
    calls = (call("getitem", 0, 1, key=[{"arg": 1}]), call("sum", 2))
    answer = engine.run((x, Leaf.of([2, 2, 0])), calls, (3,))
    assert answer.values == [7.0]
    assert answer.grads[0].tolist() == [1.0, 0.0, 2.0]

    spec = f"{tmp_path}/plain.py:Adapter"
    (tmp_path / "plain.py").write_text(KEEPS_INDICES.replace("FACTOR", "2"))
    with open_engine(spec, OPS) as handle:
        found = run(Plan(check="ops", op="getitem", count=60), Session(handle, spec=spec))
        script = next(r.script for r in found if isinstance(r, Verdict))
    for text, code in ((script, 1), (script.replace("(2 if", "(1 if"), 0)):
        ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
        assert ran.returncode == code, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"operator": "[]"}, "x0[..., x1]"),
        ({"operator": "[]", "indices": "arrays"}, "x0[..., np.asarray(engine.value(x1))]"),
        ({"ops": "getitem"}, "engine.ops['getitem'](x0, (..., x1))"),
        ({"namespace": "getitem", "part": "[1]"}, "engine.namespace[1].getitem(x0, (..., x1))"),
    ],
)
def test_a_script_indexes_as_the_worker_does(found, text):
    assert _indexed(["...", {"arg": 1}], ["x0", "x1"], found) == text


def test_without_the_word_the_same_namespace_offers_less(adapter):
    mute = OF_TORCH.replace('"torch"', '""')
    offers = adapter(mute).offers
    assert "cumulative_sum" not in offers
    assert offers.keys() < adapter(OF_TORCH).offers.keys()


def node(**attributes):
    return types.SimpleNamespace(**attributes)


def test_a_tape_needs_no_more_than_lift():
    pytest.importorskip("micrograd")
    engine = load_file(locate("micrograd").engine.rpartition(":")[0]).Micrograd
    cube = (
        (Leaf.of(3.0, requires_grad=True),),
        (call("multiply", 0, 0), call("multiply", 1, 0)),
        (2,),
    )
    answer = Engine(engine, OPS).run(*cube)
    assert (answer.values, answer.grads) == ([27.0], [27.0])


@pytest.mark.parametrize(
    "x",
    [2.0, np.array(2.0), node(data=2.0), node(numpy=lambda: 2.0, data=None),
     node(detach=lambda: node(numpy=lambda: 2.0), numpy=None)],
)  # fmt: skip
def test_the_usual_value(x):
    assert usual_value(node(), x) == 2.0


def test_an_output_that_cannot_sweep_is_told_what_to_write():
    bare = node(name="bare", version="1", operators="multiply", lift=lambda array, _: array)
    error = Engine(bare, OPS).run(
        (Leaf.of(1.0, requires_grad=True),), (call("multiply", 0, 0),), (1,)
    )
    assert "write grads(output, leaves)" in error.error["message"]


class Doubled(float):
    """A leaf whose class is the namespace: it has operators, and takes from one what float has."""

    __mod__ = __gt__ = None

    def exp(self):
        return Doubled(np.exp(self))


def test_the_class_of_the_leaves_offers_its_operators_where_it_is_the_namespace():
    facts = {"name": "doubled", "version": "1", "lift": lambda array, _: Doubled(array)}
    offers = Engine(node(namespace=Doubled, **facts), OPS).offers
    assert offers["exp"] == {"namespace": "exp"}
    assert offers["multiply"] == {"operator": "*"}
    assert "matmul" not in offers
    assert "greater" not in offers
    said = Engine(node(namespace=Doubled, operators="add", **facts), OPS).offers
    other = Engine(node(namespace=float, **facts), OPS).offers
    assert "multiply" not in {*said, *other}


MENDED = {"prod": (" * 1.0000001", ""), "expand_dims": (".mT", "")}


@pytest.mark.parametrize("op", MENDED)
@pytest.mark.parametrize("check", ["ops", "numerics"])
def test_the_script_of_a_failure_shows_it_alone(check, op, tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "broken.py").write_text(BROKEN)
    spec = f"{tmp_path}/broken.py:Adapter"
    with open_engine(spec, OPS) as handle:
        session = Session(handle, spec=spec)
        found = list(run(Plan(check=check, op=op, count=12), session))
    verdict = next(r for r in found if isinstance(r, Verdict) and r.outcome.startswith("wrong"))
    for text, code in ((verdict.script, 1), (verdict.script.replace(*MENDED[op]), 0)):
        ran = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
