"""MyGrad: a tape over NumPy's names."""

from functools import partial
from importlib.metadata import version

import mygrad
from mygrad.nnet import activations, layers


class Mygrad:
    """https://github.com/rsokl/MyGrad."""

    name, version = "mygrad", version("mygrad")
    namespace, spelling = (mygrad, activations), "numpy"
    dtypes = "float64 float32"
    methods = "backward seed get_grad set_item inplace"
    declines = "Stride and kernel dimensions are incompatible"  # windows must reach the rim
    ops = {
        "special.log_softmax": activations.logsoftmax,
        "nn.functional.conv2d": partial(layers.conv_nd, stride=1),
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
