"""Writing into a tensor: `w -= lr * w.grad`, `zero_`, `copy_`, `x[key] = value`, `exp_` …

A recorded write runs its operation on a copy, writes the result over the tensor, and gives the
tensor the result's node. The memory notes the write (`memory`), so that a sweep can tell that a
value which an earlier node saved is no longer what it was. Views and bases follow (`views`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .devices import common_dtype
from .errors import described
from .graph import Node, births
from .indexing import numbers_first, plain_key
from .memory import note_write
from .modes import mode
from .rules import RULES
from .rules.shapes import is_array
from .tensors import Tensor
from .views import View, rebase

WHY_NOT = {
    "several": "it is one of several views that one operation made; write to its base, or index "
    "the base instead",
    "no_grad": "it is a view that was made under no_grad(); make the view outside of it",
}

# A result may be cast to a kind of number that holds its own kind, but not back.
RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3, "O": 4}


def recorded(name: str, x: Tensor, *others: Any) -> bool:
    """Whether this write enters the graph. Raises RuntimeError if it must not be done."""
    if x.is_inference() and not mode.inference:
        raise RuntimeError(f"{name}: x was made under inference_mode; write to x.clone()")
    if not mode.recording:
        return False
    base = x.base if isinstance(x, View) else x
    if not any(isinstance(y, Tensor) and y.node is not None for y in (x, base, *others)):
        return False
    for y, what in ((x, "a leaf"), (base, "a view of a leaf")):
        if y.is_leaf and y.node is not None:
            raise RuntimeError(
                f"{name}: {what} that requires a gradient is written to in place, and that would "
                "be recorded; write under no_grad(), or out of place"
            )
    if isinstance(x, View) and x.origin:
        raise RuntimeError(f"{name}: this tensor cannot be written to: {WHY_NOT[x.origin]}")
    return True


def write(name: str, x: Tensor, run: Callable[[Tensor], Tensor], *others: Any) -> Tensor:
    """x becomes what `run` makes of it; `others` are what else goes into that."""
    enters = recorded(name, x, *others)
    memory = x.memory()
    before = Tensor(memory.copy() if isinstance(memory, np.ndarray) else memory.clone())
    before.node = x.node if enters else None
    result = run(before)
    fill(name, memory, result.array)
    if enters and result is not before:
        adopt(x, result.node, result.array)
    return x


def fill(name: str, memory: Any, array: Any) -> None:
    """Write an array over memory, and note it. Raises RuntimeError if it does not fit."""
    have, want = common_dtype(array.dtype).kind, common_dtype(memory.dtype).kind
    if RANK[have] > RANK[want]:
        raise RuntimeError(
            f"{name}: a result of {common_dtype(array.dtype)} cannot be written into a tensor of "
            f"{common_dtype(memory.dtype)}; write out of place, or cast with x.to(dtype) first"
        )
    if tuple(array.shape) != tuple(memory.shape):
        raise RuntimeError(
            f"{name}: a result of shape {tuple(array.shape)} cannot be written into a tensor of "
            f"shape {tuple(memory.shape)}; write out of place"
        )
    put(name, memory, ..., array)


def put(name: str, memory: Any, key: Any, value: Any) -> None:
    """memory[key] = value, noted. Raises RuntimeError if the value does not fit."""
    try:
        if isinstance(memory, np.ndarray):
            mode.silently(memory.__setitem__, key, value)
        else:
            memory[key] = value
    except (TypeError, ValueError, IndexError, RuntimeError) as error:
        if isinstance(memory, np.ndarray) and not memory.flags.writeable:
            raise RuntimeError(
                f"{name}: several entries of this expanded tensor are one place in memory; "
                "write to x.clone()"
            ) from error
        kind = IndexError if isinstance(error, IndexError) else RuntimeError
        raise kind(
            f"{name}: {described(value)} does not fit into {described(memory)}: {error}; "
            "lengths must be equal or 1"
        ) from error
    note_write(memory)


def adopt(x: Tensor, node: Node | None, array: Any) -> None:
    """Give x the node of what was written over it: from now on that lies in the memory of x."""
    if node is not None:
        node.birth = next(births)  # what it saved was saved after the write
        if isinstance(node.saved, tuple):
            node.saved = tuple(x.array if a is array else a for a in node.saved)
    rebase(x, node)


def in_place(name: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The twin of a function that writes its result over its first argument: `exp_` of `exp`."""

    def twin(x: Tensor, *args: Any, **options: Any) -> Tensor:
        others = (*args, *options.values())
        return write(name, x, lambda before: function(before, *args, **options), *others)

    twin.__name__, twin.__doc__ = name, f"`{name[:-1]}`, written over x."
    return twin


def arithmetic(
    name: str, function: Callable[..., Tensor], in_memory: Callable[[Any, Any], Any]
) -> Callable[..., Tensor]:
    """As `in_place`, but computed in the memory itself where nothing is recorded."""
    twin = in_place(name, function)

    def write_over(x: Tensor, y: Any, alpha: float = 1) -> Tensor:
        memory = x.memory()
        other = y.array if isinstance(y, Tensor) else y
        if recorded(name, x, y) or not fits(memory, other):
            return twin(x, y) if alpha == 1 else twin(x, y, alpha=alpha)
        mode.silently(in_memory, memory, other if alpha == 1 else alpha * other)
        note_write(memory)
        return x

    write_over.__name__, write_over.__doc__ = name, twin.__doc__
    return write_over


def fits(memory: Any, other: Any) -> bool:
    """Whether plain arithmetic in memory gives what it should: same dtype, shape, and writeable."""
    if isinstance(memory, np.ndarray) and not memory.flags.writeable:
        return False
    if not hasattr(other, "dtype"):
        return common_dtype(memory.dtype).kind == "f" and isinstance(other, int | float)
    shape = tuple(other.shape)
    return other.dtype == memory.dtype and (not shape or shape == tuple(memory.shape))


def copy_(x: Tensor, y: Any) -> Tensor:
    """x takes the entries of y, broadcast and cast."""
    enters = recorded("copy_", x, y)
    old = x.node if enters else None
    value = y.array if isinstance(y, Tensor) else y
    put("copy_", x.memory(), ..., on_device_of(x, value))
    if enters:
        source = y.node if isinstance(y, Tensor) else None
        rebase(x, Node(x.array, RULES["copy"], (old, source)))
    return x


def on_device_of(x: Tensor, value: Any) -> Any:
    """An array beside x, or a number."""
    return Tensor(value).to(x.device).array if hasattr(value, "dtype") else value


def fill_(x: Tensor, value: Any) -> Tensor:
    """x takes one value everywhere."""
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(f"fill_ takes one number, not shape {value.shape}; use copy_")
    return copy_(x, value)


def zero_(x: Tensor) -> Tensor:
    """x becomes 0 everywhere."""
    return copy_(x, 0)


def set_item(x: Tensor, key: Any, value: Any) -> None:
    """x[key] = value: the overwritten part gets no gradient, the value does."""
    if not isinstance(value, Tensor) and hasattr(value, "__len__"):
        raise TypeError("x[key] = value takes a tensor or a number; make it one with tensor()")
    parts = plain_key(x, key)
    enters = recorded("x[key] = value", x, value)
    keys = [parts]
    if any(map(is_array, parts)) and any(isinstance(k, int) for k in parts):
        keys = list(numbers_first(parts))
    memory = x.memory()
    for k in keys[:-1]:
        memory = memory[k]
    array = value.array if isinstance(value, Tensor) else value
    put("x[key] = value", memory, keys[-1], on_device_of(x, array))
    if enters:
        steps = tuple(("index", {"key": k}) for k in keys)
        parents = (x.node, value.node if isinstance(value, Tensor) else None)
        rebase(x, Node(x.array, RULES["overwrite"], parents, (), {"steps": steps}))


def write_out(name: str, out: Tensor, result: Tensor) -> Tensor:
    """The result of an operation written to `out`, which must not be recorded."""
    if mode.recording and (result.node is not None or out.node is not None):
        raise RuntimeError(
            f"{name}: out= is not recorded, but a tensor here requires a gradient; leave out= "
            "away, or run it under no_grad()"
        )
    fill(name, out.memory(), result.array)
    return out
