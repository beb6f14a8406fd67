"""An adapter that names a whole API, by `torch` or `transforms`, and nothing else."""

import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Static, call
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.outcomes import OUTCOMES
from gradassay.reports.records import Case, Verdict
from gradassay.suites.adapter import op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner
from gradassay.suites.host import inside, open_engine
from gradassay.suites.run import Plan, Session, run
from gradassay.suites.worker import Engine, load_file

OPS = op_table(VOCABULARY)
HERE = Path(__file__).parent
likeness = load_file(str(HERE / "likeness.py"))
UNDER_TORCH = f"""
import sys

sys.path.append({str(HERE)!r})

import likeness

class Adapter:
    name, version, torch = "likeness", "1", likeness
"""
OF_TRANSFORMS = f"""
import sys

sys.path.append({str(HERE)!r})

import likeness

def value_and_grad(f, argnums):
    def both(*arrays):
        xs = [likeness.Tensor(a, requires_grad=k in argnums) for k, a in enumerate(arrays)]
        y = f(*xs)
        y.backward()
        return y, [xs[k].grad or likeness.Tensor(arrays[k] * 0) for k in argnums]
    return both

class Adapter:
    name, version, namespace, spelling = "likeness", "1", likeness, "torch"
    transforms = sys.modules[__name__]

    def value(self, x):
        return x.array if isinstance(x, likeness.Tensor) else x
"""


def under(module, **attributes):
    """An adapter of an engine under PyTorch's names."""
    return types.SimpleNamespace(name="mine", version="1", torch=module, **attributes)


def changed(**names):
    """The same engine with other names."""
    return types.SimpleNamespace(**{**vars(likeness), **names})


def examined(adapter):
    """What came of every check."""
    with inside(Engine(adapter, OPS)) as handle:
        examiner = Examiner(handle)
        return {name: examiner.check(clause) for name, clause in CLAUSES.items()}


def test_an_engine_offers_what_it_has_of_pytorch_s_names():
    engine = Engine(under(likeness), OPS)
    assert set(engine.offers) == {"add", "multiply", "exp", "sum"}
    assert set(engine.verbs) == {
        *("backward", "seed", "retain_graph", "get_grad", "set_grad", "detach", "is_leaf"),
        *("requires_grad", "set_requires_grad", "no_grad", "python"),
    }


def test_what_the_adapter_says_goes_before():
    own = under(
        likeness,
        methods="backward get_grad",
        value=lambda x: 2 * x.array,
        spelling="",
        namespace=types.SimpleNamespace(exp=likeness.exp),
    )
    engine = Engine(own, OPS)
    assert (set(engine.offers), engine.usual) == ({"exp"}, ["lift", "grads"])
    assert set(engine.verbs) == {"backward", "get_grad", "python"}
    answer = engine.run((Leaf.of(0.0, requires_grad=True),), (call("exp", 0),), (1,))
    assert (answer.values, answer.grads) == ([2.0], [2.0])


def outcomes(spec, *ops):
    with open_engine(spec, OPS) as handle:
        session = Session(handle, spec=spec)
        return [
            record
            for op in ops
            for record in run(Plan(check="ops" if op else "graphs", op=op, count=60), session)
        ]


OF_ITS_OWN_ARRAYS = (
    OF_TRANSFORMS.replace("(*arrays):", "(*given):\n        arrays = [x.array for x in given]")
    + """
    def asarray(self, array):
        return likeness.Tensor(array)
"""
)
APIS = {"torch": UNDER_TORCH, "transforms": OF_TRANSFORMS, "arrays": OF_ITS_OWN_ARRAYS}
WRONG = {
    "torch": ("import likeness\n", "import likeness\nlikeness.exp = likeness.sum\n"),
    "transforms": ("xs[k].grad or", "xs[k].detach() or"),
    "arrays": ("xs[k].grad or", "xs[k].detach() or"),
}


@pytest.mark.parametrize("api", APIS)
def test_it_is_right_and_a_wrong_one_s_script_shows_it_alone(api, tmp_path):
    file = tmp_path / "whole.py"
    file.write_text(APIS[api])
    found = {r.outcome for r in outcomes(f"{file}:Adapter", "", "sum") if isinstance(r, Case)}
    assert "agrees" in found
    assert not [o for o in found if OUTCOMES[o].group == "difference"]
    file.write_text(APIS[api].replace(*WRONG[api]))
    verdict = next(r for r in outcomes(f"{file}:Adapter", "exp") if isinstance(r, Verdict))
    mended = verdict.script.replace(*reversed(WRONG[api]))
    for text, code in ((verdict.script, 1), (mended, 0)):
        ran = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == code, ran.stdout + ran.stderr


def test_a_name_that_the_engine_lacks_makes_a_check_not_applicable():
    found = examined(under(likeness))
    asked = [c for c in found.values() if "has no attribute" in c.message]
    assert len(asked) > 15
    assert {c.outcome for c in asked} == {"not applicable"}
    assert "register_hook" in found["X6"].message  # "hooks on constants raise" would hold emptily


def test_an_error_within_the_engine_is_its_own(monkeypatch):
    monkeypatch.setattr(likeness.Tensor, "register_hook", broken_hook, raising=False)
    monkeypatch.setattr(likeness.Tensor, "retain_grad", lambda x: None, raising=False)
    found = examined(under(likeness))
    assert {found[x].outcome for x in ("X1", "X4")} == {"differs"}, found["X1"].message
    assert "has no attribute 'hooks'" in found["X1"].message
    assert found["X6"].outcome == "holds"


def broken_hook(x, hook):
    """It is there, and broken inside."""
    return x.hooks.append(hook)


def test_writing_in_place_may_have_python_s_names():
    pytest.importorskip("mygrad")
    found = {}
    with open_engine("mygrad", OPS) as handle:
        for name in ("M4", "M6", "M17"):
            found[name] = Examiner(handle).check(CLAUSES[name])
    assert {found["M4"].outcome, found["M6"].outcome} == {"holds"}
    assert re.search("ndarray has no", found["M17"].message)


def test_both_apis_at_once_must_be_told_apart():
    both = under(likeness, transforms=types.SimpleNamespace(value_and_grad=len))
    with pytest.raises(Exception, match="two styles: say style = 'tape' or 'functional'"):
        Engine(both, OPS)
    both.style = "tape"
    assert Engine(both, OPS).style == "tape"


def test_a_static_slot_stays_one():
    engine = Engine(
        under(changed(pow=lambda x, n: likeness.multiply(x, x)), static={"pow": 1}), OPS
    )
    leaves = (Leaf.of(np.array([1.0, 3.0]), requires_grad=True),)
    answer = engine.run(leaves, (call("pow", 0, Static(2)), call("sum", 1)), (2,))
    assert answer.values == [10.0]
    assert answer.grads[0].tolist() == [2.0, 6.0]
