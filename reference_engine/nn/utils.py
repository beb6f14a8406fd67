"""Gradients kept in bounds, and parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable

from ..functional import cat, reshape, stack
from ..modes import no_grad
from ..norms import vector_norm
from ..tensors import Tensor


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0
) -> Tensor:
    """Scale the gradients down, in place, to a common norm of at most `max_norm`.

    Gives the norm that they had.
    """
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    gradients = [p.grad.detach() for p in listed if p.grad is not None]
    with no_grad():
        total = vector_norm(stack([vector_norm(g, norm_type) for g in gradients]), norm_type)
        for g in gradients:
            g.mul_((max_norm / (total + 1e-6)).clamp(max=1.0))
    return total


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All entries of all parameters, one after the other."""
    return cat([reshape(p, -1) for p in parameters])
