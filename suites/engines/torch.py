"""PyTorch."""

from itertools import accumulate

import torch


def clip(x, min=None, max=None):
    """PyTorch wants both bounds as tensors or both as numbers."""
    if torch.is_tensor(min) or torch.is_tensor(max):
        min, max = (None if b is None else torch.as_tensor(b).to(x) for b in (min, max))
    return torch.clip(x, min, max)


def on_cuda(run):
    """What the allocator of the device says of a call, and of what it leaves."""
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    held = run()
    torch.cuda.synchronize()
    peak, live = torch.cuda.max_memory_allocated(), torch.cuda.memory_allocated()
    del held
    return peak - before, live - before


def on_cpu(run):
    """What a profile of a call says was taken and given back, in its order."""
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        held = run()
    del held
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    taken = [e.nbytes() for e in sorted(events, key=lambda e: e.start_ns())]
    return max(accumulate(taken, initial=0)), sum(taken)


class Torch:
    """https://pytorch.org."""

    name, version = "torch", torch.__version__
    namespace, torch, spelling, order = torch, torch, "torch", 4
    dtypes = "float64 float32 float16 bfloat16 complex128 complex64"
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    declines = ["not implemented for"]
    methods = (
        "backward seed retain_graph create_graph get_grad set_grad retain_grad detach "
        "requires_grad is_leaf inplace no_grad enable_grad is_grad_enabled "
        "set_requires_grad clone set_item version_counter"
    )
    ops = {"clip": clip}

    def lift(self, array, requires_grad, dtype, device):
        back = any(s < 0 for s in array.strides)  # no negative strides in PyTorch
        x = torch.from_numpy(array.copy() if back else array).to(device)
        x = x.to(getattr(torch, dtype)) if x.is_floating_point() else x
        return x.requires_grad_(requires_grad)

    def value(self, x):
        return (x.float() if x.dtype == torch.bfloat16 else x).numpy(force=True)

    def synchronize(self, device):
        if device == "cuda":
            torch.cuda.synchronize()

    def memory(self, run, device):
        return on_cuda(run) if device == "cuda" else on_cpu(run)

    def zero_grad(self, leaves):
        torch.optim.SGD(leaves).zero_grad()

    def grad(self, output, leaves, create_graph):
        return torch.autograd.grad(output, leaves, create_graph=create_graph)

    def astype(self, x, dtype):
        return x.to(getattr(torch, dtype))

    def dropout(self, x, p):
        return torch.nn.functional.dropout(x, p)

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16)
