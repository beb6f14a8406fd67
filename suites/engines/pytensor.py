"""PyTensor: graphs that are differentiated and compiled before they see an array."""

from math import inf

import pytensor
import pytensor.tensor as pt

# Rewritten as ever, and run in Python: to compile takes seconds a program.
MODE = pytensor.compile.Mode(linker="py", optimizer="fast_run")
pytensor.config.mode = "FAST_COMPILE"  # of graphs within graphs
pytensor.config.linker = "py"


class Pytensor:
    """https://github.com/pymc-devs/pytensor."""

    name, version = "pytensor", pytensor.__version__
    namespace, spelling, order = (pt, pt.special), "numpy", 2
    operators = "add subtract multiply divide negative"
    dtypes = "float64 float32"
    without = "split"  # theirs wants sizes
    declines = "'<' not supported between instances of 'tuple' and 'int'"  # roll takes one axis
    ops = {
        "clip": lambda x, min=None, max=None: pt.clip(
            x, -inf if min is None else min, inf if max is None else max
        )
    }

    def symbol(self, shape, dtype):
        return pt.tensor(shape=shape, dtype=dtype)

    def grad(self, output, leaves):
        return pt.grad(output, leaves, disconnected_inputs="ignore", return_disconnected="none")

    def compile(self, inputs, outputs):
        return pytensor.function(inputs, outputs, mode=MODE, on_unused_input="ignore")
