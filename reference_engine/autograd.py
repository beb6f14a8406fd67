"""`backward` and `grad`: roots and seeds are checked here, and `sweep` does the work."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

from . import function as function
from . import saving
from .anomaly import detect_anomaly as detect_anomaly
from .anomaly import set_detect_anomaly as set_detect_anomaly
from .apply import as_array
from .devices import namespace
from .function import Function as Function
from .graph import Node
from .inference import inference_mode as inference_mode
from .modes import enable_grad as enable_grad
from .modes import no_grad as no_grad
from .modes import set_grad_enabled as set_grad_enabled
from .sweep import sweep
from .tensors import Tensor

Tensors = Tensor | Sequence[Tensor]

graph = saving  # autograd.graph.saved_tensors_hooks, as in PyTorch

_accumulating = threading.RLock()  # two threads may sweep into one leaf


def backward(
    tensors: Tensors,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Add the gradients of `tensors` to the `.grad` of the leaves, or of `inputs` alone.

    `grad_tensors` are the seeds, shaped as the tensors; a one-element tensor needs none.
    `create_graph` records the sweep, so that the gradients can be differentiated in turn; the
    graph is retained then, unless told otherwise.

    >>> from gradassay import reference_engine as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.backward(x * x)
    >>> x.grad
    tensor(6.)
    """
    wanted = None if inputs is None else {node_of(x, "an input") for x in listed(inputs)}
    if wanted is not None and not wanted:
        raise RuntimeError("inputs must name at least one tensor; leave it out for all leaves")
    seeds = rooted(tensors, grad_tensors, create_graph)
    found = sweep(seeds, wanted, retained(retain_graph, create_graph), create_graph)
    for node, gradient in found.items():
        with _accumulating:
            accumulate(node, gradient if create_graph else Tensor(gradient))
        if node.watch is not None and node.watch.hooks:
            for _, hook in node.watch.of("accumulated"):
                hook()


def accumulate(node: Node, gradient: Tensor) -> None:
    """Add to the node's `.grad`: in place, but out of place what may itself be differentiated."""
    if node.grad is None:
        node.grad = gradient
    elif gradient.node is not None or node.grad.node is not None:
        node.grad = node.grad + gradient
    else:
        with no_grad():
            node.grad += gradient


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs` with respect to `inputs`; no `.grad` is touched.

    An input that the outputs do not depend on is an error; it gives None if `allow_unused`, and
    zeros if `materialize_grads`.

    >>> from gradassay import reference_engine as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> (first,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> (second,) = torch.autograd.grad(first, x)
    >>> first.item(), second.item()
    (12.0, 12.0)
    """
    nodes = [node_of(x, "an input") for x in listed(inputs)]
    seeds = rooted(outputs, grad_outputs, create_graph)
    found = sweep(seeds, set(nodes), retained(retain_graph, create_graph), create_graph)
    unused = [i for i, node in enumerate(nodes) if node not in found]
    if unused and not (allow_unused or materialize_grads):
        raise RuntimeError(
            f"grad: input {unused[0]} was not used to compute the outputs; pass allow_unused=True "
            "to get None for it, or materialize_grads=True to get zeros"
        )
    tensors = {node: g if create_graph else Tensor(g) for node, g in found.items()}
    if materialize_grads:
        tensors |= {nodes[i]: zeros_like(listed(inputs)[i]) for i in unused}
    return tuple(tensors.get(node) for node in nodes)


def zeros_like(x: Tensor) -> Tensor:
    """A gradient of nothing."""
    return Tensor(namespace(type(x.array)).zeros_like(x.array))


def listed(tensors: Tensors) -> list[Tensor]:
    """One tensor or several, as a list."""
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def retained(retain_graph: bool | None, create_graph: bool) -> bool:
    """Whether the graph is kept: by default when the sweep is recorded, as it leads into it."""
    return create_graph if retain_graph is None else retain_graph


def node_of(x: Tensor, role: str) -> Node:
    """The node of a tensor that must have one."""
    if x.node is None:
        raise RuntimeError(
            f"{role} of shape {x.shape} does not require a gradient and has no history: it was "
            "made without requires_grad=True, under no_grad(), by detach() or by an op without "
            "derivative"
        )
    node: Node = x.node
    return node


def rooted(tensors: Tensors, seeds: Any, record: bool) -> list[tuple[Node, Any]]:
    """The roots' nodes with their seeds, checked: arrays, or tensors if the sweep is recorded."""
    roots = listed(tensors)
    given = [seeds] if seeds is None or isinstance(seeds, Tensor) else list(seeds)
    if seeds is None:
        given = [None] * len(roots)
    if len(given) != len(roots):
        raise RuntimeError(f"{len(roots)} outputs, but {len(given)} seeds")
    made = [seed_for(root, seed) for root, seed in zip(roots, given, strict=True)]
    return [
        (node_of(root, "the root"), seed if record else seed.array)
        for root, seed in zip(roots, made, strict=True)
    ]


def seed_for(root: Tensor, seed: Tensor | None) -> Tensor:
    """The cotangent of a root: the given one in the root's shape, or 1 for a single element."""
    if seed is None:
        if math.prod(root.shape) != 1 or root.dtype.kind == "c":
            raise RuntimeError(
                "backward: only a real one-element root has a gradient of its own; this one is "
                f"{root.dtype} of shape {root.shape}: reduce it, with .sum() or .abs() for one, or "
                "pass a seed of that shape"
            )
        if root.dtype.kind == "O":
            return Tensor(as_array(root.array * 0 + 1))
        return Tensor(namespace(type(root.array)).ones_like(root.array)[()])
    if not isinstance(seed, Tensor):
        raise TypeError(f"the seed is a {type(seed).__name__}; make it a tensor with tensor()")
    if seed.shape != root.shape:
        raise RuntimeError(
            f"backward: the seed has shape {seed.shape}, but should have {root.shape}; reshape it"
        )
    if seed.dtype.kind == "c" and root.dtype.kind != "c":
        raise RuntimeError(
            f"backward: the seed of a {root.dtype} root is {seed.dtype}; take its .real part"
        )
    return seed
