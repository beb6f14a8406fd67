"""DeZero, the engine of the book Deep Learning from Scratch 3: a tape over NumPy's names."""

from math import inf

import dezero
import dezero.functions as F  # noqa: N812


def matmul(x, W):
    """Matrices only: its rule transposes both."""
    if x.ndim != 2 or W.ndim != 2:
        raise NotImplementedError
    return F.matmul(x, W)


class Dezero:
    """https://github.com/oreilly-japan/deep-learning-from-scratch-3."""

    name, version = "dezero", dezero.__version__
    namespace, operators = F, "add subtract multiply divide negative power"
    static = {"power": 1, "clip": (1, 2)}
    dtypes = "float64 float32"
    ops = {
        "matmul": matmul,
        "clip": lambda x, min=None, max=None: F.clip(
            x, -inf if min is None else min, inf if max is None else max
        ),
    }

    def lift(self, array, requires_grad):
        return dezero.Variable(array)
