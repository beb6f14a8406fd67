"""The reference engine, under PyTorch's names."""

from importlib.metadata import version

import gradassay.reference_engine as torch
from gradassay.reference_engine.devices import available


def cumulative_sum(x, dim, include_initial=False):
    """The array API's option to begin with 0."""
    if include_initial:
        shape = list(x.shape)
        shape[dim] = 1
        x = torch.cat([torch.zeros(shape, dtype=x.dtype, device=x.device), x], dim)
    return torch.cumsum(x, dim)


class Reference:
    """gradassay's own engine to read; see its folder."""

    name, version = "reference", version("gradassay")
    torch, order = torch, 4
    dtypes = "float64 float32 complex128 complex64"
    devices = available()
    ops = {"cumulative_sum": cumulative_sum}

    def lift(self, array, requires_grad, device):
        x = torch.from_numpy(array) if array.ndim else torch.tensor(array)
        x = x if device == "cpu" else x.to(device)
        return x.requires_grad_() if requires_grad else x
