"""HIPS autograd: functional, over NumPy's names."""
# mypy: ignore-errors
# ruff: noqa: D102, RUF012

from importlib.metadata import version

import autograd
import autograd.numpy as np


class Autograd:
    """https://github.com/HIPS/autograd."""

    name, version = "autograd", version("autograd")
    namespace, order = np, 2
    dtypes = "float64 float32"
    ops = {"pow": np.power, "permute_dims": np.transpose, "concat": np.concatenate}

    def value_and_grad(self, f, arrays):
        return autograd.value_and_grad(f, tuple(range(len(arrays))))(*arrays)

    def gradient(self, f):
        return autograd.grad(f)
