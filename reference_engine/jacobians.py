"""`autograd.functional`: Jacobians, Hessians and products with them, of a function of tensors.

>>> from gradassay import reference_engine as torch
>>> x = torch.tensor([1.0, 2.0])
>>> torch.autograd.functional.jacobian(lambda x: x * x, x)
tensor([[2., 0.],
        [0., 4.]])
>>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), x)
tensor([[ 6.,  0.],
        [ 0., 12.]])

`inputs` is a tensor or a tuple of them, and the answers have the same form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .autograd import grad
from .creation import ones_like, zeros_like
from .functional import reshape, stack
from .modes import enable_grad
from .tensors import Tensor

Tensors = Any  # a tensor or a tuple of tensors


def vjp(
    func: Callable[..., Any], inputs: Tensors, v: Tensors = None, create_graph: bool = False
) -> tuple[Tensors, Tensors]:
    """func(inputs) and vᵀJ, the gradient for the seed v; a one-element result needs none."""
    xs, ys, like = called(func, inputs, create_graph)
    with enable_grad():
        found = pulled(ys, xs, seeds(v, ys), create_graph)
    return outside(ys, like[1], create_graph), outside(found, like[0], create_graph)


def jvp(
    func: Callable[..., Any], inputs: Tensors, v: Tensors = None, create_graph: bool = False
) -> tuple[Tensors, Tensors]:
    """func(inputs) and Jv: uᵀJ is linear in u, and the derivative of that is what is wanted."""
    xs, ys, like = called(func, inputs, create_graph)
    with enable_grad():
        us = tuple(zeros_like(y).requires_grad_() for y in ys)
        rows = pulled(ys, xs, us, True)
        found = pulled(rows, us, seeds(v, xs), create_graph)
    return outside(ys, like[1], create_graph), outside(found, like[1], create_graph)


def jacobian(func: Callable[..., Any], inputs: Tensors, create_graph: bool = False) -> Any:
    """∂y/∂x of shape (*y.shape, *x.shape); of tuples, a tuple for each y of one for each x."""
    xs, ys, (one_in, one_out) = called(func, inputs, create_graph)
    with enable_grad():
        blocks = tuple(of_output(y, xs, create_graph) for y in ys)
    each = tuple(outside(row, one_in, create_graph) for row in blocks)
    return each[0] if one_out else each


def hessian(func: Callable[..., Any], inputs: Tensors, create_graph: bool = False) -> Any:
    """The second derivatives of a one-element result: the Jacobian of the gradient."""

    def gradient(*xs: Tensor) -> Any:
        y = scalar(func(*xs))
        found = pulled((y,), xs, (ones_like(y),), True)
        return found[0] if isinstance(inputs, Tensor) else found

    return jacobian(gradient, inputs, create_graph)


def vhp(
    func: Callable[..., Any], inputs: Tensors, v: Tensors = None, create_graph: bool = False
) -> tuple[Tensor, Tensors]:
    """func(inputs) and vᵀH, for a one-element result."""
    xs, ys, (one_in, _) = called(func, inputs, create_graph)
    y = scalar(ys[0])
    with enable_grad():
        first = pulled((y,), xs, (ones_like(y),), True)
        found = pulled(first, xs, seeds(v, xs), create_graph)
    return outside((y,), True, create_graph), outside(found, one_in, create_graph)


def hvp(
    func: Callable[..., Any], inputs: Tensors, v: Tensors = None, create_graph: bool = False
) -> tuple[Tensor, Tensors]:
    """func(inputs) and Hv; H is symmetric, so this is vᵀH turned."""
    return vhp(func, inputs, v, create_graph)


# How they are put together.


def called(
    func: Callable[..., Any], inputs: Tensors, create_graph: bool
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], tuple[bool, bool]]:
    """The inputs as they are differentiated by, the outputs, and whether each is one tensor."""
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    with enable_grad():
        xs = tuple(
            x.reshape(x.shape) if create_graph and x.requires_grad
            else x.detach().clone().requires_grad_() for x in given
        )  # fmt: skip
        out = func(*xs)
    ys = (out,) if isinstance(out, Tensor) else tuple(out)
    for y in ys:
        if not isinstance(y, Tensor):
            raise TypeError(f"the function gave a {type(y).__name__}; it should give tensors")
    return xs, ys, (isinstance(inputs, Tensor), isinstance(out, Tensor))


def pulled(ys: Any, xs: Any, us: Any, create_graph: bool) -> tuple[Tensor, ...]:
    """The gradients by xs for the seeds us, zeros where there is no dependence."""
    live = [(y, u) for y, u in zip(ys, us, strict=True) if y.requires_grad]
    if not live:
        return tuple(zeros_like(x) for x in xs)
    roots, given = zip(*live, strict=True)
    return grad(roots, xs, given, True, create_graph, materialize_grads=True)  # type: ignore[return-value]


def of_output(y: Tensor, xs: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    """The Jacobians of one output by each input, row by row."""
    rows = [pulled((entry,), xs, (ones_like(entry),), create_graph) for entry in reshape(y, -1)]
    if not rows:
        return tuple(zeros_like(x).sum() * zeros_like(reshape(y, (*y.shape, *x.shape))) for x in xs)
    columns = zip(*rows, strict=True)
    return tuple(reshape(stack(c), (*y.shape, *x.shape)) for c, x in zip(columns, xs, strict=True))


def seeds(v: Tensors, like: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The vectors to multiply by, checked. Raises RuntimeError if shapes differ."""
    if v is None:
        return tuple(ones_like(scalar(x)) for x in like)
    vs = (v,) if isinstance(v, Tensor) else tuple(v)
    if [u.shape for u in vs] != [x.shape for x in like]:
        raise RuntimeError(
            f"v has shapes {[u.shape for u in vs]}, but should have {[x.shape for x in like]}"
        )
    return vs


def scalar(y: Any) -> Tensor:
    """The one-element tensor y. Raises RuntimeError if it is something else."""
    if not isinstance(y, Tensor) or y.numel() != 1:
        raise RuntimeError("v is needed unless there is one tensor of one element; pass v")
    return y if not y.shape else reshape(y, ())


def outside(tensors: tuple[Tensor, ...], one: bool, create_graph: bool) -> Tensors:
    """The answer in the form of what was given, without history unless that was asked for."""
    found = tensors if create_graph else tuple(x.detach() for x in tensors)
    return found[0] if one else found
