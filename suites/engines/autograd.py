"""HIPS autograd: functional, over NumPy's names."""

from importlib.metadata import version

import autograd
import autograd.numpy as np


class Autograd:
    """https://github.com/HIPS/autograd."""

    name, version = "autograd", version("autograd")
    namespace, order = np, 4
    dtypes = "float64 float32"
    keywords = {"correction": "ddof"}
    declines = ["Can't handle extra leading dims", r"^KeyError: \d$"]  # "no VJP for argument 1"
    ops = {
        "pow": np.power,
        "asin": np.arcsin,
        "acos": np.arccos,
        "atan": np.arctan,
        "atan2": np.arctan2,
        "asinh": np.arcsinh,
        "acosh": np.arccosh,
        "atanh": np.arctanh,
        "clip": lambda x, min=None, max=None: np.clip(x, min, max),
        "cumulative_sum": lambda x, axis: np.cumsum(x, axis),
        "linalg.diagonal": lambda x, offset=0: np.diagonal(x, -offset, -1, -2),
        "pad": lambda x, pad_width, constant_values=0: np.pad(
            x, pad_width, "constant", constant_values=constant_values
        ),
        "sort": lambda x, axis=-1, descending=False: (
            -np.sort(-x, axis) if descending else np.sort(x, axis)
        ),
        "tile": lambda x, repetitions: np.tile(x, repetitions),
        "permute_dims": np.transpose,
        "concat": np.concatenate,
        "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
        "split": lambda x, indices_or_sections, axis=0: np.split(x, indices_or_sections, axis),
    }

    def value_and_grad(self, f, arrays):
        return autograd.value_and_grad(f, tuple(range(len(arrays))))(*arrays)

    def gradient(self, f):
        return autograd.grad(f)
