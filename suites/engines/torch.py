"""PyTorch."""

from itertools import accumulate

import torch


def dims_of(x, dim):
    """PyTorch's own None is not always all axes."""
    return tuple(range(x.ndim)) if dim is None else dim if isinstance(dim, tuple) else (dim,)


def prod(x, dim=None, keepdim=False):
    """PyTorch's own takes one axis at a time."""
    if dim is None and not keepdim:
        return torch.prod(x)
    for d in sorted((d % x.ndim for d in dims_of(x, dim)), reverse=True):
        x = torch.prod(x, d, keepdim)
    return x


def clip(x, min=None, max=None):
    """PyTorch wants both bounds as tensors or both as numbers."""
    if torch.is_tensor(min) or torch.is_tensor(max):
        min, max = (None if b is None else torch.as_tensor(b).to(x) for b in (min, max))
    return torch.clip(x, min, max)


def cumulative_sum(x, dim, include_initial=False):
    """The array API's option to begin with 0."""
    if include_initial:
        shape = list(x.shape)
        shape[dim] = 1
        x = torch.cat([torch.zeros(shape, dtype=x.dtype, device=x.device), x], dim)
    return torch.cumsum(x, dim)


def roll(x, shift, dim=None):
    """PyTorch wants a shift for each axis."""
    many = isinstance(dim, tuple) and isinstance(shift, int)
    return torch.roll(x, (shift,) * len(dim) if many else shift, dim)


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
    namespace, torch, order = torch, torch, 4
    dtypes = "float64 float32 float16 bfloat16 complex128 complex64"
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    keywords = {"axis": "dim", "keepdims": "keepdim", "axes": "dims", "k": "diagonal"}
    declines = ["not implemented for"]
    methods = (
        "backward seed retain_graph create_graph get_grad set_grad retain_grad detach "
        "requires_grad is_leaf inplace no_grad enable_grad is_grad_enabled "
        "set_requires_grad clone set_item version_counter"
    )
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
        "var": lambda x, dim=None, correction=0, keepdim=False: torch.var(
            x, dim, correction=correction, keepdim=keepdim
        ),
        "std": lambda x, dim=None, correction=0, keepdim=False: torch.std(
            x, dim, correction=correction, keepdim=keepdim
        ),
        "special.logsumexp": lambda x, dim=None, keepdim=False: torch.logsumexp(
            x, dims_of(x, dim), keepdim
        ),
        "cumulative_sum": cumulative_sum,
        "cumulative_prod": torch.cumprod,
        "split": lambda x, indices_or_sections, dim=0: torch.tensor_split(
            x, indices_or_sections, dim
        ),
        "flip": lambda x, dim=None: torch.flip(x, dims_of(x, dim)),
        "roll": roll,
        "tile": lambda x, repetitions: torch.tile(x, repetitions),
        "pad": lambda x, pad_width, constant_values=0: torch.nn.functional.pad(
            x, [n for widths in pad_width[::-1] for n in widths], value=constant_values
        ),
        "take": lambda x, indices, dim: torch.index_select(x, dim, indices),
        "sort": lambda x, dim=-1, descending=False: torch.sort(x, dim, descending)[0],
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
