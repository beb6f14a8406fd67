"""The suite training: paths of small models, right and wrong."""

import numpy as np
import pytest
import torch
from gradassay.oracles.compare import entries
from gradassay.oracles.descent import adam, descend, known, noise, sgd
from gradassay.oracles.evaluate import UnsupportedError
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Case, Refusal, Tally, Verdict
from gradassay.suites.accept import Accepted, Entry
from gradassay.suites.adapter import Answer, Failure, op_table
from gradassay.suites.host import open_engine
from gradassay.suites.run import Plan, Session, run
from gradassay.suites.saboteurs import BY_CHECKS
from gradassay.suites.training import TRAININGS, clause_record
from gradassay.suites.training.models import MODELS
from gradassay.suites.training.trainings import STEPS
from gradassay.suites.training.walk import Known, expected, walk

NO_TORCH = frozenset({"pytorch"})
OPS = op_table(VOCABULARY)


@pytest.fixture(scope="module")
def reference():
    with open_engine("reference", OPS, in_process=True) as handle:
        yield Session(handle)


@pytest.fixture(scope="module")
def micrograd():
    with open_engine("micrograd", OPS, in_process=True) as handle:
        yield Session(handle)


def told(session, name, dtype="float64"):
    return list(run(Plan(check="training", op=name, dtype=dtype), session))


@pytest.mark.parametrize("name", TRAININGS)
def test_the_reference_engine_stays_on_every_path(reference, name):
    case, tally = told(reference, name)
    assert isinstance(case, Case) and case.outcome == "agrees", case
    assert tally.counts == {"agrees": 1}


@pytest.mark.parametrize("name", ["linear-sgd", "perceptron-adam", "attention-adam"])
def test_at_float32_too(reference, name):
    assert told(reference, name, "float32")[0].outcome == "agrees"


@pytest.mark.parametrize("name", TRAININGS)
def test_two_oracles_walk_the_same_path(name):
    one = expected(name, "float64", frozenset())
    other = expected(name, "float64", NO_TORCH)
    assert (one.source, other.source) == ("pytorch", "complex_step")
    for got, want, spread in zip(
        other.path.parameters[-1], one.path.parameters[-1], one.noise.parameters[-1], strict=True
    ):
        assert entries(got, want, spread, "float64").worst <= 1.0


@pytest.mark.parametrize("name", TRAININGS)
def test_the_loss_falls_and_the_noise_leaves_power(name):
    known_path = expected(name, "float64", frozenset())
    losses = known_path.path.losses
    assert losses[-1] < losses[0]
    spreads = zip(known_path.noise.parameters[-1], known_path.path.parameters[-1], strict=True)
    assert all(np.all(n <= 1e-10 * (1 + np.abs(p))) for n, p in spreads)


def test_every_model_has_a_saboteur():
    named = " ".join(row.op for row in BY_CHECKS.values() if row.check == "N15").split()
    assert {TRAININGS[name].model.name for name in named} == {model.name for model in MODELS}


THEIRS = {
    "sgd": (sgd(0.05, 0.9, 0.01),
            lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, weight_decay=0.01)),
    "adam": (adam(0.05), lambda p: torch.optim.Adam(p, 0.05)),
}  # fmt: skip


@pytest.mark.parametrize("name", THEIRS)
def test_the_optimisers_are_pytorchs(name):
    ours, theirs = THEIRS[name]
    model = next(m for m in MODELS if m.name == "perceptron")
    gradient, _ = known(model.programs)
    path = descend(model.start, ours, 10, gradient)
    parameters = [torch.nn.Parameter(torch.from_numpy(p.copy())) for p in model.start]
    optimiser = theirs(parameters)
    x, t = (torch.from_numpy(a) for a in model.batches[0])
    for _ in range(10):
        optimiser.zero_grad()
        w1, b1, w2, b2 = parameters
        ((torch.tanh(x @ w1 + b1) @ w2 + b2 - t) ** 2).mean().backward()
        optimiser.step()
    for got, want in zip(path.parameters[-1], parameters, strict=True):
        np.testing.assert_allclose(got, want.detach().numpy(), rtol=1e-12)


def test_noise_without_pytorch_is_of_the_same_size(monkeypatch):
    model = TRAININGS["perceptron-adam"]
    much = noise(model.model.start, model.optimiser, 20, model.model.programs, "float64")

    def missing(*_):
        raise UnsupportedError("PyTorch is not installed")

    monkeypatch.setattr("gradassay.oracles.pytorch._torch", missing)
    few = noise(model.model.start, model.optimiser, 20, model.model.programs, "float64")
    for one, other in zip(much.parameters[-1], few.parameters[-1], strict=True):
        assert 0.1 < np.median(one) / np.median(other) < 10


def answering(session, change):
    """The reference engine's answers, changed."""

    def answers(programs):
        return [change(a) for a in session.handle.answers(programs)]

    return answers


def walked(session, change, name="linear-sgd"):
    want = expected(name, "float64", frozenset())
    return walk(TRAININGS[name], want, answering(session, change), "float64")


@pytest.mark.parametrize(
    "change",
    [
        lambda a: Answer(error=Failure("raised", "ValueError", "no")),
        lambda a: Answer(a.values, (None, *a.grads[1:])),
        lambda a: Answer(a.values, (a.grads[0].T, *a.grads[1:])),
        lambda a: Answer((a.values[0].reshape(1),), a.grads),
    ],
    ids=["an error", "no gradient", "another shape", "a loss that is no scalar"],
)
def test_a_path_ends_where_a_gradient_does(reference, change):
    assert walked(reference, change).failed


@pytest.mark.parametrize("off", [np.nan, np.inf, 1e-3, -1e-11])
def test_a_gradient_that_is_off_leaves_the_path_at_once(reference, off):
    found = walked(reference, lambda a: Answer(a.values, (a.grads[0] + off, *a.grads[1:])))
    assert found.gap is not None and found.gap.step == 0
    assert "after step 1, w[" in str(found.gap)


def test_a_loss_that_is_off_is_told_too(reference):
    found = walked(reference, lambda a: Answer((a.values[0] * 1.5,), a.grads))
    assert found.gap is not None and found.gap.what == "the loss"


def test_chaos_leaves_no_power(reference):
    right = expected("linear-sgd", "float64", frozenset())
    loud = [[np.abs(p) for p in step] for step in right.path.parameters]
    noisy = Known(right.path, type(right.path)(right.noise.losses, loud), "pytorch")
    found = walk(TRAININGS["linear-sgd"], noisy, answering(reference, lambda a: a), "float64")
    assert found.gap is None and found.sharp == 0


def test_what_an_engine_lacks_is_not_offered(micrograd):
    (tally,) = told(micrograd, "attention-sgd")
    assert tally.counts == {"not offered": 1}
    assert clause_record([tally]).outcome == "not applicable"


def test_no_training_is_no_check():
    assert clause_record([]) is None


def test_a_verdict_says_where_the_path_was_left_and_by_which_op():
    with (
        BY_CHECKS["fresh_mask"].broken(),
        open_engine("reference", OPS, in_process=True) as handle,
    ):
        records = told(Session(handle), "dropout-sgd")
    (verdict,) = (r for r in records if isinstance(r, Verdict))
    assert verdict.op == "where"
    assert verdict.message.startswith("in training dropout with a mask of its own for each step")
    assert "after step 1, w1[" in verdict.message
    assert len(next(r for r in records if isinstance(r, Tally)).counts) == 1
    assert verdict.message in clause_record(records).message


def test_a_known_difference_of_an_op_is_accepted_in_a_training_too():
    known_bug = Entry(op="where", outcome="wrong gradient", kind="bug", reason="the mask is stale")
    with (
        BY_CHECKS["fresh_mask"].broken(),
        open_engine("reference", OPS, in_process=True) as handle,
    ):
        accepted = Accepted((known_bug,))
        case, verdict, tally = told(Session(handle, accepted=accepted), "dropout-sgd")
    assert (case.outcome, verdict.outcome, tally.counts) == (
        "accepted",
        "accepted",
        {"accepted": 1},
    )
    assert verdict.reason == known_bug.name
    assert accepted.unused([verdict]) == []
    clause = clause_record([case, verdict, tally])
    assert (clause.outcome, clause.reason) == ("accepted", known_bug.name)
    assert clause.message == "1 of 26 trainings differ as accepted: dropout-sgd"


def test_an_entry_about_another_op_accepts_no_training():
    other = Entry(op="sin", outcome="wrong gradient", kind="bug", reason="another")
    with (
        BY_CHECKS["fresh_mask"].broken(),
        open_engine("reference", OPS, in_process=True) as handle,
    ):
        case, *_ = told(Session(handle, accepted=Accepted((other,))), "dropout-sgd")
    assert case.outcome == "wrong gradient"


def test_a_training_that_is_declined_says_by_which_op(reference, monkeypatch):
    refusal = Failure("unsupported", "NotImplementedError", "not today", "call 1")

    def answers(programs, dtype="float64", device="cpu", again=False):
        yield from [Answer(error=refusal)] * len(programs)

    monkeypatch.setattr(reference.handle, "answers", answers)
    _, tally = told(reference, "linear-sgd")
    op = TRAININGS["linear-sgd"].model.calls[1].op
    assert tally.counts == {"declined": 1}
    assert tally.declined == [Refusal(op=op, count=1, message="NotImplementedError: not today")]


def test_a_path_has_a_hundred_steps():
    assert len(expected("linear-sgd", "float64", frozenset()).path.losses) == STEPS == 100
