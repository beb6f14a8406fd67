"""What writes in place, by name: `add_`, `exp_`, `x += y`; and hooks, `real`, `imag` as methods."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from . import elementary, elementwise, inplace, rearranging, statistics
from .apply import apply
from .hooks import register_hook, register_post_accumulate_grad_hook
from .inplace import arithmetic, in_place
from .tensors import Tensor

ARITHMETIC = {
    "add_": arithmetic("add_", elementwise.add, operator.iadd),
    "sub_": arithmetic("sub_", elementwise.sub, operator.isub),
    "mul_": arithmetic("mul_", elementwise.mul, operator.imul),
    "div_": arithmetic("div_", elementwise.div, operator.itruediv),
}
TWINS = {
    elementwise: "abs cos exp log maximum minimum neg pow relu sign sin sqrt tanh",
    elementary: "acos asin atan atan2 clamp cosh exp2 expm1 hypot log10 log1p log2 reciprocal "
    "rsqrt sigmoid sinh square tan",
    rearranging: "tril triu",
    statistics: "cumprod cumsum",
}


def twins() -> dict[str, Callable[..., Tensor]]:
    """`exp_` of `exp`, and so on."""
    return {
        f"{name}_": in_place(f"{name}_", getattr(module, name))
        for module, names in TWINS.items()
        for name in names.split()
    }


METHODS: dict[str, Any] = {
    **twins(),
    **ARITHMETIC,
    "__iadd__": ARITHMETIC["add_"],
    "__isub__": ARITHMETIC["sub_"],
    "__imul__": ARITHMETIC["mul_"],
    "__itruediv__": ARITHMETIC["div_"],
    "__ipow__": in_place("pow_", elementwise.pow),
    "copy_": inplace.copy_,
    "fill_": inplace.fill_,
    "zero_": inplace.zero_,
    "register_hook": register_hook,
    "register_post_accumulate_grad_hook": register_post_accumulate_grad_hook,
    "conj": lambda x: apply("conj", x),
    "real": property(lambda x: apply("real", x)),
    "imag": property(lambda x: apply("imag", x)),
}
