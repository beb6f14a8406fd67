"""Scripts are data: steps for an engine, and what is expected of them.

A check of state is not one program but a story: a leaf is made, swept, swept again, read. A
`Script` holds its steps (docs/wire.md), numbered from 0, and the expectations by which the host
judges what came of them. Both are data: a script is saved, sent, replayed and reduced.

>>> import numpy as np
>>> s = Builder()
>>> x = s.leaf(3.0)
>>> y = s.call("multiply", x, x)
>>> s.backward(y)
2
>>> s.equals(s.get_grad(x), 6.0, "d(x²)/dx = 2x")
>>> print(s.script())
x = leaf(3., requires_grad=True)
v1 = multiply(x, x)
v1.backward()
v3 = x.grad
expect v3 == 6. (d(x²)/dx = 2x)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import msgspec
import numpy as np

from ...oracles.program import Json, Layout, Leaf, Static, decode, encode

MEASURED = 64_000
"""How long a chain may be whose growth is measured: the worker finds out what it needs."""
Ref: TypeAlias = int
"""The number of a step, which stands for its result."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """A verb, the steps whose results it takes (or plain numbers), and what else it is given."""

    verb: str
    of: tuple[int | Static, ...] = ()
    given: dict[str, Json] = {}

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The numbers of the steps that it takes."""
        return tuple(a for a in self.of if isinstance(a, int))


class Expectation(msgspec.Struct, frozen=True, tag_field="expect", tag=str.lower, kw_only=True):
    """Something that must hold of a step; `why` is what a reader of a failure is told."""

    step: Ref
    why: str = ""


class Equals(Expectation, frozen=True):
    """The step gives an array with these entries, this shape and, if named, this dtype.

    The dtype `run` is the one of the run, `float` any of floats. Entries are equal, or within a
    few units in the last place where the true ones are `rounded`.
    """

    want: Leaf
    dtype: str = ""
    rounded: bool = False


class Absent(Expectation, frozen=True):
    """The step gives none."""


class Flag(Expectation, frozen=True):
    """The step gives true, or false."""

    want: bool


class Returns(Expectation, frozen=True):
    """The step gives this JSON value: what a function in the worker has seen."""

    want: Json


class AtMost(Expectation, frozen=True):
    """The step gives a number that is no larger."""

    most: float


class Alike(Expectation, frozen=True):
    """The step gives the same array as another step, bit for bit."""

    to: Ref


class Raises(Expectation, frozen=True):
    """The step raises a clear exception, or one of the steps that are `earlier` does."""

    earlier: tuple[Ref, ...] = ()


class Succeeds(Expectation, frozen=True):
    """The step raises nothing."""


class Alternative(msgspec.Struct, frozen=True):
    """One way to decide, by name, and what then holds."""

    label: str
    holds: tuple[AnyExpectation, ...]


class Choice(Expectation, frozen=True):
    """The engine decides: one of the alternatives holds, and always the same one.

    `name` says what is decided; `torch` and `jax` are the labels of what these two do.
    """

    name: str
    among: tuple[Alternative, ...]
    torch: str = ""
    jax: str = ""


AnyExpectation: TypeAlias = (
    Equals | Absent | Flag | Returns | AtMost | Alike | Raises | Succeeds | Choice
)


class Script(msgspec.Struct, frozen=True):
    """Steps, and what is expected of them."""

    steps: tuple[Step, ...]
    expected: tuple[AnyExpectation, ...]

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that depend on the content alone."""
        return hashlib.sha256(self.to_json()).hexdigest()[:12]

    @property
    def ops(self) -> tuple[str, ...]:
        """The ops that its calls need, each once."""
        return tuple(dict.fromkeys(s.given["op"] for s in self.steps if "op" in s.given))

    @property
    def verbs(self) -> tuple[str, ...]:
        """What an engine must offer beyond programs, each once."""
        asked = [verb for step in self.steps for verb in _asked(step)]
        return tuple(dict.fromkeys(asked))

    @property
    def chain(self) -> int:
        """How many ops run one after another, at most."""
        return sum(
            MEASURED if s.verb == "growth" else s.given.get("times", 1)
            for s in self.steps
            if "op" in s.given
        )

    @property
    def order(self) -> int:
        """How often derivatives are nested: 1, plus one for each `grad` call on a path."""
        depth: list[int] = []
        for step in self.steps:
            deepest = max((depth[r] for r in step.refs), default=0)
            depth.append(deepest + (step.given.get("op") == "grad"))
        return 1 + max(depth, default=0)

    @property
    def ranks(self) -> frozenset[int]:
        """The ranks of its leaves."""
        return frozenset(len(leaf.shape) for leaf in self.leaves)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The arrays that it brings."""
        return tuple(leaf_of(s) for s in self.steps if s.verb == "leaf")

    @property
    def dtypes(self) -> frozenset[str]:
        """The dtypes that it names itself."""
        return frozenset(s.given["dtype"] for s in self.steps if "dtype" in s.given)

    def to_json(self) -> bytes:
        """The script as one line of JSON."""
        return msgspec.json.encode(self)

    def __str__(self) -> str:
        """The script as a person reads it."""
        from .text import lines

        return "\n".join(lines(self))


def _asked(step: Step) -> tuple[str, ...]:
    """What a step asks an engine for, beyond leaves, calls and `grads`."""
    if step.verb in ("leaf", "call", "value", "grads", "item", "leave", "same"):
        return ()
    if step.verb == "enter":
        return (step.given["mode"],)
    if step.verb == "backward":
        return (step.verb, *(("seed",) if len(step.of) > 1 else ()), *step.given)
    return (step.verb,)


def leaf_of(step: Step) -> Leaf:
    """The leaf that a step of verb `leaf` brings."""
    return msgspec.convert(step.given["leaf"], Leaf)


@dataclass(frozen=True, slots=True)
class Offer:
    """What an engine offers: verbs, ops, and of each op the slots that take plain numbers.

    `operators` are the ops that are served by Python's own.
    """

    verbs: frozenset[str] = frozenset()
    ops: frozenset[str] = frozenset()
    static: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()

    def takes(self, op: str, *of: int | Static) -> bool:
        """Whether the op is offered with plain numbers and values in these slots."""
        plain = {k for k, a in enumerate(of) if isinstance(a, Static)}
        return op in self.ops and {*self.static.get(op, ())} <= plain


class Builder:
    """Writes a script a step at a time; a step's number stands for its result.

    `offer` is what the engine offers, for the few checks that depend on it.
    """

    def __init__(self, offer: Offer | None = None) -> None:
        """An empty script."""
        self.offer = offer or Offer()
        self._steps: list[Step] = []
        self._expected: list[AnyExpectation] = []

    def script(self) -> Script:
        """What was written."""
        return Script(tuple(self._steps), tuple(self._expected))

    # Steps.

    def step(self, verb: str, *of: int | Static, **given: Any) -> Ref:
        """Any step; `given` holds what is not the result of a step, none left out."""
        kept = {k: encode(v) for k, v in given.items() if v is not None}
        self._steps.append(Step(verb, of, kept))
        return len(self._steps) - 1

    def leaf(
        self,
        array: Any,
        requires_grad: bool = True,
        dtype: str | None = None,
        layout: Layout = "C",
    ) -> Ref:
        """A leaf that records; in the run's dtype unless one is named."""
        leaf = Leaf.of(array, requires_grad, layout)
        return self.step("leaf", leaf=msgspec.to_builtins(leaf), dtype=dtype)

    def constant(self, array: Any, dtype: str | None = None, layout: Layout = "C") -> Ref:
        """A leaf that does not."""
        return self.leaf(array, requires_grad=False, dtype=dtype, layout=layout)

    def call(self, op: str, *of: int | Static | float, **params: Any) -> Ref:
        """An op; a float among `of` is a Python number, an integer the number of a step."""
        args = [Static(encode(a)) if isinstance(a, float) else a for a in of]
        return self.step("call", *args, op=op, params=params or None)

    def repeat(self, op: str, times: int, x: Ref, *others: Ref) -> Ref:
        """An op applied so often to its own result, first to x; `others` fill its other slots."""
        return self.step("repeat", x, *others, op=op, times=times)

    def grads(self, y: Ref, *leaves: Ref) -> Ref:
        """The gradient of y with respect to each leaf, as every style of engine gives it."""
        return self.step("grads", y, *leaves)

    def backward(self, y: Ref, *seed: Ref, **keywords: bool) -> Ref:
        """A sweep from y; keywords are `retain_graph` and `create_graph`."""
        return self.step("backward", y, *seed, **keywords)

    def get_grad(self, x: Ref) -> Ref:
        """What x holds as its gradient."""
        return self.step("get_grad", x)

    def value(self, x: Ref) -> Ref:
        """The array that x is."""
        return self.step("value", x)

    def enter(self, mode: str) -> Ref:
        """Begin a block under a mode, such as `no_grad`."""
        return self.step("enter", mode=mode)

    def leave(self, raising: bool = False) -> Ref:
        """End the innermost block; `raising`: by an exception."""
        return self.step("leave", raising=raising or None)

    # Expectations.

    def expect(self, *expectations: AnyExpectation) -> None:
        """Any expectation."""
        self._expected += expectations

    def equals(self, step: Ref, want: Any, why: str = "", **more: Any) -> None:
        """The step gives this array; `more` may hold `dtype` and `rounded`."""
        self.expect(Equals(step=step, want=Leaf.of(want), why=why, **more))

    def gradients(self, y: Ref, wanted: dict[Ref, Any], why: str = "", **more: Any) -> None:
        """The gradients of y with respect to some leaves, one `grads` step for all of them."""
        for x, want in zip(self.each_grad(y, *wanted), wanted.values(), strict=True):
            self.equals(x, want, why, **more)

    def each_grad(self, y: Ref, *leaves: Ref) -> list[Ref]:
        """A step for the gradient of y with respect to each leaf."""
        found = self.grads(y, *leaves)
        return [self.step("item", found, index=k) for k in range(len(leaves))]

    def choice(
        self,
        name: str,
        step: Ref,
        among: Mapping[str, Expectation],
        *,
        torch: str = "",
        jax: str = "",
        why: str = "",
    ) -> None:
        """One of these holds, by its label, and always the same one."""
        ways = tuple(Alternative(k, (cast(AnyExpectation, e),)) for k, e in among.items())
        self.expect(Choice(step=step, name=name, among=ways, torch=torch, jax=jax, why=why))

    def absent(self, step: Ref, why: str = "") -> None:
        """The step gives none."""
        self.expect(Absent(step=step, why=why))

    def flag(self, step: Ref, want: bool, why: str = "") -> None:
        """The step gives true, or false."""
        self.expect(Flag(step=step, want=want, why=why))

    def python(self, name: str, want: Json = True, why: str = "") -> Ref:
        """What the function of this name in `in_worker` gives; the engine has PyTorch's names."""
        step = self.step("python", name=name)
        self.expect(Returns(step=step, want=want, why=why))
        return step

    def raises(self, step: Ref, why: str = "", earlier: tuple[Ref, ...] = ()) -> None:
        """The step raises, or one of the earlier ones."""
        self.expect(Raises(step=step, why=why, earlier=earlier))

    def at_most(self, step: Ref, most: float, why: str = "") -> None:
        """The step gives a number that is no larger."""
        self.expect(AtMost(step=step, most=float(most), why=why))  # as it comes back from JSON

    def alike(self, step: Ref, to: Ref, why: str = "") -> None:
        """The step gives the same array as another one, bit for bit."""
        self.expect(Alike(step=step, to=to, why=why))

    def succeeds(self, step: Ref, why: str = "") -> None:
        """The step raises nothing."""
        self.expect(Succeeds(step=step, why=why))


def plain_params(step: Step) -> dict[str, Any]:
    """The keywords of a call."""
    return {k: decode(v) for k, v in (step.given.get("params") or {}).items()}


def shown(array: Any) -> str:
    """An array in one line."""
    text = np.array2string(np.asarray(array), separator=", ", threshold=64, floatmode="unique")
    return " ".join(text.split())
