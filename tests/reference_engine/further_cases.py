"""Elementary functions, statistics, rearranging and products over chosen axes, as in `cases`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .cases import BROADCASTS, DIMS, Case, method, named, positive, smooth

UNARY = [
    "expm1", "exp2", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "atanh", "square",
    "reciprocal", "sigmoid", "arcsin", "arccos", "arctan", "arcsinh", "arctanh",
]  # fmt: skip
UNARY_POSITIVE = ["log1p", "log2", "log10", "rsqrt"]
BINARY = ["atan2", "arctan2", "hypot", "logaddexp"]
SPACES: dict[str, Callable[..., Any]] = {
    "acosh": lambda m, x: m.acosh(x * x + 1.1),
    "arccosh": lambda m, x: x.cosh().arccosh(),
    "special.expit": lambda m, x: m.special.expit(x),
    "special.expm1": lambda m, x: m.special.expm1(x) + m.special.log1p(x * x) + m.special.exp2(x),
    "nn.functional.softplus": lambda m, x: m.nn.functional.softplus(x),
    "nn.functional.softplus beta": lambda m, x: m.nn.functional.softplus(x, beta=3),
    "clamp": lambda m, x: m.clamp(x, -0.4, 0.3),
    "clamp min": lambda m, x: x.clamp(min=0),
    "clamp max": lambda m, x: m.clip(x, max=0.1),
    "clamp crossed": lambda m, x: m.clamp(x, 0.5, -0.2),
}
CLAMPS: dict[str, Callable[..., Any]] = {
    "clamp by tensors": lambda m, x, y: m.clamp(x, y - 0.9, y - 0.4),
    "clamp min by a tensor": lambda m, x, y: m.clamp(x, min=y - 0.9),
    "clamp max by a tensor": lambda m, x, y: m.clip(x, max=y - 0.9),
    "clamp by crossed tensors": lambda m, x, y: m.clamp(x, y, y - 0.9),
}

STATISTICS: dict[str, Callable[..., Any]] = {
    "var of all": lambda m, x: m.var(x),
    "std of all": lambda m, x: x.std(),
    "var correction": lambda m, x: m.var(x, (0, 2), correction=2, keepdim=True),
    "std fraction": lambda m, x: m.std(x, -1, correction=0.5),
    "logsumexp of all": lambda m, x: m.logsumexp(x, (0, 1, 2)),
    "special": lambda m, x: m.special.softmax(x, 0) + m.special.log_softmax(x, 1) * 2,
    "special.logsumexp": lambda m, x: m.special.logsumexp(x * 100, 1),
    "logsumexp of large": lambda m, x: m.logsumexp(x * 3 + 1e4, 0),
    "softmax of large": lambda m, x: m.softmax(x * 3 + 1e4, 0),
    "nn.functional.softmax": lambda m, x: m.nn.functional.softmax(x, dim=-1),
    "nn.functional.log_softmax": lambda m, x: m.nn.functional.log_softmax(x, dim=0),
    "sort": lambda m, x: m.sort(x).values,
    "sort dim": lambda m, x: x.sort(0)[0],
    "sort descending": lambda m, x: m.sort(x, dim=1, descending=True)[0],
    "sort ties": lambda m, x: m.sort(m.clamp(x, -0.2, 0.2), stable=True)[0] * x,
    "sort ties descending": lambda m, x: (
        m.sort(m.sign(x), dim=1, descending=True, stable=True)[1] * x
    ),
    "argsort": lambda m, x: m.argsort(x, 1) * x,
}
ALONG = ["softmax", "log_softmax", "cumsum", "cumprod"]

REARRANGED: dict[str, Callable[..., Any]] = {
    "moveaxis": lambda m, x: m.moveaxis(x, -1, 0),
    "movedim of two": lambda m, x: m.movedim(x, (0, 1), (2, 0)),
    "movedim of all": lambda m, x: x.movedim((2, 0, 1), (0, -1, 1)),
    "flip one": lambda m, x: m.flip(x, (1,)),
    "flip nothing": lambda m, x: m.flip(x, ()),
    "roll all": lambda m, x: m.roll(x, 1, ()),
    "roll": lambda m, x: m.roll(x, 5),
    "roll dim": lambda m, x: m.roll(x, -1, 1),
    "roll dims": lambda m, x: x.roll((1, -2), (0, 2)),
    "roll one dim twice": lambda m, x: x.roll((1, 2), (2, 2)),
    "repeat_interleave": lambda m, x: m.repeat_interleave(x, 2),
    "repeat_interleave dim": lambda m, x: x.repeat_interleave(3, dim=1),
    "repeat_interleave none": lambda m, x: m.repeat_interleave(x, 0, -1),
    "tile": lambda m, x: m.tile(x, (2, 1, 3)),
    "tile few": lambda m, x: m.tile(x, (2,)),
    "tile many": lambda m, x: x.tile(2, 1, 2, 1),
    "stack front": lambda m, x: m.stack((x, x * x, x)),
    "split": lambda m, x: weighted(m.split(x, 2, 1)),
    "split lengths": lambda m, x: weighted(x.split([1, 0, 3], dim=-1)),
    "one of a split": lambda m, x: m.split(x, 3, 2)[0],
    "tensor_split": lambda m, x: weighted(m.tensor_split(x, 3, dim=2)),
    "tensor_split at": lambda m, x: weighted(m.tensor_split(x, (1, 3), dim=2)),
    "chunk": lambda m, x: weighted(m.chunk(x, 3, -1)),
    "pad": lambda m, x: m.nn.functional.pad(x, (1, 2)),
    "pad value": lambda m, x: m.nn.functional.pad(x, (1, 0, 0, 2, 1, 1), value=3.5),
    "pad negative": lambda m, x: m.nn.functional.pad(x, (-1, 2, 1, -2), "constant", -1.0),
    "pad nothing": lambda m, x: m.nn.functional.pad(x, (0, 0)),
    "constant_pad_nd": lambda m, x: m.constant_pad_nd(x, (0, 1, 2, 0), 2.0),
    "diagonal": lambda m, x: m.diagonal(x),
    "diagonal above": lambda m, x: m.diagonal(x, 1, 1, 2),
    "diagonal below": lambda m, x: x.diagonal(-1, 2, 0),
    "diagonal outside": lambda m, x: m.diagonal(x, 7),
    "linalg.diagonal": lambda m, x: m.linalg.diagonal(x, offset=-1),
    "tril": lambda m, x: m.tril(x),
    "tril above": lambda m, x: x.tril(1),
    "triu": lambda m, x: m.triu(x, diagonal=-1),
    "take_along_dim": lambda m, x: m.take_along_dim(x, m.tensor([[[0, 2, 2, 1]]]), 1),
    "take_along_dim broadcasts x": lambda m, x: m.take_along_dim(
        x[:, :1], m.tensor([[[3, 3], [0, 1], [2, 0]]]), -1
    ),
    "take_along_dim flat": lambda m, x: m.take_along_dim(x, m.tensor([[5, 5], [0, 23]])),
    "index_select": lambda m, x: m.index_select(x, 1, m.tensor([2, 2, 0])),
    "take": lambda m, x: m.take(x, m.tensor([[5, 5], [0, 23]])),
    "gather few": lambda m, x: x.gather(-1, m.tensor([[[3, 3], [0, 1]]])),
}
PRODUCTS: dict[str, tuple[Callable[..., Any], tuple[int, ...], tuple[int, ...]]] = {
    "outer": (lambda m, x, y: m.outer(x, y), (3,), (2,)),
    "outer of nothing": (lambda m, x, y: m.outer(x, y), (3,), (0,)),
    "vecdot": (lambda m, x, y: m.linalg.vecdot(x, y), (2, 3), (3,)),
    "vecdot dim": (lambda m, x, y: m.linalg.vecdot(x, y, dim=0), (4, 1, 3), (4, 2, 1)),
    "tensordot": (lambda m, x, y: m.tensordot(x, y), (2, 3, 4), (3, 4, 5)),
    "tensordot 1": (lambda m, x, y: m.tensordot(x, y, dims=1), (2, 3), (3, 2, 2)),
    "tensordot 0": (lambda m, x, y: m.tensordot(x, y, dims=0), (2, 3), (2,)),
    "tensordot pairs": (
        lambda m, x, y: m.tensordot(x, y, ([2, 0], [1, -1])), (2, 3, 4), (5, 4, 2),
    ),
    "tensordot to a number": (lambda m, x, y: m.tensordot(x, y, 2), (2, 3), (2, 3)),
    "tensordot empty": (lambda m, x, y: m.tensordot(x, y, 1), (2, 0), (0, 3)),
}  # fmt: skip


def weighted(parts: Any) -> Any:
    """A number to which each part counts differently."""
    return sum((k + 1) * (part * part).sum() for k, part in enumerate(parts))


def further_cases() -> Iterator[Case]:
    yield from elementary()
    yield from statistics()
    for name, f in REARRANGED.items():
        yield Case(name, f, (smooth(2, 3, 4),))
    for name, (f, left, right) in PRODUCTS.items():
        yield Case(name, f, (smooth(*left), positive(*right)))


def elementary() -> Iterator[Case]:
    for name in UNARY + UNARY_POSITIVE:
        data = positive if name in UNARY_POSITIVE else inside
        for shape in [(), (2, 3), (0, 2)]:
            yield Case(f"{name} {shape}", named(name), (data(*shape),))
        yield Case(f"{name} method", method(name), (data(3),))
    for name, f in SPACES.items():
        yield Case(name, f, (smooth(2, 3),))
    for left, right in BROADCASTS:
        pair = (smooth(*left), positive(*right) + 0.013)
        for name in BINARY:
            yield Case(f"{name} {left} {right}", named(name), pair)
        for name, f in CLAMPS.items():
            yield Case(f"{name} {left} {right}", f, pair)


def inside(*shape: int) -> np.ndarray[Any, Any]:
    """Entries of both signs, less than 1."""
    return smooth(*shape) * 0.9


def statistics() -> Iterator[Case]:
    for name, f in STATISTICS.items():
        yield Case(name, f, (smooth(2, 3, 4),))
    for name in ("var", "std", "logsumexp"):
        for dim in DIMS:
            for keepdim in (False, True):
                f = spread(name, dim, keepdim)
                yield Case(f"{name} dim={dim} keepdim={keepdim}", f, (smooth(2, 3, 4),))
    for name in ALONG:
        yield Case(f"{name} of one", along(name, 0), (smooth(),))
        yield Case(f"{name} of nothing", along(name, 1), (smooth(2, 0),))
        for dim in (0, 1, -1):
            yield Case(f"{name} dim={dim}", along(name, dim), (smooth(2, 3, 4),))
    for zeros in [[0], [2], [1, 2], [0, 3], [0, 1, 2, 3]]:
        x = smooth(4)
        x[zeros] = 0.0
        yield Case(f"cumprod, zeros at {zeros}", along("cumprod", 0), (x,))
        yield Case(f"cumprod of columns, zeros at {zeros}", along("cumprod", 0), (turned(x),))


def spread(name: str, dim: Any, keepdim: bool) -> Callable[..., Any]:
    return lambda m, x: getattr(m, name)(x, dim=dim, keepdim=keepdim)


def along(name: str, dim: int) -> Callable[..., Any]:
    return lambda m, x: getattr(m, name)(x, dim=dim)


def turned(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.stack([x, x + 1], axis=1)
