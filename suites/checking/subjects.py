"""What is checked, in one form for every library: a value, and a sweep from a cotangent.

A subject takes and gives float64 numpy arrays, whatever library its function is written for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...oracles.program import Array
from ...oracles.rounding import VIRTUAL
from .noisy import noisy
from .results import MistakeError

Sweep = Callable[[Array, list[Array]], list[Array | None]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A function with its claimed gradient.

    `value(inputs)` is the output; `sweep(cotangent, inputs)` gives one gradient an input, none
    where nothing was given. `other` runs the function on other kinds of numbers (complex, objects;
    none where it cannot). `noisy(cotangent, inputs, seed)` is a sweep under random rounding.
    `plain`: the cotangent is all ones, since the claim is of the gradient of the sum.
    """

    value: Callable[[list[Array]], Array]
    sweep: Sweep
    other: Callable[[list[Any]], Any] | None
    noisy: Callable[[Array, list[Array], int], list[Array | None]]
    names: tuple[str, ...]
    claim: str
    plain: bool = False


def names_of(f: Any, count: int) -> tuple[str, ...]:
    """The function's own names for its arguments; x, or x0, x1 …, where it has none."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [p.name for p in parameters if p.kind in positional]
    if len(named) >= count:
        return tuple(named[:count])
    return ("x",) if count == 1 else tuple(f"x{i}" for i in range(count))


def differentiable(x: Array) -> bool:
    """Whether an input is real; integers and masks are constants."""
    return bool(x.dtype.kind == "f")


def as_output(y: Any) -> Array:
    """The function's result as float64; raises `MistakeError` unless it is one real array."""
    if y is None:
        raise MistakeError("f returned None: it should return an array")
    if isinstance(y, tuple | list):
        raise MistakeError(f"f returned {len(y)} results: check one of them at a time")
    result = np.asarray(y)
    if result.dtype.kind not in "fiub":
        raise MistakeError(f"f returned {result.dtype}: it should return real numbers")
    return np.asarray(result, dtype=np.float64)


def as_gradients(found: Any, inputs: Sequence[Array], claim: str) -> list[Array | None]:
    """What was claimed, one array or none an input; an entry may also be left out for constants."""
    wanted = [i for i, x in enumerate(inputs) if differentiable(x)]
    if found is None:
        raise MistakeError(f"{claim} returned None: it should return an array for each input")
    rows = list(found) if isinstance(found, tuple | list) else [found]
    if len(rows) == len(wanted) != len(inputs):
        every: list[Any] = [None] * len(inputs)
        for i, g in zip(wanted, rows, strict=True):
            every[i] = g
        rows = every
    if len(rows) != len(inputs):
        raise MistakeError(
            f"{claim} returned {_count(len(rows), 'gradient')}, but f takes "
            f"{_count(len(inputs), 'array')}"
        )
    return [None if g is None else np.asarray(g) for g in rows]


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def of_numpy(f: Any, grad: Any, vjp: Any, count: int) -> Subject:
    """A numpy function with `grad(*arrays)` or `vjp(cotangent, *arrays)`."""
    claim = "grad" if vjp is None else "vjp"

    def claimed(cotangent: Any, inputs: list[Any]) -> list[Array | None]:
        with np.errstate(all="ignore"):
            found = grad(*inputs) if vjp is None else vjp(cotangent, *inputs)
        return as_gradients(found, inputs, claim)

    def other(inputs: list[Any]) -> Any:
        with np.errstate(all="ignore"):
            return f(*inputs)

    def rounded(cotangent: Array, inputs: list[Array], seed: int) -> list[Array | None]:
        return claimed(noisy(cotangent, seed, VIRTUAL), rounded_inputs(inputs, seed))

    return Subject(
        value=lambda inputs: as_output(other([x.copy() for x in inputs])),
        sweep=lambda cotangent, inputs: claimed(cotangent.copy(), [x.copy() for x in inputs]),
        other=other,
        noisy=rounded,
        names=names_of(f, count),
        claim=claim,
        plain=vjp is None,
    )


def rounded_inputs(inputs: list[Array], seed: int) -> list[Any]:
    """Inputs that round at random; constants as they are."""
    return [
        noisy(x, seed + 1 + i, VIRTUAL) if differentiable(x) else x.copy()
        for i, x in enumerate(inputs)
    ]
