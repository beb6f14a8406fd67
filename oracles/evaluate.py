"""Run a program's numpy meaning on any kind of number.

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> p = Program((Leaf.of([1.0, -2.0], True),), (Call("abs", (0,)), Call("sum", (1,))), (2,))
>>> facts = examine(p)
>>> float(facts.values[2]), facts.margin
(3.0, 0.5)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .kit import Kit
from .program import Call, Program, ProgramError
from .vocabulary import SINGULAR_MARGIN, find


class UnsupportedError(Exception):
    """This oracle cannot judge this program; another may."""


def evaluate(program: Program, leaves: Sequence[Any], kit: Kit) -> list[Any]:
    """All values of a program, given its leaves as arrays of the kit's kind of number."""
    values = list(leaves)
    with np.errstate(all="ignore"):
        for call in program.calls:
            args = [values[a] if isinstance(a, int) else a.value for a in call.args]
            values.append(apply(kit, call.op, args, call.keywords))
    return values


def apply(kit: Kit, op: str, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """One op's meaning on values of the kit's kind."""
    if op == "item":
        return args[0][keywords["index"]]
    if op == "grad":
        raise UnsupportedError("derivatives of derivatives")
    result = row(op).meaning(kit, *args, **keywords)
    return result if isinstance(result, np.ndarray | tuple) else np.asarray(result)


def tensors(values: Iterable[Any]) -> Iterator[Any]:
    """The values, those of an op with several results one by one."""
    for value in values:
        if isinstance(value, tuple):
            yield from value
        else:
            yield value


def row(op: str) -> Any:
    """The vocabulary's row, or a `ProgramError` that names the op."""
    try:
        return find(op)
    except KeyError:
        raise ProgramError(f"{op!r} is no op of the vocabulary") from None


def _check_kinds(call: Call, args: Sequence[Any]) -> None:
    """A real slot takes no mask, and the other way round."""
    op = row(call.op)
    for slot, x in enumerate(args):
        if isinstance(x, np.ndarray):
            kind = "bool" if x.dtype.kind == "b" else "integer" if x.dtype.kind in "iu" else "real"
            if kind != op.kind(slot) and not (op.shapes == "index" and slot):
                raise ProgramError(f"{call.op} takes {op.kind(slot)} in slot {slot}, not {kind}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the float64 run says of a program: its values, and how near trouble is.

    `margin`: the closest decision, relative to its operands' scale. `distance`: to the nearest
    singular point of any op. `signature`: how every decision went.
    """

    values: list[Any]
    margin: float
    distance: float
    signature: tuple[bytes, ...]

    @property
    def finite(self) -> bool:
        """Whether no value is infinite or NaN."""
        return all(np.isfinite(v).all() for v in tensors(self.values))

    @property
    def size(self) -> float:
        """The magnitude of the largest entry of any value that is a tensor of numbers."""
        sizes = [np.max(np.abs(v), initial=0.0) for v in tensors(self.values)]
        return float(max(sizes, default=0.0))

    @property
    def smooth(self) -> bool:
        """Whether the program is differentiable around its leaves, with room to spare."""
        return self.finite and min(self.margin, self.distance) >= SINGULAR_MARGIN


def examine(program: Program) -> Facts:
    """Run the float64 meaning, and watch domains and decisions.

    Raises `ProgramError` if the program cannot be run at all (an unknown op, shapes that do not
    fit, a value that is no tensor).
    """
    kit = Kit()
    values: list[Any] = [leaf.array for leaf in program.leaves]
    distance = np.inf
    with np.errstate(all="ignore"):
        for number, call in enumerate(program.calls, start=len(values)):
            try:
                args = [values[a] if isinstance(a, int) else a.value for a in call.args]
                if call.op not in ("item", "grad"):
                    _check_kinds(call, args)
                    distance = min(distance, row(call.op).domain(*args, **call.keywords))
                values.append(apply(kit, call.op, args, call.keywords))
            except (ProgramError, UnsupportedError):
                raise
            except Exception as error:
                raise ProgramError(f"value {number}, {call.op}: {error}") from None
    return Facts(values, kit.margin, distance, tuple(kit.signature))
