"""Modules with the same weights beside PyTorch's, in float64: outputs and every gradient."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import gradassay.reference_engine as engine
import numpy as np
import pytest
import torch

from .opinfo import numbers, weights


class Case(NamedTuple):
    """A module made from `torch` or the engine, and the arrays that it is called with."""

    make: Callable[[Any], Any]
    inputs: tuple[np.ndarray[Any, Any], ...]


def some(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(shape)).normal(size=shape)


WORDS = np.array([[1, 2, 2], [0, 3, 1]])
CLASSES = np.array([2, 0, -100, 1])
SHARES = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.1, 0.8], [0.0, 1.0, 0.0]])
YES = np.array([1.0, 0.0, 1.0, 1.0])

HIDDEN = np.array([[False, False, True, False, True]] * 3)
FAR = np.abs(np.arange(4)[:, None] - np.arange(5)) > 1
MASKS: dict[str, dict[str, Any]] = {
    "some keys hidden": {"key_padding_mask": HIDDEN},
    "a bool mask": {"attn_mask": FAR},
    "a mask that is added": {"attn_mask": np.where(FAR, -1.5, 0.5)},
    "both masks": {"attn_mask": FAR & False | (np.arange(5) == 1), "key_padding_mask": HIDDEN},
    "a mask for each head": {"attn_mask": np.stack([FAR, FAR & False] * 3)},
    "weights of each head": {"average_attn_weights": False},
    "no weights": {"need_weights": False, "key_padding_mask": HIDDEN},
    "nothing to look at": {"need_weights": False, "attn_mask": FAR | (np.arange(4)[:, None] == 2)},
    "nothing to look at, with weights": {"attn_mask": FAR | (np.arange(4)[:, None] == 2)},
}

CASES = {
    "Linear": Case(lambda m: m.nn.Linear(3, 2), (some(4, 3),)),
    "Linear without bias": Case(lambda m: m.nn.Linear(3, 2, bias=False), (some(2, 4, 3),)),
    "Embedding": Case(lambda m: m.nn.Embedding(4, 3), (WORDS,)),
    "Embedding with padding": Case(lambda m: m.nn.Embedding(4, 3, padding_idx=2), (WORDS,)),
    "EmbeddingBag": Case(lambda m: m.nn.EmbeddingBag(4, 3), (WORDS,)),
    "EmbeddingBag sum": Case(lambda m: m.nn.EmbeddingBag(4, 3, mode="sum"), (WORDS,)),
    "LayerNorm": Case(lambda m: m.nn.LayerNorm(3), (some(4, 3),)),
    "LayerNorm of two axes": Case(lambda m: m.nn.LayerNorm((2, 3)), (some(4, 2, 3),)),
    "BatchNorm1d": Case(lambda m: m.nn.BatchNorm1d(3), (some(4, 3),)),
    "BatchNorm1d of sequences": Case(lambda m: m.nn.BatchNorm1d(3), (some(4, 3, 5),)),
    "BatchNorm1d cumulative": Case(lambda m: m.nn.BatchNorm1d(3, momentum=None), (some(4, 3),)),
    "BatchNorm1d in use": Case(lambda m: m.nn.BatchNorm1d(3).eval(), (some(4, 3),)),
    "BatchNorm1d untracked": Case(
        lambda m: m.nn.BatchNorm1d(3, track_running_stats=False).eval(), (some(4, 3),)
    ),
    "BatchNorm2d": Case(lambda m: m.nn.BatchNorm2d(3), (some(2, 3, 2, 2),)),
    "Dropout in use": Case(lambda m: m.nn.Dropout(0.7).eval(), (some(4, 3),)),
    "Conv1d": Case(lambda m: m.nn.Conv1d(2, 4, 3, stride=2, padding=1), (some(3, 2, 7),)),
    "Conv1d dilated": Case(lambda m: m.nn.Conv1d(2, 4, 3, dilation=2, groups=2), (some(3, 2, 7),)),
    "Conv1d same": Case(lambda m: m.nn.Conv1d(2, 3, 5, padding="same"), (some(3, 2, 7),)),
    "Conv2d": Case(lambda m: m.nn.Conv2d(2, 3, (2, 3), padding=(0, 1)), (some(2, 2, 4, 5),)),
    "Conv2d alone": Case(lambda m: m.nn.Conv2d(2, 3, 2, bias=False), (some(2, 4, 5),)),
    "MaxPool1d": Case(lambda m: m.nn.MaxPool1d(2), (some(2, 3, 7),)),
    "MaxPool2d": Case(lambda m: m.nn.MaxPool2d(3, 2, 1, ceil_mode=True), (some(2, 3, 6, 7),)),
    "AvgPool1d": Case(lambda m: m.nn.AvgPool1d(3, 2, 1), (some(2, 3, 7),)),
    "AvgPool2d": Case(
        lambda m: m.nn.AvgPool2d(3, 2, 1, True, count_include_pad=False), (some(2, 3, 6, 7),)
    ),
    "AdaptiveAvgPool2d": Case(lambda m: m.nn.AdaptiveAvgPool2d((2, 3)), (some(2, 3, 5, 7),)),
    "Sequential": Case(
        lambda m: m.nn.Sequential(m.nn.Linear(3, 5), m.nn.Tanh(), m.nn.Linear(5, 2)), (some(4, 3),)
    ),
    "Flatten": Case(lambda m: m.nn.Flatten(), (some(4, 2, 3),)),
    "self-attention": Case(lambda m: OfOne(m)(m.nn.MultiheadAttention(6, 2)), (some(4, 3, 6),)),
    "attention without bias": Case(
        lambda m: OfOne(m)(m.nn.MultiheadAttention(6, 3, bias=False, batch_first=True)),
        (some(4, 3, 6),),
    ),
    "cross-attention": Case(
        lambda m: m.nn.MultiheadAttention(6, 2), (some(4, 3, 6), some(5, 3, 6), some(5, 3, 6))
    ),
    "attention alone": Case(
        lambda m: m.nn.MultiheadAttention(6, 2), (some(4, 6), some(5, 6), some(5, 6))
    ),
    **{
        f"attention, {name}": Case(
            lambda m, options=options: called(m, m.nn.MultiheadAttention(6, 2), options),
            (some(4, 3, 6), some(5, 3, 6), some(5, 3, 6)),
        )
        for name, options in MASKS.items()
    },
    "EmbeddingBag of offsets": Case(
        lambda m: called(m, m.nn.EmbeddingBag(4, 3, mode="max"), {"offsets": np.array([0, 2, 2])}),
        (WORDS[0],),
    ),
    "MSELoss": Case(lambda m: m.nn.MSELoss(), (some(4, 3), some(4, 3) + 1)),
    "MSELoss sum": Case(lambda m: m.nn.MSELoss(reduction="sum"), (some(4, 3), some(4, 3) + 1)),
    "L1Loss": Case(lambda m: m.nn.L1Loss(reduction="none"), (some(4), some(4) + YES)),
    "SmoothL1Loss": Case(lambda m: m.nn.SmoothL1Loss(beta=0.5), (some(4), some(4) * 1.5)),
    "HuberLoss": Case(lambda m: m.nn.HuberLoss(delta=0.5), (some(4), some(4) * 1.5)),
    "CrossEntropyLoss": Case(lambda m: m.nn.CrossEntropyLoss(), (some(4, 3), CLASSES)),
    "CrossEntropyLoss sum": Case(
        lambda m: m.nn.CrossEntropyLoss(reduction="sum", ignore_index=0), (some(4, 3), CLASSES % 3)
    ),
    "CrossEntropyLoss weighted": Case(
        lambda m: m.nn.CrossEntropyLoss(m.tensor([0.2, 1.0, 3.0]), label_smoothing=0.1),
        (some(4, 3), CLASSES),
    ),
    "CrossEntropyLoss of shares": Case(
        lambda m: m.nn.CrossEntropyLoss(label_smoothing=0.2), (some(4, 3), SHARES)
    ),
    "CrossEntropyLoss all ignored": Case(
        lambda m: m.nn.CrossEntropyLoss(), (some(4, 3), CLASSES * 0 - 100)
    ),
    "NLLLoss": Case(lambda m: m.nn.NLLLoss(reduction="none"), (some(4, 3), CLASSES)),
    "BCEWithLogitsLoss": Case(lambda m: m.nn.BCEWithLogitsLoss(), (some(4) * 50, YES)),
    "BCEWithLogitsLoss weighted": Case(
        lambda m: m.nn.BCEWithLogitsLoss(pos_weight=m.tensor([3.0])), (some(4), YES)
    ),
    **{
        name: Case(lambda m, name=name: getattr(m.nn, name)(), (some(4, 6) * 3,))
        for name in (
            "ReLU", "ReLU6", "Sigmoid", "Tanh", "GELU", "SiLU", "Mish", "ELU", "SELU", "CELU",
            "LeakyReLU", "Softplus", "Softsign", "Softshrink", "Hardshrink", "Hardtanh",
            "Hardswish", "Tanhshrink", "LogSigmoid", "GLU", "Identity",
        )
    },
    "Softmax": Case(lambda m: m.nn.Softmax(dim=-1), (some(4, 3),)),
    "LogSoftmax": Case(lambda m: m.nn.LogSoftmax(1), (some(4, 3),)),
    "GELU by tanh": Case(lambda m: m.nn.GELU(approximate="tanh"), (some(4, 3),)),
}  # fmt: skip


def called(m: Any, inner: Any, options: dict[str, Any]) -> Any:
    """A module that is called with further options, arrays among them as tensors."""
    made = {k: m.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}

    class Called(m.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, *inputs: Any) -> Any:
            return self.inner(*inputs, **made)

    return Called()


def OfOne(m: Any) -> type:  # noqa: N802
    """A module of one tensor that attends to itself, causally."""

    class Self(m.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Any) -> Any:
            length = x.shape[1 if self.inner.batch_first else 0]
            mask = m.triu(m.ones(length, length, dtype=x.dtype), diagonal=1) > 0
            return self.inner(x, x, x, attn_mask=mask)

    return Self


def answers(m: Any, module: Any, inputs: Any) -> list[np.ndarray[Any, Any]]:
    """Outputs, buffers, and gradients of inputs and parameters, after two calls."""
    xs = [m.tensor(a).requires_grad_(a.dtype.kind == "f") for a in inputs]
    module(*xs)
    result = module(*xs)
    outputs = [y for y in (result if isinstance(result, tuple) else (result,)) if y is not None]
    sum((y * m.tensor(weights(y.shape))).sum() for y in outputs).backward()
    leaves = [*xs, *(p for _, p in module.named_parameters())]
    gradients = [numbers(x.grad) for x in leaves if x.grad is not None]
    return [numbers(x) for x in (*outputs, *module.buffers())] + gradients


@pytest.mark.parametrize("name", CASES)
def test_module(name: str) -> None:
    case = CASES[name]
    torch.manual_seed(0)
    theirs, ours = case.make(torch).double(), case.make(engine).double()
    missing, unexpected = ours.load_state_dict(
        {path: engine.tensor(x.numpy()) for path, x in theirs.state_dict().items()}
    )
    assert not missing + unexpected
    found, expected = (answers(engine, ours, case.inputs), answers(torch, theirs, case.inputs))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def model() -> Any:
    return engine.nn.Sequential(engine.nn.Linear(3, 4), engine.nn.BatchNorm1d(4))


def test_a_state_goes_from_one_module_to_another() -> None:
    first, second = model(), model()
    first(engine.randn(5, 3))
    second.load_state_dict(first.state_dict())
    for x, y in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert x.tolist() == y.tolist()


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    module = model()
    before = module[0].weight.tolist()
    state = {**module.state_dict(), "0.weight": engine.zeros(3, 4)}
    with pytest.raises(RuntimeError, match=r"0\.weight has shape"):
        module.load_state_dict(state)
    del state["0.weight"]
    with pytest.raises(RuntimeError, match=r"lacks \['0.weight'\]"):
        module.load_state_dict(state)
    assert module.load_state_dict(state, strict=False).missing_keys == ["0.weight"]
    assert module[0].weight.tolist() == before


def test_tied_weights_come_once_and_add_up() -> None:
    module = engine.nn.ModuleList([engine.nn.Linear(2, 2, bias=False) for _ in range(2)])
    module[1].weight = module[0].weight
    assert [name for name, _ in module.named_parameters()] == ["0.weight"]
    assert list(module.state_dict()) == ["0.weight", "1.weight"]
    x = engine.ones(1, 2)
    (module[0](x) + module[1](x)).sum().backward()
    assert module[0].weight.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_a_parameter_is_not_lost_by_assignment() -> None:
    layer = engine.nn.Linear(2, 2)
    with pytest.raises(TypeError, match="weight is a parameter"):
        layer.weight = layer.weight - 1
    assert len(list(layer.parameters())) == 2


def test_a_frozen_layer_passes_gradients_on() -> None:
    first, frozen = engine.nn.Linear(2, 2), engine.nn.Linear(2, 2).requires_grad_(False)
    frozen(first(engine.ones(1, 2))).sum().backward()
    assert frozen.weight.grad is None and first.weight.grad is not None


def test_another_dtype_keeps_the_parameters_themselves() -> None:
    layer = model()
    weight = layer[0].weight
    layer(engine.randn(4, 3)).sum().backward()
    layer.double()
    assert layer[0].weight is weight
    assert weight.dtype == weight.grad.dtype == engine.float64
    assert layer[1].num_batches_tracked.dtype == engine.int64
    weight.grad = None
    layer(engine.randn(4, 3, dtype=engine.float64)).sum().backward()
    assert weight.grad is not None and weight.grad.dtype == engine.float64


def test_a_copy_is_independent() -> None:
    layer = engine.nn.Linear(2, 2)
    twin = copy.deepcopy(layer)
    with engine.no_grad():
        twin.weight += 1
    assert isinstance(twin.weight, engine.nn.Parameter) and twin.weight.is_leaf
    assert (twin.weight - layer.weight).detach().numpy().round(6).tolist() == [[1.0] * 2] * 2


def test_lists_and_dictionaries_of_modules() -> None:
    layers = [engine.nn.Linear(2, 2), engine.nn.Tanh(), engine.nn.Linear(2, 1)]
    sequence = engine.nn.Sequential(*layers)
    assert list(sequence) == layers and len(sequence) == 3
    assert sequence[-1] is layers[2]
    assert isinstance(sequence[:2], engine.nn.Sequential) and list(sequence[:2]) == layers[:2]
    named = engine.nn.ModuleDict({"first": layers[0]})
    named["second"] = layers[2]
    assert list(named.keys()) == ["first", "second"]
    assert [name for name, _ in named.named_parameters()][2:] == ["second.weight", "second.bias"]


def test_training_and_use() -> None:
    module = engine.nn.Sequential(engine.nn.Dropout(0.5), engine.nn.Linear(2, 2))
    assert not any(m.training for m in module.eval().modules())
    assert all(m.training for m in module.train().modules())


def test_zero_grad() -> None:
    layer = engine.nn.Linear(2, 2)
    layer(engine.ones(1, 2)).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert layer.bias.grad.tolist() == [0.0, 0.0]
    layer.zero_grad()
    assert layer.bias.grad is None


def test_dropout_sends_back_through_the_mask_it_drew() -> None:
    engine.manual_seed(0)
    x = engine.ones(1000, requires_grad=True)
    y = engine.nn.Dropout(0.25)(x)
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()
    assert set(y.tolist()) == {0.0, np.float32(1 / 0.75)}
    assert 600 < (y != 0).sum().item() < 900


def test_gradients_of_future_keys_and_values_are_exactly_0() -> None:
    q, k, v = (engine.tensor(some(4, 3)).requires_grad_() for _ in range(3))
    y = engine.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    y[1].sum().backward()
    for x in (k, v):
        assert x.grad[2:].tolist() == [[0.0] * 3] * 2
        assert (x.grad[:2] != 0).any()


def test_gradients_of_ignored_rows_are_exactly_0() -> None:
    x = engine.tensor(some(4, 3)).requires_grad_()
    engine.nn.CrossEntropyLoss()(x, engine.tensor(CLASSES)).backward()
    assert x.grad[2].tolist() == [0.0] * 3


def test_the_padding_row_begins_at_0_and_stays() -> None:
    table = engine.nn.Embedding(3, 2, padding_idx=1)
    table(engine.tensor([1, 2, 1])).sum().backward()
    assert table.weight[1].tolist() == [0.0, 0.0]
    assert table.weight.grad.tolist() == [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]


ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a class that is none": (
        lambda: engine.nn.NLLLoss()(engine.zeros(1, 2), engine.tensor([2])), IndexError, "none of",
    ),
    "a row that is none": (
        lambda: engine.nn.Embedding(2, 2)(engine.tensor([-1])), IndexError, "none of the 2",
    ),
    "heads": (lambda: engine.nn.MultiheadAttention(5, 2), ValueError, "evenly"),
    "an argument by place": (lambda: engine.nn.MSELoss("sum"), TypeError, "MSELoss takes"),
    "an unknown argument": (lambda: engine.nn.ReLU(p=1), TypeError, "ReLU takes"),
    "a reduction": (
        lambda: engine.nn.MSELoss(reduction="all")(engine.ones(1), engine.ones(1)),
        ValueError, "'mean', 'sum' or 'none'",
    ),
    "a batch of one": (
        lambda: engine.nn.BatchNorm1d(2)(engine.ones(1, 2)), ValueError, "one value a channel",
    ),
    "no forward": (lambda: engine.nn.Module()(1), NotImplementedError, "has no forward"),
    "a great kernel": (
        lambda: engine.nn.Conv1d(1, 1, 5)(engine.ones(1, 1, 3)), RuntimeError, "greater than",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_error(name: str) -> None:
    run, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        run()


BEGINNINGS: dict[str, tuple[Callable[[Any], Any], float]] = {
    "xavier_uniform_": (lambda m: m.nn.init.xavier_uniform_, math.sqrt(2 / 500)),
    "xavier_normal_": (lambda m: m.nn.init.xavier_normal_, math.sqrt(2 / 500)),
    "kaiming_uniform_": (lambda m: m.nn.init.kaiming_uniform_, math.sqrt(2 / 200)),
    "kaiming_normal_": (lambda m: m.nn.init.kaiming_normal_, math.sqrt(2 / 200)),
    "uniform_": (lambda m: m.nn.init.uniform_, 1 / math.sqrt(12)),
    "normal_": (lambda m: m.nn.init.normal_, 1.0),
    "zeros_": (lambda m: m.nn.init.zeros_, 0.0),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_parameters_begin_with_the_spread_of_their_scheme(name: str) -> None:
    init, spread = BEGINNINGS[name]
    engine.manual_seed(0)
    ours = init(engine)(engine.zeros(300, 200))
    assert abs(ours.std().item() - spread) < 0.02 * spread + 1e-12
    assert ours.requires_grad is False


def test_gradients_are_clipped_to_a_common_norm() -> None:
    x, y = (engine.tensor([3.0], requires_grad=True) for _ in range(2))
    (3 * x + 4 * y).sum().backward()
    assert engine.nn.utils.clip_grad_norm_([x, y], 1.0).item() == 5.0
    np.testing.assert_allclose([x.grad.item(), y.grad.item()], [0.6, 0.8], rtol=1e-6)
