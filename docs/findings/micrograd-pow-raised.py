"""micrograd 0.1.0: raised.

ZeroDivisionError: 0.0 cannot be raised to a negative power (sweep)

x0 = leaf(0., requires_grad=True)
v1 = pow(x0, 0)
return v1
"""
import inspect
import sys

import numpy as np

# ---- the adapter
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

# ---- the program
DTYPE, DEVICE = 'float64', 'cpu'
engine = Micrograd
engine = engine() if isinstance(engine, type) else engine

import functools

def usual_value(x):
    """A tensor as an array: what `x.detach().numpy()` gives, or `x.data`."""
    if isinstance(x, (int, float, complex, np.ndarray, np.generic)):
        return x
    x = x.detach() if callable(getattr(x, "detach", None)) else x
    return x.numpy() if callable(getattr(x, "numpy", None)) else x.data

engine.value = usual_value

def usual_grads(engine, output, leaves):
    """A sweep by `output.backward()`; then each leaf's `grad`."""
    if not hasattr(output, "backward"):
        raise AttributeError("write grads(output, leaves): the output has no backward()")
    output.backward()
    found = [getattr(x, "grad", None) for x in leaves]
    return [None if grad is None else engine.value(grad) for grad in found]

engine.grads = functools.partial(usual_grads, engine)

def lift(array, requires_grad):
    known = {"dtype": DTYPE, "device": DEVICE}
    takes = inspect.signature(engine.lift).parameters
    return engine.lift(array, requires_grad, **{k: v for k, v in known.items() if k in takes})

arrays = [
    np.array(0.0, dtype=DTYPE),
]
names = ['x0']
copies = [a.tobytes() for a in arrays]
x0 = lift(arrays[0], True)
v1 = x0 ** 0
grads = engine.grads(v1, [x0])
values = [engine.value(v1)]

# ---- got and expected, with the tolerance that rounding noise allows
compared = [
    ('v1', values[0], np.array(1.0, dtype=float), 8.48e-14),
    ('x0.grad', grads[0], np.array(0.0, dtype=float), 6.4e-299),
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
