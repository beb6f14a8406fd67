"""The reference engine, under PyTorch's names."""

from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import gradassay.reference_engine as torch


def cumulative_sum(x, dim, include_initial=False):
    """The array API's option to begin with 0."""
    if include_initial:
        shape = list(x.shape)
        shape[dim] = 1
        x = torch.cat([torch.zeros(shape, dtype=x.dtype, device=x.device), x], dim)
    return torch.cumsum(x, dim)


def devices():
    """PyTorch is imported only where there is a driver to ask for: that takes seconds."""
    if not find_spec("torch"):
        return ["cpu"]
    cuda = Path("/proc/driver/nvidia").exists() and pytorch().cuda.is_available()
    return ["cpu", "torch:cpu", "torch:cuda"] if cuda else ["cpu", "torch:cpu"]


def pytorch():
    """PyTorch itself."""
    return import_module("torch")


class Reference:
    """gradassay's own engine to read; see its folder."""

    name, version = "reference", version("gradassay")
    namespace, torch, spelling, order = torch, torch, "torch", 4
    dtypes = "float64 float32 complex128 complex64"
    devices = devices()
    methods = (
        "backward seed retain_graph create_graph get_grad set_grad retain_grad detach "
        "requires_grad is_leaf inplace no_grad enable_grad is_grad_enabled "
        "set_requires_grad clone set_item version_counter"
    )
    ops = {"cumulative_sum": cumulative_sum}

    def lift(self, array, requires_grad, device):
        x = torch.from_numpy(array) if array.ndim else torch.tensor(array)
        x = x if device == "cpu" else x.to(device)
        return x.requires_grad_() if requires_grad else x

    def value(self, x):
        return x.detach().numpy()

    def synchronize(self, device):
        if device == "torch:cuda":
            pytorch().cuda.synchronize()

    def memory(self, run, device):
        if device != "torch:cuda":
            return None
        cuda = pytorch().cuda
        cuda.synchronize()
        cuda.reset_peak_memory_stats()
        before = cuda.memory_allocated()
        held = run()
        cuda.synchronize()
        peak, live = cuda.max_memory_allocated(), cuda.memory_allocated()
        del held
        return peak - before, live - before

    def zero_grad(self, leaves):
        for x in leaves:
            x.grad = None

    def grad(self, output, leaves, create_graph):
        return torch.autograd.grad(output, leaves, create_graph=create_graph)

    def astype(self, x, dtype):
        return x.to(getattr(torch, dtype))
