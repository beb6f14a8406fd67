"""Correct gradients pass, in every library, and so do kinks, ties, tails and singular points."""

from __future__ import annotations

import numpy as np
import pytest

from gradassay import check

X = np.array([0.3, -1.2, 2.5])
M = np.array([[0.3, -1.2], [2.5, 0.7]])
POSITIVE = np.array([0.5, 2.0, 3.5])


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def softmax_vjp(c, x):
    y = softmax(x)
    return y * (c - (c * y).sum())


def prod_grad(x):
    return np.array([np.prod(np.delete(x, i)) for i in range(x.size)])


NUMPY = {
    "sin": (np.sin, (X,), {"grad": np.cos}),
    "tanh": (np.tanh, (X,), {"grad": lambda x: 1 - np.tanh(x) ** 2}),
    "tanh far out": (np.tanh, (20 * X,), {"grad": lambda x: 1 - np.tanh(x) ** 2}),
    "log": (np.log, (POSITIVE,), {"grad": lambda x: 1 / x}),
    "sqrt": (np.sqrt, (POSITIVE,), {"grad": lambda x: 0.5 / np.sqrt(x)}),
    "sqrt at 0": (np.sqrt, (np.array([1.0, 0.0]),), {"vjp": lambda c, x: c * 0.5 / np.sqrt(x)}),
    "abs at 0": (np.abs, (np.array([0.0, 1.0, -2.0]),), {"grad": np.sign}),
    "floor": (np.floor, (X,), {"grad": np.zeros_like}),
    "sum": (np.sum, (M,), {"grad": np.ones_like}),
    "mean of axis": (
        lambda x: x.mean(axis=0),
        (M,),
        {"vjp": lambda c, x: np.broadcast_to(c / len(x), x.shape)},
    ),
    "prod with zeros": (np.prod, (np.array([2.0, 0.0, 3.0]),), {"grad": prod_grad}),
    "prod with two zeros": (np.prod, (np.array([0.0, 0.0, 3.0]),), {"grad": prod_grad}),
    "matmul": (np.matmul, (M, M + 1), {"vjp": lambda c, a, b: (c @ b.T, a.T @ c)}),
    "softmax": (softmax, (X,), {"vjp": softmax_vjp}),
    "norm": (
        lambda x: np.sqrt((x * x).sum()),
        (X,),
        {"grad": lambda x: x / np.sqrt((x * x).sum())},
    ),
    "max": (np.max, (X,), {"grad": lambda x: (x == x.max()) / (x == x.max()).sum()}),
    "maximum": (
        np.maximum,
        (X, X[::-1]),
        {"vjp": lambda c, a, b: (c * (a > b) + c * (a == b) / 2, c * (b > a) + c * (a == b) / 2)},
    ),
    "a constant mask": (
        lambda m, x: np.where(m, x, 0.0),
        (np.array([True, False, True]), X),
        {"vjp": lambda c, m, x: np.where(m, c, 0.0)},
    ),
    "a number": (lambda x: x * x, (2.0,), {"grad": lambda x: 2 * x}),
    "nothing": (np.sin, (np.zeros((0, 2)),), {"grad": np.cos}),
    "1e-9 scale": (lambda x: 1e-9 * x**3, (X,), {"grad": lambda x: 3e-9 * x**2}),
    "inverse": (
        np.linalg.inv,
        (M,),
        {"vjp": lambda c, x: -np.linalg.inv(x).T @ c @ np.linalg.inv(x).T},
    ),
    "an unused input": (lambda a, b: a * 1.0, (X, X), {"vjp": lambda c, a, b: (c, None)}),
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", NUMPY)
def test_a_right_numpy_gradient(name, seed):
    f, arrays, claimed = NUMPY[name]
    assert check(f, *arrays, **claimed, seed=seed).tried >= 1


def torch_functions():
    import torch

    x, m = torch.tensor(X), torch.tensor(M)
    return {
        "softmax": (lambda x: torch.softmax(x, 0), x),
        "gelu": (torch.nn.functional.gelu, x),
        "softplus": (torch.nn.functional.softplus, x),
        "norm": (torch.linalg.norm, x),
        "maximum": (torch.maximum, x, x.flip(0)),
        "sort": (lambda x: x.sort().values, x),
        "std": (torch.std, x),
        "prod": (torch.prod, torch.tensor([0.0, 2.0, 3.0])),
        "matmul": (torch.matmul, m, m),
        "logdet": (lambda x: torch.linalg.slogdet(x).logabsdet, m),
        "erf": (torch.erf, x),
        "layer_norm": (lambda x: torch.nn.functional.layer_norm(x, (3,)), x),
        "logsumexp": (lambda x: torch.logsumexp(x, 0), x),
        "index": (lambda x: x[torch.tensor([0, 0, 2])], x),
        "cumsum": (lambda x: x.cumsum(0), x),
    }


TORCH = """
softmax gelu softplus norm maximum sort std prod matmul logdet erf index cumsum logsumexp
layer_norm
"""


@pytest.mark.parametrize("name", TORCH.split())
def test_a_right_torch_gradient(name):
    pytest.importorskip("torch")
    f, *arrays = torch_functions()[name]
    assert check(f, *arrays).tried >= 5


def test_a_right_autograd_gradient():
    anp = pytest.importorskip("autograd.numpy")
    assert check(lambda x: anp.tanh(x) * anp.sum(x), X, engine="autograd").tried >= 5
    assert check(lambda a, b: anp.dot(a, b), M, M, engine="autograd").tried >= 5


def test_a_right_jax_gradient():
    jnp = pytest.importorskip("jax.numpy")
    assert check(lambda x: jnp.tanh(x) * x.sum(), X, engine="jax").tried >= 5
