"""torch 2.13.0+cpu: raised.

RuntimeError: output with shape [] doesn't match the broadcast shape [1] (sweep)

x0 = leaf(1., requires_grad=True)
x1 = leaf([-1.], requires_grad=True)
x2 = leaf(2., requires_grad=True)
v3 = clip(x0, x1, x2)
v4 = sum(v3)
return v4
"""
import inspect
import sys

import numpy as np

# ---- the adapter
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

# ---- the program
DTYPE, DEVICE = 'float64', 'cpu'
engine = Torch
engine = engine() if isinstance(engine, type) else engine

import functools

def usual_grads(engine, output, leaves):
    """A sweep by `output.backward()`; then each leaf's `grad`."""
    if not hasattr(output, "backward"):
        raise AttributeError("write grads(output, leaves): the output has no backward()")
    output.backward()
    found = [getattr(x, "grad", None) for x in leaves]
    return [None if grad is None else engine.value(grad) for grad in found]

engine.grads = functools.partial(usual_grads, engine)

def lift(array, requires_grad):
    known = {"dtype": DTYPE, "device": DEVICE}
    takes = inspect.signature(engine.lift).parameters
    return engine.lift(array, requires_grad, **{k: v for k, v in known.items() if k in takes})

spelt_sum = lambda f, x, axis=None, keepdims=False: f(x, axis, keepdims)
arrays = [
    np.array(1.0, dtype=DTYPE),
    np.array([-1.0], dtype=DTYPE),
    np.array(2.0, dtype=DTYPE),
]
names = ['x0', 'x1', 'x2']
copies = [a.tobytes() for a in arrays]
x0 = lift(arrays[0], True)
x1 = lift(arrays[1], True)
x2 = lift(arrays[2], True)
v3 = engine.ops['clip'](x0, x1, x2)
v4 = spelt_sum(engine.namespace.sum, v3)
values = [engine.value(v4)]
grads = engine.grads(v4, [x0, x1, x2])

# ---- got and expected, with the tolerance that rounding noise allows
compared = [
    ('v4', values[0], np.array(1.0, dtype=float), 1.21e-13),
    ('x0.grad', grads[0], np.array(1.0, dtype=float), 1.2e-13),
    ('x1.grad', grads[1], np.array([0.0], dtype=float), 6.4e-299),
    ('x2.grad', grads[2], np.array(0.0, dtype=float), 6.4e-299),
]

wrong = False
for name, is_, should, tolerance in compared:
    if should is None:
        right, want, dtype = is_ is None or not np.any(is_), "none", "not asked for"
    else:
        right, want = False, f"{should.tolist()}, {DTYPE}"
        if is_ is not None:
            dtype, is_ = np.asarray(is_).dtype, np.asarray(is_, dtype=float)
            near = is_.shape == should.shape and np.all(np.abs(is_ - should) <= tolerance)
            right = bool(near) and (dtype == DTYPE or DTYPE == "bfloat16")
    wrong = wrong or not right
    got = "none" if is_ is None else f"{np.asarray(is_).tolist()}, {dtype}"
    print(f"{name} is {got}, {'as it should be' if right else f'but should be {want}'}")
for name, array, before in zip(names, arrays, copies):
    if array.tobytes() != before:
        wrong = True
        print(f"the engine changed {name}")
sys.exit(1 if wrong else 0)
