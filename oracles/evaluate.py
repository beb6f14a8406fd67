"""Run a program's numpy meaning on any kind of number.

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> p = Program((Leaf.of([1.0, -2.0], True),), (Call("abs", (0,)), Call("sum", (1,))), (2,))
>>> facts = examine(p)
>>> float(facts.values[2]), facts.margin
(3.0, 0.5)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .kit import Kit
from .program import Call, Program, ProgramError, Static
from .vocabulary import SINGULAR_MARGIN, Op, find
from .vocabulary.op import everywhere


class UnsupportedError(Exception):
    """This oracle cannot judge this program; another may."""


ITEM = Op(name="item", args=1, area="", meaning=lambda k, x, index: x[index],
          torch=lambda t, x, index: x[index])  # fmt: skip
"""How one result of an op with several is taken; no row of the vocabulary."""


class Step(NamedTuple):
    """A call made ready to be run often: its row, and its arguments as Python has them.

    `refs` are the numbers of the values that it takes, `plain` its plain numbers with their slots.
    """

    op: Op
    refs: tuple[int, ...]
    plain: tuple[tuple[int, Any], ...]
    keywords: dict[str, Any]

    @classmethod
    def of(cls, call: Call) -> Step:
        """Raises `UnsupportedError` for a derivative, `ProgramError` for an unknown op."""
        if call.op == "grad":
            raise UnsupportedError("derivatives of derivatives")
        op = ITEM if call.op == "item" else row(call.op)
        refs = call.refs
        if len(refs) == len(call.args):
            return cls(op, refs, (), call.keywords)
        plain = tuple((i, a.value) for i, a in enumerate(call.args) if isinstance(a, Static))
        return cls(op, refs, plain, call.keywords)

    def arguments(self, values: Sequence[Any]) -> list[Any]:
        """The arguments, among the values that there are so far."""
        args = [values[r] for r in self.refs]
        if self.plain:
            for slot, number in self.plain:
                args.insert(slot, number)
        return args

    def distance(self, args: Sequence[Any]) -> float:
        """How far float64 arguments are from the op's nearest singular point."""
        if self.op.domain is everywhere:
            return math.inf
        return self.op.domain(*args, **self.keywords)

    def run(self, kit: Kit, args: Sequence[Any]) -> Any:
        """The meaning on values of the kit's kind: an array, or a tuple of them."""
        result = self.op.meaning(kit, *args, **self.keywords)
        return result if isinstance(result, (np.ndarray, tuple)) else np.asarray(result)


def evaluate(program: Program, leaves: Sequence[Any], kit: Kit) -> list[Any]:
    """All values of a program, given its leaves as arrays of the kit's kind of number."""
    values = list(leaves)
    with np.errstate(all="ignore"):
        for call in program.calls:
            step = Step.of(call)
            values.append(step.run(kit, step.arguments(values)))
    return values


def tensors(values: Iterable[Any]) -> Iterator[Any]:
    """The values, those of an op with several results one by one."""
    for value in values:
        if isinstance(value, tuple):
            yield from value
        else:
            yield value


def row(op: str) -> Op:
    """The vocabulary's row, or a `ProgramError` that names the op."""
    try:
        return find(op)
    except KeyError:
        raise ProgramError(f"{op!r} is no op of the vocabulary") from None


def _check_kinds(op: Op, args: Sequence[Any]) -> None:
    """A real slot takes no mask, and the other way round."""
    if op is ITEM:
        return
    for slot, x in enumerate(args):
        if isinstance(x, np.ndarray):
            kind = "bool" if x.dtype.kind == "b" else "integer" if x.dtype.kind in "iu" else "real"
            if kind != op.kind(slot) and not (op.shapes == "index" and slot):
                raise ProgramError(f"{op.name} takes {op.kind(slot)} in slot {slot}, not {kind}")


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
    def smooth(self) -> bool:
        """Whether the program is differentiable around its leaves, with room to spare."""
        return self.finite and min(self.margin, self.distance) >= SINGULAR_MARGIN


def examine(program: Program, steps: Sequence[Step] | None = None) -> Facts:
    """Run the float64 meaning, and watch domains and decisions.

    `steps` are the program's calls, if they have been made ready and checked before.
    Raises `ProgramError` if the program cannot be run at all (an unknown op, shapes that do not
    fit, a value that is no tensor).
    """
    kit = Kit()
    values: list[Any] = [leaf.array for leaf in program.leaves]
    distance = np.inf
    with np.errstate(all="ignore"):
        for k, call in enumerate(program.calls):
            try:
                step = Step.of(call) if steps is None else steps[k]
                args = step.arguments(values)
                if steps is None:
                    _check_kinds(step.op, args)
                distance = min(distance, step.distance(args))
                values.append(step.run(kit, args))
            except (ProgramError, UnsupportedError):
                raise
            except Exception as error:
                raise ProgramError(f"value {len(values)}, {call.op}: {error}") from None
    return Facts(values, kit.margin, distance, tuple(kit.signature))
