"""MiniTorch, the package of that name on PyPI: a tape that imports as `torch`."""

from importlib.metadata import version

import torch


class Minitorch:
    """https://pypi.org/project/minitorch."""

    name, version = "minitorch", version("minitorch")
    operators = "add subtract multiply divide"
    declines = "Shape mismatch"  # it broadcasts nothing but scalars
    ops = {
        "sum": torch.Tensor.sum,
        "tanh": torch.Tanh(),
        "nn.functional.relu": torch.ReLU(),
        "special.expit": torch.Sigmoid(),
    }

    def lift(self, array, requires_grad):
        return torch.Tensor(array, requires_grad)
