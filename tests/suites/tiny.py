"""A whole tape engine with a switch for one fault, TINY_FAULT, that is read while it runs."""

import os

import numpy as np


def fault(name):
    return os.environ.get("TINY_FAULT") == name


class Tensor:
    def __init__(self, value, *parents, asked=False):
        self.value, self.parents, self.grad = np.asarray(value), parents, None
        self.asked = asked or any(p.asked for p, _ in parents)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value, dtype)


def as_tensor(x):
    return x if isinstance(x, Tensor) else Tensor(np.asarray(x, dtype=float))


def fitted(g, x):
    """The sum of a broadcast cotangent over what was broadcast."""
    g = g.sum(axis=tuple(range(g.ndim - x.value.ndim)))
    ones = tuple(i for i, n in enumerate(x.value.shape) if n == 1)
    return g.sum(axis=ones, keepdims=True)


def add(x, y):
    x, y = as_tensor(x), as_tensor(y)
    return Tensor(x.value + y.value, (x, lambda g: fitted(g, x)), (y, lambda g: fitted(g, y)))


def multiply(x, y):
    x, y = as_tensor(x), as_tensor(y)
    left, right = (x, lambda g: fitted(g * y.value, x)), (y, lambda g: fitted(g * x.value, y))
    return Tensor(x.value * y.value, left, right)


def sin(x):
    x = as_tensor(x)
    if fault("raised"):
        raise ValueError("sin is tired")
    if fault("declined"):
        raise NotImplementedError("no sin today")
    sign = -1.0 if fault("wrong gradient") else 1.0
    value = np.sin(x.value) + (0.5 if fault("wrong value") else 0.0)
    if fault("wrong shape"):
        value = value[None]
    return Tensor(value, (x, lambda g: sign * np.cos(x.value) * g))


def total(x, axis=None, keepdims=False):
    x = as_tensor(x)
    value = x.value.sum(axis=axis, keepdims=keepdims)
    kept = x.value.sum(axis=axis, keepdims=True).shape
    return Tensor(value, (x, lambda g: np.broadcast_to(g.reshape(kept), x.value.shape)))


def sweep(output):
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        x, done = stack.pop()
        if done:
            order.append(x)
        elif id(x) not in seen:
            seen.add(id(x))
            stack += [(x, True), *((p, False) for p, _ in x.parents)]
    output.grad = np.ones_like(output.value)
    for x in reversed(order):
        for parent, vjp in x.parents if x.grad is not None else ():
            if parent.asked:
                lost = parent.grad is None or fault("lost")
                parent.grad = vjp(x.grad) if lost else parent.grad + vjp(x.grad)


class Tiny:
    name, version = "tiny", "1.0"
    ops = {"add": add, "multiply": multiply, "sin": sin, "sum": total}  # noqa: RUF012
    dtypes = "float64 float32"

    def lift(self, array, requires_grad):
        return Tensor(array, asked=requires_grad or fault("unasked"))

    def value(self, x):
        return np.float32(x.value) if fault("wrong dtype") else x.value

    def grads(self, output, leaves):
        if fault("no sweep"):
            raise NotImplementedError("no sweep\n" + "today " * 99)
        sweep(output)
        for x in leaves:
            if fault("mutated") and x.value.size:
                x.value += 1
        return [None if fault("missing") else x.grad for x in leaves]


class Functional:
    name, version = "tiny functional", "1.0"
    ops = Tiny.ops

    def value_and_grad(self, f, arrays):
        leaves = [Tensor(a, asked=True) for a in arrays]
        output = f(*leaves)
        sweep(output)
        grads = [np.zeros(x.value.shape) if x.grad is None else x.grad for x in leaves]
        return output.value, grads


class Elsewhere(Tiny):
    """Wrong on its other device alone."""

    devices = "cpu there"

    def lift(self, array, requires_grad, device):
        self._factor = 2.0 if device == "there" else 1.0
        return super().lift(array, requires_grad)

    def grads(self, output, leaves):
        return [None if g is None else self._factor * g for g in super().grads(output, leaves)]
