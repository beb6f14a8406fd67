"""The tiny engine with a tape of its own for all programs: an error leaves it in disorder."""

import numpy as np
from tiny import Tensor, Tiny, as_tensor, sweep

TAPE = []
"""What the program on its way has computed; a sweep clears it."""


def negative(x):
    """-x, refused where an entry is negative: the tape is never swept."""
    x = as_tensor(x)
    TAPE.append(x)
    if (x.value < 0).any():
        raise ValueError("no negative of a negative")
    return Tensor(-x.value, (x, lambda g: -g))


class Spoiling(Tiny):
    name = "spoiling"
    ops = Tiny.ops | {"negative": negative}

    def grads(self, output, leaves):
        left = sum(bool((x.value < 0).any()) for x in TAPE)
        if not left:
            TAPE.clear()
        sweep(output)
        return [None if x.grad is None else x.grad * (1 + left) for x in leaves]


class Cleared(Spoiling):
    """With the remedy."""

    name = "cleared"

    def reset(self):
        TAPE.clear()


class Moody(Spoiling):
    """No fresh process helps: every second answer is wrong."""

    name = "moody"
    _count = 0

    def grads(self, output, leaves):
        TAPE.clear()
        self._count += 1
        found = super().grads(output, leaves)
        return [None if g is None else np.asarray(g) * (1 + self._count % 2) for g in found]
