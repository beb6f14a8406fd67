"""tinygrad: lazy tensors. Its device PYTHON runs everywhere; CPU needs clang (set DEV)."""

import os
from importlib.metadata import version

os.environ.setdefault("DEV", "PYTHON")
os.environ.setdefault("NOOPT", "1")

from tinygrad import Tensor


class Tinygrad:
    """https://github.com/tinygrad/tinygrad."""

    name, version = "tinygrad", version("tinygrad")
    namespace = Tensor
    operators = "add subtract multiply divide negative greater greater_equal less less_equal"
    dtypes = "float64 float32"
    keywords = {"keepdims": "keepdim", "k": "diagonal"}
    without = "split"
    declines = "not supported between instances of 'int' and 'tuple'"  # logsumexp takes one axis
    ops = {
        "clip": lambda x, min=None, max=None: x.clip(min, max),
        "var": lambda x, axis=None, correction=0, keepdim=False: x.var(axis, keepdim, correction),
        "std": lambda x, axis=None, correction=0, keepdim=False: x.std(axis, keepdim, correction),
        "cumulative_sum": Tensor.cumsum,
        "cumulative_prod": Tensor.cumprod,
        "permute_dims": lambda x, axes: x.permute(axes),
        "broadcast_to": Tensor.expand,
        "expand_dims": lambda x, axis: x.unsqueeze(axis),
        "squeeze": lambda x, axis: x.squeeze(axis),
        "concat": lambda xs, axis=0: xs[0].cat(*xs[1:], dim=axis),
        "stack": lambda xs, axis=0: xs[0].stack(*xs[1:], dim=axis),
        "flip": lambda x, axis=None: x.flip(tuple(range(x.ndim)) if axis is None else axis),
        "roll": lambda x, shift, axis=None: x.roll(
            (shift,) * len(axis) if isinstance(axis, tuple) and isinstance(shift, int) else shift,
            axis,
        ),
        "repeat": lambda x, repeats, axis=None: x.repeat_interleave(repeats, axis),
        "pad": lambda x, pad_width, constant_values=0: x.pad(pad_width, value=constant_values),
        "sort": lambda x, axis=-1, descending=False: x.sort(axis, descending)[0],
        "linalg.diagonal": lambda x, offset=0: x.diagonal(offset, -2, -1),
    }

    def lift(self, array, requires_grad):
        # From a 0-d array it makes a constant, and of equal constants one.
        return Tensor(array) if array.ndim else Tensor(array.reshape(1)).reshape(())

    def value(self, x):
        return x.numpy()

    def grads(self, output, leaves):
        output.backward()
        return [None if x.grad is None else x.grad.numpy() for x in leaves]
