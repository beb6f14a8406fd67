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
