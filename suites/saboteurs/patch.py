"""Breaking one thing in the engine while a block lasts: an attribute, a row, a vjp.

The engine comes as an argument: it is imported by its adapter alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any

Breakage = Callable[[Any], AbstractContextManager[None]]


@contextmanager
def attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Another value in place of an attribute of a module or class."""
    own, before = name in vars(owner), getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)  # found in a base again


@contextmanager
def together(*patches: AbstractContextManager[None]) -> Iterator[None]:
    """Several patches, undone in reverse order."""
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield


def each(*breakages: Breakage) -> Breakage:
    """Several breakages, each of what the ones before have left; so of several slots of a row."""

    @contextmanager
    def apply(engine: Any) -> Iterator[None]:
        with ExitStack() as stack:
            for breakage in breakages:
                stack.enter_context(breakage(engine))
            yield

    return apply


@contextmanager
def row(engine: Any, name: str, **changes: Any) -> Iterator[None]:
    """Another row in the rule table, alike but for `changes`."""
    rules = engine.rules.RULES
    before = rules[name]
    rules[name] = replace(before, **changes)
    _forget(engine, name)
    try:
        yield
    finally:
        rules[name] = before
        _forget(engine, name)


def _forget(engine: Any, name: str) -> None:
    """The engine keeps each forward that a vjp has asked for."""
    for ops in engine.rules.OPS_OF.values():
        vars(ops).pop(name, None)


def vjp(name: str, wrong: Callable[..., Any], slot: int = 0) -> Breakage:
    """Another vjp for one slot of a row: `wrong(right, ops, g, out, *inputs, **params)`.

    `right(g, **changes)` is what the row would have given, perhaps with other parameters. All that
    the forward had is saved, so that a wrong rule can look at what the right one does without.
    """

    def apply(engine: Any) -> AbstractContextManager[None]:
        rule = engine.rules.RULES[name]

        def adapted(old: Any) -> Any:
            """The old vjp, given what it would have been given."""
            if old is None:
                return None
            return lambda ops, g, *saved, **params: old(ops, g, *_kept(rule, saved), **params)

        vjps = [adapted(old) for old in rule.vjps]
        old = vjps[slot]

        def broken(ops: Any, g: Any, *saved: Any, **params: Any) -> Any:
            def right(g: Any, **changes: Any) -> Any:
                return old(ops, g, *saved, **params | changes)

            return wrong(right, ops, g, *saved, **params)

        vjps[slot] = broken
        return row(engine, name, vjps=tuple(vjps), saves=True, drops=(), shapes=(), uses=())

    return apply


def _kept(rule: Any, saved: Sequence[Any]) -> tuple[Any, ...]:
    """(out, *inputs) as far as a row saves them."""
    if not rule.saves:
        return ()
    return tuple(
        None if i in rule.drops else tuple(x.shape) if i in rule.shapes else x
        for i, x in enumerate(saved)
    )


def scaled(name: str, factor: float, slot: int = 0) -> Breakage:
    """The gradients of one slot of a row, times a factor."""
    return vjp(name, lambda right, ops, g, *_, **__: factor * right(g), slot)


def saving(name: str, change: Callable[[Any], Any]) -> Breakage:
    """What one row saves, changed; what every row saves, if `name` is empty."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        saved_by = engine.apply.saved_by

        def save(rule: Any, saved: list[Any], live: int) -> Any:
            kept = saved_by(rule, saved, live)
            return tuple(change(x) for x in kept) if name in ("", rule.name) else kept

        return attribute(engine.apply, "saved_by", save)

    return apply
