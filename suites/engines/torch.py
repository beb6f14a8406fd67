"""PyTorch."""

import torch


def prod(x, dim=None, keepdim=False):
    """PyTorch's own takes one axis at a time."""
    if dim is None and not keepdim:
        return torch.prod(x)
    dims = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    for d in sorted((d % x.ndim for d in dims), reverse=True):
        x = torch.prod(x, d, keepdim)
    return x


def clip(x, min=None, max=None):
    """PyTorch wants both bounds as tensors or both as numbers."""
    if torch.is_tensor(min) or torch.is_tensor(max):
        min, max = (None if b is None else torch.as_tensor(b).to(x) for b in (min, max))
    return torch.clip(x, min, max)


class Torch:
    """https://pytorch.org."""

    name, version = "torch", torch.__version__
    namespace, order = torch, 2
    dtypes = "float64 float32 float16 bfloat16"
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    keywords = {"axis": "dim", "keepdims": "keepdim", "axes": "dims"}
    declines = ["not implemented for"]
    ops = {
        "sum": lambda x, dim=None, keepdim=False: torch.sum(x, dim, keepdim),
        "mean": lambda x, dim=None, keepdim=False: torch.mean(x, dim, keepdim),
        "max": torch.amax,
        "min": torch.amin,
        "prod": prod,
        "clip": clip,
        "reshape": lambda x, shape: x.reshape(shape),
        "permute_dims": lambda x, dims: x.permute(dims),
        "expand_dims": torch.unsqueeze,
        "broadcast_to": lambda x, shape: x.broadcast_to(shape),
    }

    def lift(self, array, requires_grad, dtype, device):
        back = any(s < 0 for s in array.strides)  # no negative strides in PyTorch
        x = torch.from_numpy(array.copy() if back else array).to(device)
        x = x.to(getattr(torch, dtype)) if x.is_floating_point() else x
        return x.requires_grad_(requires_grad)

    def value(self, x):
        return (x.float() if x.dtype == torch.bfloat16 else x).numpy(force=True)

    def grads(self, output, leaves):
        output.backward()
        return [None if x.grad is None else self.value(x.grad) for x in leaves]

    def grad(self, output, leaves, create_graph):
        return torch.autograd.grad(output, leaves, create_graph=create_graph)
