"""The tiny engine with faults that are easily blamed on an op beside the one that has them."""

import numpy as np
from misshapen import Misshapen, Summing
from tiny import Tensor, as_tensor, fault, total


def add_up(x, axis=None, keepdims=False):
    """The sum; of no entries, 1, or an error."""
    x = as_tensor(x)
    y = total(x, axis, keepdims)
    if fault("empty") and not x.value.size:
        y.value = y.value + 1.0
    if fault("empty raises") and not x.value.size:
        raise ValueError("nothing to sum")
    return y


def negative(x):
    """-x, whose gradient comes back as one number."""
    x = as_tensor(x)
    return Tensor(-x.value, (x, lambda g: np.sum(-g) if fault("flat") else -g))


def split(x, indices_or_sections, axis=0):
    """Parts, of which all but the first get a doubled gradient."""
    x = as_tensor(x)
    parts = np.split(x.value, indices_or_sections, axis)
    ends = np.cumsum([part.shape[axis] for part in parts])
    return [_part(x, part, end, axis) for part, end in zip(parts, ends, strict=True)]


def _part(x, part, end, axis):
    begin = end - part.shape[axis]

    def vjp(g):
        padded = np.zeros(x.value.shape)
        at = (*[slice(None)] * (axis % x.value.ndim), slice(begin, end))
        padded[at] = 2 * g if fault("doubled") and begin else g
        return padded

    return Tensor(part, (x, vjp))


class Misled(Misshapen):
    name = "misled"
    ops = Misshapen.ops | {"sum": add_up, "negative": negative, "split": split}


class Plain(Summing):
    """Nothing gives weights: a plain sum does not see a shape."""

    name = "plain"
