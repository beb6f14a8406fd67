"""MyGrad: a tape over NumPy's names."""

import operator
from importlib.metadata import version

import mygrad
from mygrad.nnet import activations, layers

IN_PLACE = {
    "add_": operator.iadd,
    "mul_": operator.imul,
    "copy_": lambda x, y: x.__setitem__(..., y),
}


class Mygrad:
    """https://github.com/rsokl/MyGrad."""

    name, version = "mygrad", version("mygrad")
    namespace, spelling = (mygrad, activations), "numpy"
    dtypes = "float64 float32"
    methods = "backward seed get_grad set_item"
    declines = "Stride and kernel dimensions are incompatible"  # windows must reach the rim
    ops = {
        "special.log_softmax": activations.logsoftmax,
        "nn.functional.conv2d": lambda x, w, stride=1, padding=0, dilation=1: layers.conv_nd(
            x, w, stride=stride, padding=padding, dilation=dilation
        ),
    }

    def lift(self, array, requires_grad):
        if array.dtype == bool:
            return array  # a mask is a plain array, as its comparisons give it
        return mygrad.tensor(array, constant=not requires_grad)

    def zero_grad(self, leaves):
        for x in leaves:
            x.null_grad()

    def no_grad(self):
        return mygrad.no_autodiff

    def inplace(self, x, name, *others):
        if name not in IN_PLACE or not isinstance(x, mygrad.Tensor):
            raise NotImplementedError(f"MyGrad has no {name} of a {type(x).__name__}")
        return IN_PLACE[name](x, *others)
