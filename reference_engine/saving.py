"""What becomes of saved values between forward and sweep: `autograd.graph.saved_tensors_hooks`.

>>> from gradassay import reference_engine as torch
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
...     y = (x * x).sum()
>>> y.backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .apply import WATCHERS
from .devices import common_dtype
from .graph import Node
from .memory import note_write, written_since
from .tensors import Tensor

Pack = Callable[[Tensor], Any]
Unpack = Callable[[Any], Tensor]


class _Hooks(threading.local):
    """The pairs of hooks that hold in this thread, the innermost last."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Pack, Unpack]] = []


_hooks = _Hooks()


class saved_tensors_hooks:  # noqa: N801 - PyTorch's name
    """A block in which `pack(tensor)` is kept in the place of what an operation saves.

    `unpack` gets what `pack` gave, when the sweep needs the value, and gives the tensor back.
    """

    def __init__(self, pack_hook: Pack, unpack_hook: Unpack) -> None:
        """Note the two functions."""
        self._pair = pack_hook, unpack_hook

    def __enter__(self) -> None:
        """Begin the block."""
        if pack not in WATCHERS:
            WATCHERS.append(pack)
        _hooks.pairs.append(self._pair)

    def __exit__(self, *error: object) -> None:
        """End the block; what was saved in it is unpacked by its own function."""
        _hooks.pairs.pop()


def innermost() -> tuple[Pack, Unpack] | None:
    """The pair of hooks that holds now in this thread."""
    return _hooks.pairs[-1] if _hooks.pairs else None


class Packed:
    """What a node saved, packed."""

    __slots__ = ("entries", "unpack_hook")

    def __init__(self, entries: list[tuple[bool, Any]], unpack_hook: Unpack) -> None:
        """Note the entries, (packed?, value), and how to unpack them."""
        self.entries = entries
        self.unpack_hook = unpack_hook

    def unpack(self, node: Node, recording: bool) -> list[Any]:
        """The saved values; for a recorded sweep, as tensors that know where they came from."""
        values = []
        for owner, (packed, value) in zip((node, *node.parents), self.entries, strict=False):
            if packed:
                array = self.unpack_hook(value).array
                value = Tensor(array, owner) if recording else array
            values.append(value)
        return values


def pack(saved: Any, parents: Any, inputs: Any) -> Any:
    """Look on when an operation is recorded, and pack the arrays that it saves."""
    pair = innermost()
    if pair is None or not any(is_array(x) for x in saved):
        return saved
    nodes = (None, *parents)
    entries = [
        (True, pair[0](Tensor(x, node))) if is_array(x) else (False, x)
        for x, node in zip(saved, nodes, strict=False)
    ]
    return Packed(entries, pair[1])


def is_array(x: Any) -> bool:
    """Whether this is an array, and not a number, a shape or None."""
    return hasattr(x, "dtype")


def increment_version(tensors: Any) -> None:
    """Say that tensors were written to by other hands than the engine's."""
    for x in [tensors] if isinstance(tensors, Tensor) else tensors:
        note_write(x.memory())


def save_on_cpu(pin_memory: bool = False) -> saved_tensors_hooks:
    """A block in which saved values wait for the sweep in the memory of the host."""
    return saved_tensors_hooks(
        lambda x: (x.device, np.array(x.detach().to("cpu").array)),
        lambda packed: Tensor(packed[1]).to(packed[0]),
    )


# What the sweep asks for.

# What a node saves beside arrays: plain numbers, shapes, and None for what it does not save.
_CONSTANT = {bool, int, float, complex, tuple, type(None)}


def unpacked(node: Node, recording: bool) -> Any:
    """What the node's rule saved, if it is still what it was; for a recorded sweep, as tensors."""
    saved = node.saved
    if saved is None:
        raise RuntimeError(
            f"{node} was swept before and what it saved is gone. To sweep twice through one "
            "graph, pass retain_graph=True to every backward() or grad() but the last."
        )
    if not isinstance(saved, tuple | list):
        return saved.unpack(node, recording)
    for a in arrays_in([saved, node.params]):
        check_unchanged(node, a)
    if not recording:
        return saved
    owners = zip((node, *node.parents), saved, strict=False)
    return [a if type(a) in _CONSTANT else Tensor(a, owner) for owner, a in owners]


def arrays_in(x: Any) -> Iterator[Any]:
    """The arrays among what a node keeps: its saved values, and the indices in its params."""
    if hasattr(x, "dtype"):
        yield x
    elif isinstance(x, tuple | list | dict):
        for part in x.values() if isinstance(x, dict) else x:
            yield from arrays_in(part)


def check_unchanged(node: Node, array: Any) -> None:
    """Raise RuntimeError if what the node saved has been overwritten since."""
    if written_since(array, node.birth):
        raise RuntimeError(
            f"{node} saved a {common_dtype(array.dtype)} value of shape {tuple(array.shape)} that "
            "was written to in place since, so its gradient would be wrong. Write to a copy, "
            "x.clone(), or out of place."
        )
