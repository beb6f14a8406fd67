"""micrograd: scalars, Python's operators and a tape."""

from importlib.metadata import version

from micrograd.engine import Value


class Micrograd:
    """https://github.com/karpathy/micrograd."""

    name, version = "micrograd", version("micrograd")
    ranks = {0}
    operators = "add subtract multiply divide negative power"
    static = {"power": 1}
    methods = "backward get_grad"
    ops = {"nn.functional.relu": Value.relu}

    def lift(self, array, requires_grad):
        return Value(float(array))
