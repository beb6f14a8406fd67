"""The tiny engine with an op that leaves another one wrong, which no canary notices."""

import numpy as np
from tiny import Tensor, Tiny, as_tensor

SEEN = []


def negative(x):
    x = as_tensor(x)
    SEEN.append(x)
    return Tensor(-x.value, (x, lambda g: -g))


def sin(x):
    """Its gradient is doubled from the first negative on."""
    x = as_tensor(x)
    return Tensor(np.sin(x.value), (x, lambda g: g * np.cos(x.value) * (2 if SEEN else 1)))


class Remembering(Tiny):
    name = "remembering"
    ops = Tiny.ops | {"negative": negative, "sin": sin}


class Cleared(Remembering):
    """With the remedy."""

    name = "cleared"

    def reset(self):
        SEEN.clear()
