"""tinygrad: lazy tensors. Its device PYTHON runs everywhere; CPU needs clang (set DEV)."""

import os
from importlib.metadata import version

os.environ.setdefault("DEV", "PYTHON")
os.environ.setdefault("NOOPT", "1")

from tinygrad import Tensor


class Tinygrad:
    """https://github.com/tinygrad/tinygrad."""

    # It rewrites and emulates the kernels of every program.
    name, version, slow = "tinygrad", version("tinygrad"), 10
    namespace, spelling, without = Tensor, "torch", "split"
    dtypes = "float64 float32"
    keywords = {"axis": "axis"}
    # logsumexp takes one axis; there is no indexing by masks.
    declines = r"'int' and 'tuple'|dtypes.bool is not supported|too many indices \(1\) for 0D"
    ops = {
        "nn.functional.conv2d": Tensor.conv2d,
        "special.logsumexp": Tensor.logsumexp,
        "broadcast_to": Tensor.expand,
        "concat": lambda xs, axis=0: xs[0].cat(*xs[1:], dim=axis),
        "stack": lambda xs, axis=0: xs[0].stack(*xs[1:], dim=axis),
        "pad": lambda x, pad_width, constant_values=0: x.pad(pad_width, value=constant_values),
    }

    def lift(self, array, requires_grad):
        # From a 0-d array it makes a constant, and of equal constants one.
        return Tensor(array) if array.ndim else Tensor(array.reshape(1)).reshape(())
