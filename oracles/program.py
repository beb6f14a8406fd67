"""Programs are data: leaves, calls, outputs; JSON in and out; a stable id.

A program says *what* is computed and nothing about derivatives, dtype or device: those are
parameters of a run. Values are numbered, the leaves first and then one value a call. The last
output is a scalar, and it is what gets differentiated.

>>> import numpy as np
>>> p = Program(
...     leaves=(Leaf.of(np.array([1.0, 2.0]), requires_grad=True),),
...     calls=(Call("multiply", (0, 0)), Call("sum", (1,))),
...     outputs=(2,),
... )
>>> print(p)
x0 = leaf([1., 2.], requires_grad=True)
v1 = multiply(x0, x0)
v2 = sum(v1)
return v2
>>> Program.from_json(p.to_json()) == p
True
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Kind = Literal["real", "complex", "integer", "bool"]
Layout = Literal["C", "F", "reversed", "strided"]
Json: TypeAlias = Any

STORED: Mapping[str, np.dtype[Any]] = {
    "real": np.dtype("<f8"),
    "complex": np.dtype("<c16"),
    "integer": np.dtype("<i8"),
    "bool": np.dtype("bool"),
}
_KIND_OF = {"f": "real", "c": "complex", "i": "integer", "u": "integer", "b": "bool"}


class ProgramError(ValueError):
    """What was given is no program; the message says where and why."""


class Leaf(msgspec.Struct, frozen=True):
    """An input: `data` holds the entries in C order, little-endian, in the widest dtype of `kind`.

    `layout` is how the engine receives it in memory: C or Fortran order, every axis `reversed`
    (negative strides) or `strided` (every second entry of a larger buffer).
    """

    kind: Kind
    shape: tuple[int, ...]
    data: bytes
    requires_grad: bool = False
    layout: Layout = "C"

    @classmethod
    def of(cls, array: Any, requires_grad: bool = False, layout: Layout = "C") -> Leaf:
        """The leaf that holds `array` (bool, integer, real or complex)."""
        array = np.asarray(array)
        kind: Any = _KIND_OF[array.dtype.kind]
        stored = array.astype(STORED[kind], copy=False)
        return cls(kind, array.shape, stored.tobytes(), requires_grad, layout)

    @property
    def array(self) -> Array:
        """The entries as a read-only numpy array of shape `shape`."""
        return np.frombuffer(self.data, STORED[self.kind]).reshape(self.shape)


class Static(msgspec.Struct, frozen=True):
    """A plain number in a slot that takes no tensor, such as an integer exponent."""

    static: Json

    @property
    def value(self) -> float | int | bool:
        """The number itself."""
        return decode(self.static)  # type: ignore[no-any-return]


class Call(msgspec.Struct, frozen=True, omit_defaults=True):
    """One op applied to earlier values (their numbers) and plain numbers.

    `params` are JSON values as they stand on the wire (`encode` makes them, `keywords` reads
    them). An op with several results has a tuple as its value; only `item` may take it.
    `Call("grad", (y, x))` is the gradient of the scalar value y with respect to value x.
    """

    op: str
    args: tuple[int | Static, ...]
    params: dict[str, Json] = {}

    @property
    def refs(self) -> tuple[int, ...]:
        """The numbers of the values that the call takes, in order, repeats included."""
        return tuple([a for a in self.args if isinstance(a, int)])

    @property
    def keywords(self) -> dict[str, Any]:
        """The parameters with non-finite numbers as floats."""
        return {k: decode(v) for k, v in self.params.items()}


class Program(msgspec.Struct, frozen=True):
    """Leaves, calls in order of execution, and the numbers of the values to report."""

    leaves: tuple[Leaf, ...]
    calls: tuple[Call, ...]
    outputs: tuple[int, ...]

    @property
    def wanted(self) -> tuple[int, ...]:
        """The numbers of the leaves that require a gradient."""
        return tuple(i for i, leaf in enumerate(self.leaves) if leaf.requires_grad)

    @property
    def ops(self) -> tuple[str, ...]:
        """The ops in order of execution."""
        return tuple(c.op for c in self.calls)

    @property
    def order(self) -> int:
        """How often derivatives are nested: 1, plus one for each `grad` call on a path."""
        depth = [0] * len(self.leaves)
        for call in self.calls:
            deepest = max((depth[r] for r in call.refs), default=0)
            depth.append(deepest + (call.op == "grad"))
        return 1 + max((depth[o] for o in self.outputs), default=0)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that depend on the content alone."""
        return identify(self.to_json())

    def to_json(self) -> bytes:
        """The program as one line of JSON, arrays in base64."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> Program:
        """Read and check a program; raises `ProgramError` with one clear line."""
        try:
            program = msgspec.json.decode(text, type=cls)
        except msgspec.MsgspecError as error:
            raise ProgramError(f"not a program: {error}") from None
        return program.checked()

    def checked(self) -> Program:
        """This program, after checking that it is well formed."""
        for i, leaf in enumerate(self.leaves):
            need = math.prod(leaf.shape) * STORED[leaf.kind].itemsize
            if min(leaf.shape, default=0) < 0 or len(leaf.data) != need:
                raise ProgramError(
                    f"leaf {i} holds {len(leaf.data)} bytes, but {leaf.kind} of shape "
                    f"{leaf.shape} takes {need}"
                )
        for i, call in enumerate(self.calls, start=len(self.leaves)):
            for ref in call.refs:
                if not 0 <= ref < i:
                    raise ProgramError(f"value {i} ({call.op}) takes value {ref}: not made yet")
        count = len(self.leaves) + len(self.calls)
        if not self.outputs or not all(0 <= o < count for o in self.outputs):
            raise ProgramError(f"outputs {self.outputs}: expected numbers of the {count} values")
        return self

    def name(self, value: int) -> str:
        """How a person calls a value: x0, x1 for leaves, v2, v3 for results."""
        return f"{'x' if value < len(self.leaves) else 'v'}{value}"

    def lines(self) -> list[str]:
        """One line a value, as a person reads it."""
        lines = [f"{self.name(i)} = {describe(leaf)}" for i, leaf in enumerate(self.leaves)]
        for i, call in enumerate(self.calls, start=len(self.leaves)):
            lines.append(f"{self.name(i)} = {self.describe_call(call)}")
        return lines

    def describe_call(self, call: Call) -> str:
        """`sum(v2, axis=0)`."""
        args = [self.name(a) if isinstance(a, int) else f"{a.value!r}" for a in call.args]
        args += [f"{k}={v!r}" for k, v in call.keywords.items()]
        return f"{call.op}({', '.join(args)})"

    def __str__(self) -> str:
        """The whole program as text."""
        return "\n".join([*self.lines(), "return " + ", ".join(map(self.name, self.outputs))])


def identify(json: bytes) -> str:
    """The id of the program with this JSON."""
    return hashlib.sha256(json).hexdigest()[:12]


def describe(leaf: Leaf) -> str:
    """`leaf([1., 2.], requires_grad=True)`."""
    body = np.array2string(leaf.array, separator=", ", threshold=64, floatmode="unique")
    body = " ".join(body.split())
    name = {"real": "leaf", "complex": "complex", "integer": "integers", "bool": "mask"}[leaf.kind]
    shape = f", shape={leaf.shape}" if 0 in leaf.shape else ""
    layout = "" if leaf.layout == "C" else f", layout={leaf.layout!r}"
    return f"{name}({body}{shape}{layout}{', requires_grad=True' if leaf.requires_grad else ''})"


def encode(value: Any) -> Json:
    """A parameter as JSON: non-finite numbers as {"f": "nan"}, tuples as lists."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"f": repr(value)}
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    return value


def decode(value: Json) -> Any:
    """What `encode` wrote, read back; lists come back as tuples."""
    if isinstance(value, dict) and value.keys() == {"f"}:
        return float(value["f"])
    if isinstance(value, list):
        return tuple(decode(v) for v in value)
    return value


def call(op: str, *args: int | Static, **params: Any) -> Call:
    """A call with its parameters encoded.

    >>> call("sum", 0, axis=(0, 1)).params
    {'axis': [0, 1]}
    """
    return Call(op, args, {k: encode(v) for k, v in params.items()})
