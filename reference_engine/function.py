"""`autograd.Function`: an operation whose forward and backward are the user's own.

>>> from gradassay import reference_engine as torch
>>> class Square(torch.autograd.Function):
...     @staticmethod
...     def forward(ctx, x):
...         ctx.save_for_backward(x)
...         return x * x
...     @staticmethod
...     def backward(ctx, g):
...         (x,) = ctx.saved_tensors
...         return 2 * x * g
>>> x = torch.tensor(3.0, requires_grad=True)
>>> Square.apply(x).backward()
>>> x.grad
tensor(6.)

The forward is not recorded; the backward is, if the sweep is. How the sweep calls the backward
stands in `user_backward`.
"""

from __future__ import annotations

import weakref
from typing import Any

from .graph import Node
from .inplace import recorded
from .memory import note_write, writes
from .modes import mode, no_grad
from .rules import Rule
from .tensors import Tensor
from .user_backward import PICK, Bundle, Calls, Kept
from .user_backward import once_differentiable as once_differentiable
from .views import rebase


class Context:
    """What a forward leaves for its backward: `ctx`. The user may set further attributes."""

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        """Nothing is left yet."""
        self.needs_input_grad = needs_input_grad
        self.materialize_grads = True
        self.to_save: tuple[Any, ...] = ()
        self.dirty: tuple[Tensor, ...] = ()
        self.constant: tuple[Tensor, ...] = ()
        self.unpacked: tuple[Any, ...] | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors until the sweep, where `saved_tensors` has them, checked for changes."""
        for x in tensors:
            if not (x is None or isinstance(x, Tensor)):
                raise TypeError(
                    f"save_for_backward takes tensors or None, not {type(x).__name__}; keep other "
                    "things as attributes, ctx.shape = x.shape"
                )
        self.to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` was given. There is none outside of the backward."""
        if self.unpacked is None:
            raise RuntimeError("saved_tensors can be read in the backward alone")
        return self.unpacked

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say that these inputs were written to; they must be returned, too."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say that these outputs have no gradient."""
        self.constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether an output that was not used has a cotangent of zeros; else it has None."""
        self.materialize_grads = value


class Function:
    """To be derived from, with static methods `forward(ctx, *inputs)` and `backward(ctx, *grads)`.

    Or `forward(*inputs)` and `setup_context(ctx, inputs, output)`. `apply` calls it.
    """

    @staticmethod
    def forward(*args: Any) -> Any:
        """The outputs: a tensor, or a tuple in which there are tensors."""
        raise NotImplementedError("a Function needs a static method forward(ctx, *inputs)")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """A gradient or None for each input, from those of the outputs."""
        raise NotImplementedError("a Function needs a static method backward(ctx, *grads)")

    setup_context: Any = None

    @classmethod
    def apply(cls, *inputs: Any) -> Any:
        """Run the forward on tensors and anything else, and record the call if need be."""
        parents = tuple(x.node if isinstance(x, Tensor) else None for x in inputs)
        ctx = Context(tuple(node is not None for node in parents))
        before = [writes(x.array) if isinstance(x, Tensor) else 0 for x in inputs]
        with no_grad():
            if cls.setup_context is None:
                answer = cls.forward(ctx, *inputs)
            else:
                answer = cls.forward(*inputs)
                cls.setup_context(ctx, inputs, answer)
        outputs = answer if isinstance(answer, tuple) else (answer,)
        check_dirty(cls, ctx, inputs, outputs, before)
        if mode.recording and any(ctx.needs_input_grad):
            outputs = joined(cls, ctx, inputs, parents, outputs)
        return outputs if isinstance(answer, tuple) else outputs[0]


def among(x: Any, tensors: Any) -> bool:
    """Whether x itself is one of these; `in` would compare entries."""
    return any(x is y for y in tensors)


def check_dirty(cls: type, ctx: Context, inputs: Any, outputs: Any, before: list[int]) -> None:
    """Note the writes to dirty inputs. Raises RuntimeError if one is not returned."""
    for x, count in zip(inputs, before, strict=True):
        if not among(x, ctx.dirty):
            continue
        if not among(x, outputs):
            raise RuntimeError(
                f"{cls.__name__}: an input that is marked dirty must be returned as an output"
            )
        if writes(x.array) == count:
            note_write(x.memory())


def joined(
    cls: type, ctx: Context, inputs: Any, parents: Any, outputs: tuple[Any, ...]
) -> tuple[Any, ...]:
    """The outputs with their places in the graph."""
    made = [isinstance(y, Tensor) and not among(y, ctx.constant) for y in outputs]
    shapes = [(y.array if live else None) for y, live in zip(outputs, made, strict=True)]
    rule = Rule(cls.__name__, refuse, Calls(cls, ctx, inputs, shapes), saves=True)
    alone = len(outputs) == 1
    call = Node(outputs[0].array if alone else Bundle(), rule, parents)
    results, nodes = [], []
    for i, (y, live) in enumerate(zip(outputs, made, strict=True)):
        node = call if alone else Node(y.array, PICK, (call,), (), {"i": i}) if live else None
        nodes.append(None if node is None else weakref.ref(node))
        results.append(placed(cls, ctx, y, inputs, node) if live else y)
    call.saved = Kept(ctx.to_save, outputs, nodes)
    ctx.to_save = ctx.dirty = ctx.constant = ()
    return tuple(results)


def placed(cls: type, ctx: Context, y: Tensor, inputs: Any, node: Node | None) -> Tensor:
    """An output in its place: a dirty input is itself rebased, any other tensor is a new one."""
    if among(y, ctx.dirty) and among(y, inputs):
        recorded(cls.__name__, y)
        rebase(y, node)
        return y
    return Tensor(y.array, node)


def refuse(*args: Any) -> Any:
    """A user's function has no row to run again."""
    raise NotImplementedError
