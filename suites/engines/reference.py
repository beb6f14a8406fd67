"""The reference engine, under PyTorch's names."""

from importlib.metadata import version
from importlib.util import find_spec

import gradassay.reference_engine as torch


def prod(x, dim=None, keepdim=False):
    """PyTorch's own takes one axis at a time."""
    if dim is None and not keepdim:
        return torch.prod(x)
    dims = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    for d in sorted((d % x.ndim for d in dims), reverse=True):
        x = torch.prod(x, d, keepdim)
    return x


class Reference:
    """gradassay's own engine to read; see its folder."""

    name, version = "reference", version("gradassay")
    namespace, order = torch, 2
    dtypes = "float64 float32"
    devices = ["cpu", "torch:cpu"] if find_spec("torch") else ["cpu"]
    keywords = {"axis": "dim", "keepdims": "keepdim", "axes": "dims"}
    ops = {
        "max": torch.amax,
        "min": torch.amin,
        "prod": prod,
        "reshape": lambda x, shape: x.reshape(shape),
        "permute_dims": lambda x, dims: x.permute(dims),
        "expand_dims": torch.unsqueeze,
    }

    def lift(self, array, requires_grad, device):
        return torch.from_numpy(array).to(device).requires_grad_(requires_grad)

    def value(self, x):
        return x.detach().numpy()

    def grads(self, output, leaves):
        output.backward()
        return [None if x.grad is None else self.value(x.grad) for x in leaves]

    def grad(self, output, leaves, create_graph):
        return torch.autograd.grad(output, leaves, create_graph=create_graph)
