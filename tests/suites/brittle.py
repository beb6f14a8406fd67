"""The tiny engine with an op that kills it where its argument has two axes."""

import os

from tiny import Tensor, Tiny, as_tensor


def negative(x):
    x = as_tensor(x)
    if x.value.ndim == 2:
        os._exit(1)
    return Tensor(-x.value, (x, lambda g: -g))


class Brittle(Tiny):
    name = "brittle"
    ops = Tiny.ops | {"negative": negative}
