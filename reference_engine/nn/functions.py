"""Modules of functions without parameters: activations, pooling, losses.

Each is made in one line. It takes the arguments that its function has behind the tensors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..reshaping import flatten
from ..tensors import Tensor
from . import functional as F  # noqa: N812 - as everyone writes it
from .module import Module

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AvgPool1d",
    "AvgPool2d", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "Flatten", "Hardshrink",
    "Hardsigmoid", "Hardswish", "Hardtanh", "HuberLoss", "Identity", "KLDivLoss", "L1Loss",
    "LeakyReLU", "LogSigmoid", "LogSoftmax", "MSELoss", "MaxPool1d", "MaxPool2d", "Mish",
    "NLLLoss", "ReLU", "ReLU6", "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softmin",
    "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink",
]  # fmt: skip


class _Function(Module):
    """A function of some tensors, with its other arguments set in advance."""

    function: Callable[..., Any]
    tensors: int  # how many it is called with
    places: int  # how many arguments may be given by place

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The arguments of the function that stand behind its tensors."""
        super().__init__()
        names = list(inspect.signature(type(self).function).parameters)[self.tensors :]
        if len(args) > self.places or not set(kwargs) <= set(names):
            raise TypeError(
                f"{type(self).__name__} takes {names}, the first {self.places} of them by place"
            )
        self.arguments = {**dict(zip(names, args, strict=False)), **kwargs}
        for name, value in self.arguments.items():
            if isinstance(value, Tensor):  # class weights move and load with the module
                self.register_buffer(name, value)

    def forward(self, *tensors: Any) -> Any:
        """The function of these tensors."""
        if len(tensors) != self.tensors:
            raise TypeError(f"{type(self).__name__} is called with {self.tensors} tensors")
        buffers = {name: getattr(self, name) for name in self._buffers}
        return type(self).function(*tensors, **{**self.arguments, **buffers})

    def extra_repr(self) -> str:
        """The arguments."""
        return ", ".join(f"{name}={value}" for name, value in self.arguments.items())


def module(
    name: str, function: Callable[..., Any], tensors: int = 1, places: int = 1
) -> type[_Function]:
    """The module of a function."""
    members: dict[str, Any] = {"tensors": tensors, "places": places, "__module__": __name__}
    members |= {"function": staticmethod(function), "__doc__": function.__doc__}
    return type(name, (_Function,), members)


def loss(name: str, function: Callable[..., Any], places: int = 0) -> type[_Function]:
    """The module of a loss, which is called with a prediction and a target."""
    return module(name, function, 2, places)


def flattened(x: Tensor, start_dim: int = 1, end_dim: int = -1) -> Tensor:
    """The axes but the first as one."""
    return flatten(x, start_dim, end_dim)


def itself(x: Any) -> Any:
    """x itself."""
    return x


Identity = module("Identity", itself)
Flatten = module("Flatten", flattened, places=2)

CELU = module("CELU", F.celu)
ELU = module("ELU", F.elu)
GELU = module("GELU", F.gelu, places=0)
GLU = module("GLU", F.glu)
Hardshrink = module("Hardshrink", F.hardshrink)
Hardsigmoid = module("Hardsigmoid", F.hardsigmoid)
Hardswish = module("Hardswish", F.hardswish)
Hardtanh = module("Hardtanh", F.hardtanh, places=2)
LeakyReLU = module("LeakyReLU", F.leaky_relu)
LogSigmoid = module("LogSigmoid", F.logsigmoid)
LogSoftmax = module("LogSoftmax", F.log_softmax)
Mish = module("Mish", F.mish)
ReLU = module("ReLU", F.relu, places=0)
ReLU6 = module("ReLU6", F.relu6, places=0)
SELU = module("SELU", F.selu, places=0)
SiLU = module("SiLU", F.silu, places=0)
Sigmoid = module("Sigmoid", F.sigmoid)
Softmax = module("Softmax", F.softmax)
Softmin = module("Softmin", F.softmin)
Softplus = module("Softplus", F.softplus, places=2)
Softshrink = module("Softshrink", F.softshrink)
Softsign = module("Softsign", F.softsign)
Tanh = module("Tanh", F.tanh)
Tanhshrink = module("Tanhshrink", F.tanhshrink)

AvgPool1d = module("AvgPool1d", F.avg_pool1d, places=4)
AvgPool2d = module("AvgPool2d", F.avg_pool2d, places=4)
MaxPool1d = module("MaxPool1d", F.max_pool1d, places=4)
MaxPool2d = module("MaxPool2d", F.max_pool2d, places=4)
AdaptiveAvgPool1d = module("AdaptiveAvgPool1d", F.adaptive_avg_pool1d)
AdaptiveAvgPool2d = module("AdaptiveAvgPool2d", F.adaptive_avg_pool2d)

BCELoss = loss("BCELoss", F.binary_cross_entropy, places=1)
BCEWithLogitsLoss = loss("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, places=1)
CrossEntropyLoss = loss("CrossEntropyLoss", F.cross_entropy, places=1)
HuberLoss = loss("HuberLoss", F.huber_loss)
KLDivLoss = loss("KLDivLoss", F.kl_div)
L1Loss = loss("L1Loss", F.l1_loss)
MSELoss = loss("MSELoss", F.mse_loss)
NLLLoss = loss("NLLLoss", F.nll_loss, places=1)
SmoothL1Loss = loss("SmoothL1Loss", F.smooth_l1_loss)
