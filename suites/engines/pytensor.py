"""PyTensor: graphs that are differentiated and compiled before they see an array."""

from math import inf

import pytensor
import pytensor.tensor as pt

MODE = pytensor.compile.Mode(linker="py", optimizer="fast_compile")  # no compiler: runs in Python


class Pytensor:
    """https://github.com/pymc-devs/pytensor."""

    name, version = "pytensor", pytensor.__version__
    namespace, order = (pt, pt.special), 2
    operators = "add subtract multiply divide negative"
    dtypes = "float64 float32"
    keywords = {"correction": "ddof"}
    without = "split"  # theirs wants sizes
    declines = "'<' not supported between instances of 'tuple' and 'int'"  # roll takes one axis
    ops = {
        "clip": lambda x, min=None, max=None: pt.clip(
            x, -inf if min is None else min, inf if max is None else max
        ),
        "cumulative_sum": lambda x, axis: pt.cumsum(x, axis),
        "cumulative_prod": lambda x, axis: pt.cumprod(x, axis),
        "reshape": lambda x, shape: pt.reshape(x, shape),
        "tile": lambda x, repetitions: pt.tile(x, repetitions),
        "sort": lambda x, axis=-1, descending=False: (
            -pt.sort(-x, axis) if descending else pt.sort(x, axis)
        ),
        "linalg.diagonal": lambda x, offset=0: pt.diagonal(x, offset, -2, -1),
    }

    def symbol(self, shape, dtype):
        return pt.tensor(shape=shape, dtype=dtype)

    def grad(self, output, leaves):
        return pt.grad(output, leaves, disconnected_inputs="ignore", return_disconnected="none")

    def compile(self, inputs, outputs):
        return pytensor.function(inputs, outputs, mode=MODE, on_unused_input="ignore")
