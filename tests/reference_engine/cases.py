"""Every operation of the engine as a line of data: a name, a function, and its inputs.

A function takes the namespace (the engine, or PyTorch) and its tensors, so one line states the
program for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    name: str
    f: Callable[..., Any]
    arrays: tuple[np.ndarray[Any, Any], ...]


def smooth(*shape: int) -> np.ndarray[Any, Any]:
    """Entries of both signs, far from 0 and from each other."""
    n = int(np.prod(shape))
    entries = (np.arange(n) * 7 % max(n, 1) + 0.7) / max(n, 1) * 2 - 1.03
    return np.asarray(entries.reshape(shape))


def positive(*shape: int) -> np.ndarray[Any, Any]:
    return np.asarray(np.abs(smooth(*shape)) + 0.4)


BROADCASTS = [
    ((), ()),
    ((3,), ()),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((4, 1, 3), (2, 1)),
    ((0, 3), (1, 3)),
]

UNARY = ["neg", "exp", "sin", "cos", "tanh", "abs", "relu", "clone"]
UNARY_POSITIVE = ["log", "sqrt"]
BINARY = ["add", "sub", "mul", "div", "maximum", "minimum"]
OPERATORS: dict[str, Callable[..., Any]] = {
    "x + y": lambda m, x, y: x + y,
    "x - y": lambda m, x, y: x - y,
    "x * y": lambda m, x, y: x * y,
    "x / y": lambda m, x, y: x / y,
    "x**y": lambda m, x, y: (x * x + 0.5) ** y,
    "where": lambda m, x, y: m.where(x > y, x * x, y * 3),
    "where one number": lambda m, x, y: m.where(x > y, x * y, 0.0),
}
NUMBERS: dict[str, Callable[..., Any]] = {
    "x + 2": lambda m, x: x + 2,
    "2 + x": lambda m, x: 2 + x,
    "x - 2": lambda m, x: x - 2,
    "1 - x": lambda m, x: 1 - x,
    "x * 3": lambda m, x: x * 3,
    "3 * x": lambda m, x: 3 * x,
    "x / 3": lambda m, x: x / 3,
    "1 / x": lambda m, x: 1 / x,
    "x**0": lambda m, x: x**0,
    "x**1": lambda m, x: x**1,
    "x**2": lambda m, x: x**2,
    "x**3": lambda m, x: x.pow(3),
    "x**-1": lambda m, x: x**-1,
    "2**x": lambda m, x: 2**x,
    "-x": lambda m, x: -x,
    "abs(x)": lambda m, x: abs(x),
    "nn.functional.relu": lambda m, x: m.nn.functional.relu(x),
    "x * x": lambda m, x: x * x,
    "x - x": lambda m, x: x - x,
    "x / x": lambda m, x: x / x,
    "detached": lambda m, x: x * x.detach(),
    "to and fro": lambda m, x: x.to(m.float32).to(m.float64) * x,
}
REDUCTIONS = ["sum", "mean", "amax", "amin"]
DIMS: list[Any] = [0, 1, -1, (0, 2), (-1, 0)]
LAYOUTS: dict[str, Callable[..., Any]] = {
    "reshape": lambda m, x: m.reshape(x, (4, 6)),
    "reshape -1": lambda m, x: x.reshape(-1),
    "view": lambda m, x: x.view(3, 8),
    "permute": lambda m, x: m.permute(x, (2, 0, 1)),
    "permute method": lambda m, x: x.permute(0, -1, 1),
    "transpose": lambda m, x: x.transpose(0, -1),
    "T": lambda m, x: x[0].T,
    "t": lambda m, x: x[1].t(),
    "mT": lambda m, x: x.mT,
    "unsqueeze": lambda m, x: m.unsqueeze(x, -2),
    "squeeze": lambda m, x: x[:, :1].squeeze(),
    "squeeze dim": lambda m, x: x[:, :1].squeeze(1),
    "squeeze nothing": lambda m, x: x.squeeze(0),
    "expand": lambda m, x: x.expand(5, -1, 3, 4),
    "broadcast_to": lambda m, x: m.broadcast_to(x[:, :1], (2, 3, 4)),
    "flip": lambda m, x: m.flip(x, (0, -1)),
    "movedim": lambda m, x: m.movedim(x, 0, 2),
    "cat": lambda m, x: m.cat([x, x * x, x[:1]], dim=0),
    "cat dim": lambda m, x: m.cat((x[:, :1], x), dim=-2),
    "cat the same twice": lambda m, x: m.concat([x, x], dim=1),
    "stack": lambda m, x: m.stack([x, x * x], dim=-1),
    "max of all": lambda m, x: m.max(x),
    "max along": lambda m, x: m.max(x, 1).values,
    "max kept": lambda m, x: x.max(dim=-1, keepdim=True)[0],
    "min of all": lambda m, x: x.min(),
    "min along": lambda m, x: m.min(x, dim=0)[0],
    "prod of all": lambda m, x: m.prod(x[0, 0]),
    "prod along": lambda m, x: m.prod(x, dim=1),
    "prod kept": lambda m, x: x.prod(-1, keepdim=True),
    "gather": lambda m, x: m.gather(x, 1, m.tensor([[[0, 1, 1, 2], [2, 2, 0, 0]]])),
}
KEYS: dict[str, Callable[..., Any]] = {
    "number": lambda m: 1,
    "negative number": lambda m: -1,
    "three numbers": lambda m: (1, 2, 3),
    "slice": lambda m: slice(0, 1),
    "step": lambda m: (slice(None), slice(None, None, 2)),
    "ellipsis": lambda m: (..., 1),
    "new axis": lambda m: (None, 1, ..., None),
    "list": lambda m: [0, 1, 1],
    "list inside": lambda m: (slice(None), [2, 0, 2]),
    "tensor": lambda m: m.tensor([[0, 1], [1, 1]]),
    "tensor number": lambda m: m.tensor(1),
    "two lists": lambda m: ([0, 1, 0], [2, 2, 2]),
    "number, slice, list": lambda m: (0, slice(None), [1, 1, 3]),
    "list, slice, list": lambda m: ([0, 1], slice(None), [1, 1]),
    "mask": lambda m: m.tensor([True, False]),
    "mask of all": lambda m: m.arange(24).reshape(2, 3, 4) > 7,
    "number, mask": lambda m: (1, m.tensor([True, False, True])),
    "nothing": lambda m: slice(0, 0),
    "empty list": lambda m: [],
}
PRODUCTS = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((6, 1, 2, 3), (5, 3, 4)), ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
]  # fmt: skip


def named(name: str) -> Callable[..., Any]:
    return lambda m, *xs: getattr(m, name)(*xs)


def method(name: str) -> Callable[..., Any]:
    return lambda m, x, *xs: getattr(x, name)(*xs)


def reduction(name: str, dim: Any, keepdim: bool) -> Callable[..., Any]:
    return lambda m, x: getattr(m, name)(x, dim=dim, keepdim=keepdim)


def indexed(key: Callable[..., Any]) -> Callable[..., Any]:
    return lambda m, x: x[key(m)]


def all_cases() -> list[Case]:
    """The whole list."""
    from .further_cases import further_cases

    return [*elementwise(), *reductions(), *shapes(), *products(), *further_cases()]


def elementwise() -> Iterator[Case]:
    for name in UNARY + UNARY_POSITIVE:
        data = positive if name in UNARY_POSITIVE else smooth
        for shape in [(), (1,), (2, 3), (0, 2)]:
            yield Case(f"{name} {shape}", named(name), (data(*shape),))
        yield Case(f"{name} method", method(name), (data(3),))
    for left, right in BROADCASTS:
        pair = (smooth(*left), positive(*right) + 0.013)
        for name in BINARY:
            yield Case(f"{name} {left} {right}", named(name), pair)
        for name, f in OPERATORS.items():
            yield Case(f"{name} {left} {right}", f, pair)
    for name, f in NUMBERS.items():
        for shape in [(), (2, 3)]:
            yield Case(f"{name} {shape}", f, (smooth(*shape),))


def reductions() -> Iterator[Case]:
    for name in REDUCTIONS:
        yield Case(f"{name} of one", named(name), (smooth(),))
        yield Case(f"{name} of all", named(name), (smooth(2, 3, 4),))
        for dim in DIMS:
            for keepdim in (False, True):
                f = reduction(name, dim, keepdim)
                yield Case(f"{name} dim={dim} keepdim={keepdim}", f, (smooth(2, 3, 4),))
    for zeros in [[], [1], [0, 2], [0, 1, 2]]:
        x = smooth(3)
        x[zeros] = 0.0
        yield Case(f"prod, zeros at {zeros}", named("prod"), (x,))
        yield Case(f"prod of columns, zeros at {zeros}", columns, (np.stack([x, x + 1]),))


def columns(m: Any, x: Any) -> Any:
    return m.prod(x, 0)


def shapes() -> Iterator[Case]:
    for name, f in LAYOUTS.items():
        yield Case(name, f, (smooth(2, 3, 4),))
    for name, key in KEYS.items():
        yield Case(f"x[{name}]", indexed(key), (smooth(2, 3, 4),))


def products() -> Iterator[Case]:
    for left, right in PRODUCTS:
        pair = (smooth(*left), positive(*right))
        yield Case(f"matmul {left} {right}", named("matmul"), pair)
    yield Case("x @ y", lambda m, x, y: x @ y, (smooth(2, 3), smooth(3, 2)))
    yield Case("mm", named("mm"), (smooth(2, 3), smooth(3, 2)))
