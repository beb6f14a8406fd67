"""The table of rules: what a row is, and the two ways to run one.

A row has a forward and, for each input, a vjp (vector-Jacobian product: it takes the cotangent of
the output to the cotangent of that input).

- `forward(xp, *inputs, **params)` is written in array-API names over the namespace `xp`.
- `vjp(ops, g, out, *inputs, *, **params)` is written in rows of this table, reached as `ops.name`,
  and in operators. In a plain sweep `ops` works on bare arrays and nothing is recorded; under
  `create_graph` it works on tensors, the sweep records itself, and so it can be swept again.

The names of a vjp's parameters say what the forward must save for it: `x` is the saved value,
`x_shape` only its shape, and `_x` is not saved at all (None is passed). A row's vjps name the
output and all inputs or, if they need nothing, none of them; `params` stand behind a `*`.
Broadcasting and dtypes need no care: the sweep brings each cotangent to the shape and dtype of
its input.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, TypeAlias

from ..devices import Array, namespace

Forward: TypeAlias = Callable[..., Array]
Vjp: TypeAlias = Callable[..., Any]
Pick: TypeAlias = Callable[[Sequence[Any]], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. Of (out, *inputs), if it `saves` at all, places in `drops` are not kept for the
    vjps, and places in `shapes` only by their shape. Vjp i looks at the places `uses[i]`."""

    name: str
    forward: Forward
    vjps: Iterable[Vjp | None]
    saves: bool = False
    drops: tuple[int, ...] = ()
    shapes: tuple[int, ...] = ()
    uses: tuple[frozenset[int], ...] = ()
    picks: dict[int, Pick] = field(default_factory=dict, init=False, compare=False)

    def pick(self, live: int, places: int) -> Pick:
        """Picks what is kept if only the inputs in `live`, one bit each, require a gradient.

        It is given so many places and a None, which it takes for what is not kept.
        """
        if live not in self.picks:
            uses = [use for i, use in enumerate(self.uses) if live >> i & 1]
            unused = {i for i in range(places) if uses and not any(i in use for use in uses)}
            dropped = unused.union(self.drops)
            self.picks[live] = itemgetter(*(-1 if i in dropped else i for i in range(places)))
        return self.picks[live]


RULES: dict[str, Rule] = {}


def rule(name: str, forward: Forward, *vjps: Vjp | None) -> None:
    """Add a row; None stands for an input that has no derivative, no vjps for an op without."""
    names = [saved_names(vjp) if vjp else [] for vjp in vjps]
    uses = tuple(frozenset(i for i, n in enumerate(ns) if n[0] != "_") for ns in names)
    used = frozenset().union(*uses)
    drops = tuple(i for i in range(max(map(len, names), default=0)) if i not in used)
    shapes = tuple(i for i in used if any("_shape" in ns[i] for ns in names if ns))
    RULES[name] = Rule(name, forward, vjps, bool(used), drops, shapes, uses if used else ())


def saved_names(vjp: Vjp) -> list[str]:
    """The names of a vjp's parameters for (out, *inputs): after `ops` and `g`, before `*`."""
    parameters = list(inspect.signature(vjp).parameters.values())[2:]
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


def rule_of_many(name: str, forward: Forward, vjp: Vjp) -> None:
    """Add a row with any number of inputs; `vjp(i, ops, g, **params)` serves input i."""
    RULES[name] = Rule(name, forward, _Each(vjp))


class _Each:
    """The vjps of an op with any number of inputs, one after the other, without end."""

    def __init__(self, vjp: Vjp) -> None:
        self.vjp = vjp

    def __iter__(self) -> Iterator[Vjp]:
        return (partial(self.vjp, i) for i in itertools.count())


class ArrayOps:
    """The rows' forwards on bare arrays of one namespace: `ops.exp(x)`, `ops.sum(x, dim=0)`."""

    def __init__(self, xp: Any) -> None:
        """Bind the rows to the namespace `xp`."""
        self.xp = xp

    def __getattr__(self, name: str) -> Callable[..., Array]:
        """The forward of the row of this name."""
        if name not in RULES:
            raise AttributeError(name)
        op = partial(RULES[name].forward, self.xp)
        setattr(self, name, op)  # found directly from now on
        return op


class _OpsOf(dict[Any, Any]):
    """The rows as they work on values of some type, made when first asked for."""

    def __missing__(self, kind: type | None) -> Any:
        if kind is None:
            raise TypeError("an operation needs at least one tensor")
        xp = namespace(kind)
        known = (ops for ops in self.values() if getattr(ops, "xp", None) is xp)
        self[kind] = next(known, None) or ArrayOps(xp)
        return self[kind]


OPS_OF = _OpsOf()
