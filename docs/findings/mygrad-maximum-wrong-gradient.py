"""mygrad 2.5.0: wrong gradient.

x0.grad is 0, but should be 1, by the limits from all sides

x0 = leaf(1., requires_grad=True)
v1 = maximum(x0, x0)
return v1
"""
import inspect
import sys

import numpy as np

# ---- the adapter
"""MyGrad: a tape over NumPy's names."""

import operator
from importlib.metadata import version

import mygrad
from mygrad.nnet.activations import logsoftmax, relu, sigmoid, softmax

IN_PLACE = {
    "add_": operator.iadd,
    "mul_": operator.imul,
    "copy_": lambda x, y: x.__setitem__(..., y),
}


class Mygrad:
    """https://github.com/rsokl/MyGrad."""

    name, version = "mygrad", version("mygrad")
    namespace = mygrad
    dtypes = "float64 float32"
    keywords = {"correction": "ddof"}
    methods = "backward seed get_grad set_item"
    ops = {
        "clip": lambda x, min=None, max=None: mygrad.clip(x, min, max),
        "nn.functional.relu": relu,
        "permute_dims": lambda x, axes: mygrad.transpose(x, axes),
        "reshape": lambda x, shape: mygrad.reshape(x, shape),
        "special.expit": sigmoid,
        "special.softmax": softmax,
        "special.log_softmax": logsoftmax,
        "cumulative_sum": lambda x, axis: mygrad.cumsum(x, axis),
        "cumulative_prod": lambda x, axis: mygrad.cumprod(x, axis),
    }

    def lift(self, array, requires_grad):
        if array.dtype == bool:
            return array  # a mask is a plain array, as its comparisons give it
        return mygrad.tensor(array, constant=not requires_grad)

    def value(self, x):
        return getattr(x, "data", x)

    def zero_grad(self, leaves):
        for x in leaves:
            x.null_grad()

    def no_grad(self):
        return mygrad.no_autodiff

    def inplace(self, x, name, *others):
        if name not in IN_PLACE or not isinstance(x, mygrad.Tensor):
            raise NotImplementedError(f"MyGrad has no {name} of a {type(x).__name__}")
        return IN_PLACE[name](x, *others)

    def grads(self, output, leaves):
        output.backward()
        return [getattr(x, "grad", None) for x in leaves]

# ---- the program
DTYPE, DEVICE = 'float64', 'cpu'
engine = Mygrad
engine = engine() if isinstance(engine, type) else engine

def lift(array, requires_grad):
    known = {"dtype": DTYPE, "device": DEVICE}
    takes = inspect.signature(engine.lift).parameters
    return engine.lift(array, requires_grad, **{k: v for k, v in known.items() if k in takes})

arrays = [
    np.array(1.0, dtype=DTYPE),
]
names = ['x0']
copies = [a.tobytes() for a in arrays]
x0 = lift(arrays[0], True)
v1 = engine.namespace.maximum(x0, x0)
grads = engine.grads(v1, [x0])
values = [engine.value(v1)]

# ---- got and expected, with the tolerance that rounding noise allows
compared = [
    ('x0.grad', np.asarray(grads[0]), np.array(1.0), 0.5),
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
