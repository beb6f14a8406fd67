"""D1 on PyTorch: it holds, and differs where the gradient stays in the narrow dtype."""

import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites import worker
from gradassay.suites.adapter import op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner
from gradassay.suites.engines.torch import Torch
from gradassay.suites.host import inside


class Narrow(Torch):
    """Gradients come as the narrow forward had them."""

    name = "narrow"

    def grads(self, output, leaves):
        found = worker.usual_grads(self, output, leaves)
        return [None if g is None else g.astype("float16") for g in found]


@pytest.mark.parametrize(("adapter", "outcome"), [(Torch, "holds"), (Narrow, "differs")])
def test_a_float32_leaf_gets_a_float32_gradient(adapter, outcome):
    with inside(worker.Engine(adapter, op_table(VOCABULARY))) as handle:
        found = Examiner(handle).check(CLAUSES["D1"])
    assert found.outcome == outcome, found.message
    assert outcome == "holds" or "should be of dtype float32" in found.message
