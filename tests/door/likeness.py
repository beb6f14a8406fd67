"""A small engine under PyTorch's names, of which it has few: what a course's engine looks like."""

import contextlib

import numpy as np

RECORDING = [True]
float64 = np.dtype("float64")


@contextlib.contextmanager
def no_grad():
    RECORDING.append(False)
    try:
        yield
    finally:
        RECORDING.pop()


class Tensor:
    """An array, and the tensors that it was made of, each with its vjp."""

    def __init__(self, array, *parents, requires_grad=False):
        recorded = RECORDING[-1] and any(x.requires_grad for x, _ in parents)
        self.array, self.grad = np.asarray(array), None
        self.parents = parents if recorded else ()
        self.requires_grad = requires_grad or recorded

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    is_leaf = property(lambda self: not self.parents)

    def requires_grad_(self):
        self.requires_grad = True
        return self

    def detach(self):
        return Tensor(self.array)

    def numpy(self):
        assert not self.requires_grad
        return self.array

    def __add__(self, other):
        return add(self, other)

    def __mul__(self, other):
        return multiply(self, other)

    def backward(self, gradient=None, retain_graph=False):
        if gradient is None:
            gradient = Tensor(np.ones((), self.dtype).reshape(self.shape))
        found = {self: gradient.array}
        for x in reversed(ordered(self, {})):
            if x.is_leaf:
                x.grad = Tensor(found[x] if x.grad is None else x.grad.array + found[x])
            for parent, vjp in x.parents:
                if parent.requires_grad:
                    found[parent] = found.get(parent, 0) + vjp(found[x])


def ordered(x, seen):
    """What x was made of and records, inputs first."""
    for parent, _ in x.parents:
        if parent.requires_grad and parent not in seen:
            ordered(parent, seen)
    seen[x] = True
    return list(seen)


def summed(g, shape):
    """Broadcasting undone."""
    g = g.sum(tuple(range(g.ndim - len(shape))))
    return g.sum(tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True).reshape(shape)


def from_numpy(array):
    return Tensor(array)


def tensor(data, dtype=float64, requires_grad=False):
    return Tensor(np.array(data, dtype), requires_grad=requires_grad)


def as_tensor(x):
    return x if isinstance(x, Tensor) else Tensor(x)


def add(x, y):
    x, y = as_tensor(x), as_tensor(y)
    return Tensor(
        x.array + y.array,
        (x, lambda g: summed(g, x.shape)),
        (y, lambda g: summed(g, y.shape)),
    )


def multiply(x, y):
    x, y = as_tensor(x), as_tensor(y)
    return Tensor(
        x.array * y.array,
        (x, lambda g: summed(g * y.array, x.shape)),
        (y, lambda g: summed(g * x.array, y.shape)),
    )


def exp(x):
    x = as_tensor(x)
    y = np.exp(x.array)
    return Tensor(y, (x, lambda g: g * y))


def sum(x, dim=None, keepdim=False):  # noqa: A001
    x = as_tensor(x)

    def spread(g):
        g = g if dim is None or keepdim else np.expand_dims(g, dim)
        return np.broadcast_to(g, x.shape).copy()

    return Tensor(x.array.sum(dim, keepdims=keepdim), (x, spread))
