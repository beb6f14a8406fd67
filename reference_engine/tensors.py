"""Tensors: an array, and its place in the graph."""

from __future__ import annotations

import numpy as np

from .devices import Array
from .entries import Entries
from .graph import Node
from .memory import solid, unseen, writes

DIFFERENTIABLE = "fcO"
"""Kinds of dtype that can have gradients: real, complex, and objects such as fractions."""


class Tensor(Entries):
    """An array and, if a gradient may be asked of it, its node in the graph.

    Made by `tensor`, `zeros`, `randn` …, never by hand. Operators and methods (`x.sum(dim=0)`)
    are the functions of `functional`, attached by `methods`.

    >>> from gradassay import reference_engine as torch
    >>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "array", "node")
    __array_ufunc__ = None  # numpy's operators leave the work to ours

    def __init__(self, array: Array, node: Node | None = None) -> None:
        """Join an array and a node; the array is not copied."""
        self.array = array
        self.node = node

    # Its place in the graph.

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    def requires_grad_(self, wanted: bool = True) -> Tensor:
        """Begin to record operations on this leaf, or stop.

        Raises RuntimeError for entries that are neither real nor complex numbers, and when the
        flag of an inner node is to be cleared: `detach()` gives a tensor without history.
        """
        if wanted and self.node is None:
            if self.dtype.kind not in DIFFERENTIABLE:
                raise RuntimeError(
                    "only floating point and complex tensors can require gradients, not "
                    f"{self.dtype}; make it with dtype=float32 or float64"
                )
            self.node = Node(self.array)
        elif not wanted and not self.is_leaf:
            raise RuntimeError("an inner node cannot stop requiring a gradient; use x.detach()")
        elif not wanted:
            self.node = None
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it has no history: made by the user, or not recorded."""
        return self.node is None or self.node.rule is None

    @property
    def grad_fn(self) -> Node | None:
        """The node of a recorded result; None for a leaf."""
        return None if self.is_leaf else self.node

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient: of a leaf, or of an inner node after `retain_grad()`."""
        return self.node.grad if self.node else None

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None:
            if self.node:
                self.node.grad = None
            return
        if self.node is None:
            raise RuntimeError("this tensor requires no gradient; call x.requires_grad_() first")
        if not isinstance(value, Tensor):
            raise TypeError(f"a gradient is a tensor or None, not {type(value).__name__}")
        if value.shape != self.shape or value.dtype != self.dtype:
            raise RuntimeError(
                f"the gradient of a {self.dtype} tensor of shape {self.shape} cannot be "
                f"a {value.dtype} tensor of shape {value.shape}"
            )
        self.node.grad = value

    def retain_grad(self) -> None:
        """Let backward() keep the gradient of this inner node in `grad` too."""
        if self.node is None:
            raise RuntimeError("this tensor requires no gradient, so it has none to retain")
        self.node.watched().retains = True

    @property
    def retains_grad(self) -> bool:
        """Whether this is an inner node whose gradient backward() keeps."""
        return not self.is_leaf and self.node is not None and self.node.watched().retains

    # Its memory.

    def detach(self) -> Tensor:
        """A leaf without a gradient that shares this tensor's memory."""
        return Tensor(self.memory())

    def detach_(self) -> Tensor:
        """Forget the history: this tensor becomes a leaf without a gradient."""
        self.node = None
        return self

    def memory(self) -> Array:
        """The array, fit to be shared and written to: numpy's lone numbers are immutable."""
        if isinstance(self.array, np.generic):
            self.array = solid(self.array)
        return self.array

    @property
    def data(self) -> Tensor:
        """A tensor in the same memory; the graph does not see what is written through it."""
        return Tensor(unseen(self.memory()))

    @data.setter
    def data(self, value: Tensor) -> None:
        self.array = value.memory()

    @property
    def _version(self) -> int:
        """How often its memory was written to by operations in place."""
        return writes(self.array)

    @property
    def _base(self) -> Tensor | None:
        """The tensor that this one is a view of."""
        return None

    def is_inference(self) -> bool:
        """Whether it was made in a block of `inference_mode`."""
        return False
