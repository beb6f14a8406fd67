"""How the sweep calls the backward of a user's `Function`.

The node of a call has the inputs of the function for its parents. If there are several outputs,
each has a node of its own whose only parent is the call; their cotangents arrive there in one
`Bundle`. The backward gives all gradients at once: it runs when the first is asked for.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from .devices import namespace
from .graph import Node
from .hooks import given_back, shown
from .modes import mode, no_grad
from .rules import OPS_OF, ArrayOps, Rule
from .saving import check_unchanged, innermost
from .tensors import Tensor


class Bundle(dict[int, Any]):
    """The cotangents of several outputs, by place, on their way as one."""

    shape = ()
    dtype = np.dtype(object)

    def __add__(self, other: Bundle) -> Bundle:
        """Both; each output comes once."""
        return Bundle(self | other)


OPS_OF[Bundle] = ArrayOps(np)
PICK = Rule("pick", lambda *_: None, (lambda ops, g, *, i: Bundle({i: g}),))


class Kept:
    """What a call saved: tensors with their places in the graph, packed if hooks are set."""

    __slots__ = ("entries",)

    def __init__(self, tensors: Any, outputs: Any, nodes: Any) -> None:
        """Note them. An output points back at its node weakly, so that there is no cycle."""
        pair = innermost()
        places = [(y, node) for y, node in zip(outputs, nodes, strict=True) if node is not None]
        self.entries: list[Any] = []
        for x in tensors:
            owner = next((node for y, node in places if y is x), None)
            if x is not None and owner is None:
                owner = partial(_given, x.node)
            kept = None if x is None else pair[0](x) if pair else x.array
            self.entries.append((kept, owner, pair and pair[1]))

    def unpack(self, node: Node, recording: bool) -> tuple[Any, ...]:
        """The tensors. Raises RuntimeError if one was written to since."""
        found: list[Tensor | None] = []
        for kept, owner, unpack_hook in self.entries:
            if owner is None:
                found.append(None)
                continue
            if unpack_hook is None:
                check_unchanged(node, kept)
            array = kept if unpack_hook is None else unpack_hook(kept).array
            found.append(Tensor(array, owner()))
        return tuple(found)


def _given(node: Node | None) -> Node | None:
    return node


class Calls:
    """The vjps of one call of a user's function: the first that is asked runs the backward."""

    def __init__(self, cls: Any, ctx: Any, inputs: Any, outputs: list[Any]) -> None:
        """Note what the backward needs; of inputs and outputs no more than their shapes."""
        self.cls = cls
        self.ctx = ctx
        self.inputs = [x.shape if isinstance(x, Tensor) else None for x in inputs]
        self.outputs = [None if y is None else Blank(y) for y in outputs]

    def __iter__(self) -> Iterator[Callable[..., Any]]:
        """A vjp for each input, without end; one sweep runs the backward once."""
        answers: list[list[Any]] = []

        def vjp(i: int, ops: Any, g: Any, *saved: Any) -> Any:
            if not answers:
                answers.append(self.run(g, saved))
            return answers[0][i]

        return (partial(vjp, i) for i in itertools.count())

    def run(self, g: Any, saved: tuple[Any, ...]) -> list[Any]:
        """The gradients of the inputs."""
        bundle = g if isinstance(g, Bundle) else {0: g}
        like = next(iter(bundle.values()))
        grads = [self.shown(i, bundle.get(i)) for i in range(len(self.outputs))]
        self.ctx.unpacked = saved
        try:
            answer = self.cls.backward(self.ctx, *grads)
        finally:
            self.ctx.unpacked = None
        answers = list(answer) if isinstance(answer, tuple) else [answer]
        return self.checked(answers, like)

    def shown(self, i: int, g: Any) -> Tensor | None:
        """The cotangent of output i as the user sees it."""
        blank = self.outputs[i]
        if g is not None:
            return shown(g)
        return blank.zeros() if blank is not None and self.ctx.materialize_grads else None

    def checked(self, answers: list[Any], like: Any) -> list[Any]:
        """The gradients as the sweep carries them. Raises TypeError and RuntimeError."""
        name, n = self.cls.__name__, len(self.inputs)
        if len(answers) < n or any(a is not None for a in answers[n:]):
            raise RuntimeError(
                f"{name}.backward gave {len(answers)} gradients, but forward had {n} inputs; "
                "return one for each, None for what has none"
            )
        for i, (a, shape) in enumerate(zip(answers, self.inputs, strict=False)):
            if a is None or shape is None or not self.ctx.needs_input_grad[i]:
                continue
            if not isinstance(a, Tensor):
                raise TypeError(
                    f"{name}.backward gave a {type(a).__name__} for input {i}; return a tensor"
                )
            if not sums_to(a.shape, shape):
                raise RuntimeError(
                    f"{name}.backward gave a gradient of shape {a.shape} for input {i} of shape "
                    f"{shape}; return one of the input's shape"
                )
        return [given_back(a, like) if isinstance(a, Tensor) else None for a in answers]


def sums_to(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a gradient of this shape can be that of a broadcast input."""
    lead = len(shape) - len(wanted)
    return lead >= 0 and all(m in (1, n) for n, m in zip(shape[lead:], wanted, strict=True))


class Blank:
    """Shape, dtype and place of an output, to make zeros of."""

    def __init__(self, array: Any) -> None:
        """Note them, not the entries."""
        self.shape, self.dtype = tuple(array.shape), array.dtype
        self.where = getattr(array, "device", "cpu")
        self.xp = namespace(type(array))

    def zeros(self) -> Tensor:
        """The cotangent of an output that was not used."""
        return Tensor(self.xp.zeros(self.shape, dtype=self.dtype, device=self.where))


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """A backward that is not recorded, so that to differentiate it again is an error."""

    @functools.wraps(backward)
    def once(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            answer = backward(ctx, *grads)
        nodes = tuple(g.node for g in grads if isinstance(g, Tensor) and g.node is not None)
        if not (mode.recording and nodes):
            return answer
        rule = Rule("once_differentiable", _twice, (_twice,) * len(nodes))
        answers = answer if isinstance(answer, tuple) else (answer,)
        return tuple(
            Tensor(a.array, Node(a.array, rule, nodes)) if isinstance(a, Tensor) else a
            for a in answers
        )

    return once


def _twice(*args: Any) -> Any:
    raise RuntimeError(
        "a backward that is marked once_differentiable was differentiated; write it in "
        "differentiable operations, and take the mark away"
    )
