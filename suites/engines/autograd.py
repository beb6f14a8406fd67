"""HIPS autograd: functional, over NumPy's names."""

from importlib.metadata import version

import autograd
import autograd.numpy as np


class Autograd:
    """https://github.com/HIPS/autograd."""

    name, version = "autograd", version("autograd")
    namespace, spelling, transforms, order = np, "numpy", autograd, 4
    dtypes = "float64 float32"
    declines = ["Can't handle extra leading dims", r"^KeyError: \d$"]  # "no VJP for argument 1"
    ops = {"linalg.diagonal": lambda x, offset=0: np.diagonal(x, -offset, -1, -2)}
