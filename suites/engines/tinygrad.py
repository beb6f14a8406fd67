"""tinygrad: lazy tensors. Its device PYTHON runs everywhere; CPU needs clang (set DEV)."""

import os
from importlib.metadata import version

os.environ.setdefault("DEV", "PYTHON")
os.environ.setdefault("NOOPT", "1")

from tinygrad import Tensor


class Tinygrad:
    """https://github.com/tinygrad/tinygrad."""

    name, version, slow = "tinygrad", version("tinygrad"), 10  # it rewrites and emulates kernels
    namespace, spelling = Tensor, "torch"
    operators = "add subtract multiply divide negative power greater greater_equal less less_equal"
    dtypes = "float64 float32"
    keywords = {"axis": "axis"}
    without = "split"
    declines = (
        "not supported between instances of 'int' and 'tuple'",  # logsumexp takes one axis
        r"index dtype dtypes.bool is not supported|too many indices \(1\) for 0D",  # no masks
    )
    ops = {
        "nn.functional.conv2d": lambda x, w, stride=1, padding=0, dilation=1, groups=1: x.conv2d(
            w, None, groups, stride, dilation, padding
        ),
        "special.logsumexp": Tensor.logsumexp,
        "broadcast_to": Tensor.expand,
        "concat": lambda xs, axis=0: xs[0].cat(*xs[1:], dim=axis),
        "stack": lambda xs, axis=0: xs[0].stack(*xs[1:], dim=axis),
        "pad": lambda x, pad_width, constant_values=0: x.pad(pad_width, value=constant_values),
    }

    def lift(self, array, requires_grad):
        # From a 0-d array it makes a constant, and of equal constants one.
        return Tensor(array) if array.ndim else Tensor(array.reshape(1)).reshape(())
