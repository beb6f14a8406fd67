"""The tiny engine with ops that change shapes, and two faults that show in the middle."""

import numpy as np
from tiny import Tensor, Tiny, as_tensor, fault, fitted, total


def expand_dims(x, axis):
    """By list.insert, a negative axis comes one place too far to the left, as in DeZero."""
    x = as_tensor(x)
    rank = x.value.ndim
    shape = list(x.value.shape)
    shape.insert(axis if fault("axis") or axis >= 0 else axis + rank + 1, 1)
    return reshape(x, tuple(shape))


def reshape(x, shape):
    x = as_tensor(x)
    return Tensor(x.value.reshape(shape), (x, lambda g: g.reshape(x.value.shape)))


def wide(x, axis=None, keepdims=False):
    """The sum, perhaps in float64, whose cotangent comes back as it should."""
    x = as_tensor(x)
    y = total(x, axis, keepdims)
    if fault("wide"):
        y.value = y.value.astype(float)
        ((_, vjp),) = y.parents
        y.parents = ((x, lambda g: vjp(g).astype(x.value.dtype)),)
    return y


class Misshapen(Tiny):
    name = "misshapen"
    ops = Tiny.ops | {"expand_dims": expand_dims, "reshape": reshape, "sum": wide}


def divide(x, y):
    """By a constant."""
    x = as_tensor(x)
    return Tensor(x.value / y.value, (x, lambda g: fitted(g / y.value, x)))


def flip(x, axis=None):
    """Its backward forgets to flip back, which no plain sum shows."""
    x = as_tensor(x)
    back = (lambda g: g) if fault("unflipped") else lambda g: np.flip(g, axis)
    return Tensor(np.flip(x.value, axis), (x, back))


class Dividing(Misshapen):
    """It has no product."""

    ops = Misshapen.ops | {"divide": divide, "flip": flip}
    del ops["multiply"]


class Summing(Dividing):
    """Nothing that gives weights."""

    ops = Dividing.ops.copy()
    del ops["divide"]
