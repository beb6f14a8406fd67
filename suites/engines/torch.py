"""PyTorch."""

import torch


def clip(x, min=None, max=None):
    """PyTorch wants both bounds as tensors or both as numbers."""
    if torch.is_tensor(min) or torch.is_tensor(max):
        min, max = (None if b is None else torch.as_tensor(b).to(x) for b in (min, max))
    return torch.clip(x, min, max)


class Torch:
    """https://pytorch.org."""

    name, version = "torch", torch.__version__
    torch, order = torch, 4
    dtypes = "float64 float32 float16 bfloat16 complex128 complex64"
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    declines = "not implemented for"
    ops = {"clip": clip}
