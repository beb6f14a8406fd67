"""autograd 1.9.1: wrong gradient.

x0.grad[0, 0, 0] is 6.0, but should be 4.0

x0 = leaf([[[1.]], [[1.]]], requires_grad=True)
v1 = concat(x0, x0, axis=-2)
v2 = repeat(v1, repeats=1, axis=-3)
v3 = concat(v2, v1)
v4 = sum(v3)
return v4
"""
import inspect
import sys

import numpy as np

# ---- the adapter
"""HIPS autograd: functional, over NumPy's names."""

from importlib.metadata import version

import autograd
import autograd.numpy as np


class Autograd:
    """https://github.com/HIPS/autograd."""

    name, version = "autograd", version("autograd")
    namespace, spelling, order = np, "numpy", 4
    dtypes = "float64 float32"
    declines = ["Can't handle extra leading dims", r"^KeyError: \d$"]  # "no VJP for argument 1"
    ops = {"linalg.diagonal": lambda x, offset=0: np.diagonal(x, -offset, -1, -2)}

    def value_and_grad(self, f, arrays):
        return autograd.value_and_grad(f, tuple(range(len(arrays))))(*arrays)

    def gradient(self, f):
        return autograd.grad(f)

# ---- the program
DTYPE, DEVICE = 'float64', 'cpu'
engine = Autograd
engine = engine() if isinstance(engine, type) else engine
arrays = [
    np.array([[[1.0]], [[1.0]]], dtype=DTYPE),
]
names = ['x0']
copies = [a.tobytes() for a in arrays]
x0, = arrays


def f(x0):
    v1 = engine.namespace.concatenate([x0, x0], axis=-2)
    v2 = engine.namespace.repeat(v1, repeats=1, axis=-3)
    v3 = engine.namespace.concatenate([v2, v1])
    v4 = engine.namespace.sum(v3)
    return v4


value, found = engine.value_and_grad(f, [x0])
values = [value]
grads = [None] * 1
grads[0] = found[0]

# ---- got and expected, with the tolerance that rounding noise allows
compared = [
    ('v4', values[0], np.array(8.0, dtype=float), 7.27e-13),
    ('x0.grad', grads[0], np.array([[[4.0]], [[4.0]]], dtype=float), 4.6e-13),
]

wrong = False
for name, is_, should, tolerance in compared:
    if should is None:
        right, want, dtype = is_ is None or not np.any(is_), "none", "not asked for"
    else:
        right, want = False, f"{should.tolist()}, {DTYPE}"
        if is_ is not None:
            dtype, is_ = np.asarray(is_).dtype, np.asarray(is_, dtype=float)
            near = is_.shape == should.shape and np.all(np.abs(is_ - should) <= tolerance)
            right = bool(near) and (dtype == DTYPE or DTYPE == "bfloat16")
    wrong = wrong or not right
    got = "none" if is_ is None else f"{np.asarray(is_).tolist()}, {dtype}"
    print(f"{name} is {got}, {'as it should be' if right else f'but should be {want}'}")
for name, array, before in zip(names, arrays, copies):
    if array.tobytes() != before:
        wrong = True
        print(f"the engine changed {name}")
sys.exit(1 if wrong else 0)
