"""Operators and methods: the functions of the package, attached to `Tensor` by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import (
    autograd,
    copying,
    decompositions,
    elementary,
    elementwise,
    functional,
    indexing,
    inplace,
    norms,
    ordering,
    products,
    rearranging,
    reshaping,
    rounding,
    selecting,
    special_functions,
    statistics,
    writing,
)
from .creation import float16, float32, float64, int64
from .tensors import Tensor

SURFACE = (
    elementwise, elementary, functional, statistics, rearranging, reshaping, selecting, ordering,
    rounding, special_functions, products, norms, decompositions,
)  # fmt: skip
OPERATORS = {
    "add": elementwise.add,
    "sub": elementwise.sub,
    "mul": elementwise.mul,
    "truediv": elementwise.div,
    "pow": elementwise.pow,
    "floordiv": rounding.floor_divide,
    "mod": rounding.remainder,
    "matmul": functional.matmul,
}
OTHER_OPERATORS = {
    "__neg__": elementwise.neg,
    "__abs__": elementwise.abs,
    "__and__": elementwise.logical_and,
    "__or__": elementwise.logical_or,
    "__invert__": elementwise.logical_not,
    "__getitem__": indexing.index,
    "__setitem__": inplace.set_item,
}
OTHER_METHODS: dict[str, Any] = {
    "to": functional.to,
    "view": functional.reshape,
    "backward": lambda x, gradient=None, retain_graph=None, create_graph=False, inputs=None: (
        autograd.backward(x, gradient, retain_graph, create_graph, inputs)
    ),
    "T": property(lambda x: functional.permute(x, *reversed(range(x.ndim)))),
    "mT": property(lambda x: functional.transpose(x, -2, -1)),
    "half": lambda x: functional.to(x, float16),
    "float": lambda x: functional.to(x, float32),
    "double": lambda x: functional.to(x, float64),
    "long": lambda x: functional.to(x, int64),
}


def reflected(operator: Callable[[Any, Any], Tensor]) -> Callable[[Any, Any], Tensor]:
    """The operator of `number ∘ tensor`."""
    return lambda x, y: operator(y, x)


def attach() -> None:
    """Give `Tensor` its operators and methods."""
    for module in SURFACE:
        for name in module.__all__:
            setattr(Tensor, name, getattr(module, name))
    for name, operator in OPERATORS.items():
        setattr(Tensor, f"__{name}__", operator)
        setattr(Tensor, f"__r{name}__", reflected(operator))
    for name in ("gt", "lt", "ge", "le", "eq", "ne"):
        setattr(Tensor, f"__{name}__", getattr(elementwise, name))
    for name, what in (OTHER_OPERATORS | OTHER_METHODS | writing.METHODS | copying.METHODS).items():
        setattr(Tensor, name, what)


attach()
