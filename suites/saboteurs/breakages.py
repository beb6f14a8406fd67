"""The breakages: each takes the engine's package and breaks one thing in it while a block lasts.

The engine comes as an argument: it is imported by its adapter alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import Any

Breakage = Callable[[Any], AbstractContextManager[None]]


@contextmanager
def attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Another value in place of an attribute of a module or class."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def row(engine: Any, name: str, **changes: Any) -> Iterator[None]:
    """Another row in the rule table, alike but for `changes`."""
    rules = engine.rules.RULES
    before = rules[name]
    rules[name] = replace(before, **changes)
    try:
        yield
    finally:
        rules[name] = before


# ---- one op ------------------------------------------------------------------------------------


def scaled(name: str, factor: float) -> Breakage:
    """The gradients of one op, times a factor."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        (vjp,) = engine.rules.RULES[name].vjps
        return row(engine, name, vjps=(lambda *args, **params: factor * vjp(*args, **params),))

    return apply


def swapped(engine: Any) -> AbstractContextManager[None]:
    """Each operand of a quotient gets the other's gradient."""
    of_x, of_y = engine.rules.RULES["div"].vjps
    return row(engine, "div", vjps=(of_y, of_x))


def square(engine: Any) -> AbstractContextManager[None]:
    """A transpose is forgotten where shapes do not tell."""
    of_x, of_y = engine.rules.RULES["matmul"].vjps

    def of_left(ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
        if y.shape[-1] == y.shape[-2]:
            return ops.matmul(g, y)
        return of_x(ops, g, out, x, y)

    return row(engine, "matmul", vjps=(of_left, of_y))


def no_gradient(engine: Any) -> AbstractContextManager[None]:
    """An exponent is taken for a constant."""
    of_base, _ = engine.rules.RULES["pow"].vjps
    return row(engine, "pow", vjps=(of_base, None))


def in_place(engine: Any) -> AbstractContextManager[None]:
    """relu(x) is left in x, as if it had been asked to save memory."""
    forward = engine.rules.RULES["relu"].forward

    def into_input(xp: Any, x: Any) -> Any:
        out = forward(xp, x)
        with suppress(TypeError, ValueError):  # numpy's scalars and broadcast views refuse
            x[...] = out
        return out

    return row(engine, "relu", forward=into_input)


def stale(engine: Any) -> AbstractContextManager[None]:
    """tanh keeps what backward needs with the op and not with the call."""
    saved_by = engine.apply.saved_by
    kept: list[Any] = []

    def save(rule: Any, saved: list[Any]) -> list[Any]:
        if rule.name != "tanh":
            return saved_by(rule, saved)  # type: ignore[no-any-return]
        kept[:] = saved_by(rule, saved)
        return kept

    return attribute(engine.apply, "saved_by", save)


# ---- the machine -------------------------------------------------------------------------------


def single_precision(engine: Any) -> AbstractContextManager[None]:
    """Cotangents are summed in float32."""
    add, ops_of = engine.sweep.Cotangents.add, engine.rules.OPS_OF

    def rounded(self: Any, node: Any, g: Any) -> None:
        astype = ops_of[type(g)].astype
        add(self, node, astype(astype(g, dtype=engine.float32), dtype=g.dtype))

    return attribute(engine.sweep.Cotangents, "add", rounded)


def no_unbroadcast(engine: Any) -> AbstractContextManager[None]:
    """A cotangent stays in the broadcast shape."""
    return attribute(engine.sweep, "unbroadcast", lambda ops, g, shape: g)


def overwriting(first: int) -> Breakage:
    """From its `first`-th contribution on, a cotangent is overwritten by each."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        add = engine.sweep.Cotangents.add

        def overwrite(self: Any, node: Any, g: Any) -> None:
            uses = vars(self).setdefault("uses", Counter())
            uses[node] += 1
            if uses[node] < first:
                add(self, node, g)
            else:
                self._sums[node] = g

        return attribute(engine.sweep.Cotangents, "add", overwrite)

    return apply


def aliasing(engine: Any) -> AbstractContextManager[None]:
    """A call's parents are told apart by `is`: one that comes again is taken for a constant."""
    node = engine.apply.Node

    def once(out: Any, rule: Any, parents: tuple[Any, ...], *rest: Any) -> Any:
        firsts = tuple(None if p in parents[:i] else p for i, p in enumerate(parents))
        return node(out, rule, firsts, *rest)

    return attribute(engine.apply, "Node", once)
