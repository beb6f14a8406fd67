"""MyGrad: a tape over NumPy's names."""

from importlib.metadata import version

import mygrad
from mygrad.nnet.activations import logsoftmax, relu, sigmoid, softmax


class Mygrad:
    """https://github.com/rsokl/MyGrad."""

    name, version = "mygrad", version("mygrad")
    namespace = mygrad
    dtypes = "float64 float32"
    keywords = {"correction": "ddof"}
    methods = "backward seed get_grad"
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

    def grads(self, output, leaves):
        output.backward()
        return [getattr(x, "grad", None) for x in leaves]
