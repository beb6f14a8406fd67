"""Where to look: the inputs given, and inputs derived from them at which gradients go wrong.

>>> import numpy as np
>>> names = [name for name, _ in derived([np.array([0.5, -2.0])], seed=0)]
>>> names[:3], len(names)
(['given', 'plain', 'large'], 16)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...oracles.program import Array
from .subjects import differentiable

Draw = np.random.Generator
FEW = 8
"""At most so many entries of an array become special at once."""
FACTORS = (1e-7, 1e-4, 1e-2, 10.0, 100.0, 1e4)


def derived(inputs: list[Array], seed: int) -> Iterator[tuple[str, list[Array]]]:
    """The inputs, then what is made of them, each with a name. A function of the seed."""
    yield "given", inputs
    for number, (name, change) in enumerate(CHANGES.items()):
        draw = np.random.default_rng([seed, number])
        yield name, _each(inputs, lambda x, c=change, d=draw: c(x, d))  # type: ignore[misc]
    for factor in FACTORS:
        yield f"times {factor:g}", _each(inputs, lambda x, k=factor: x * k)  # type: ignore[misc]
    shapes = {x.shape for x in inputs if differentiable(x)}
    if len(inputs) > 1 and len(shapes) == 1:
        first = next(x for x in inputs if differentiable(x))
        yield "all the same", _each(inputs, lambda _: first.copy())


def _each(inputs: list[Array], change: Callable[[Array], Array]) -> list[Array]:
    with np.errstate(all="ignore"):
        return [change(x) if differentiable(x) and x.size else x for x in inputs]


def _signs(x: Array) -> Array:
    return np.where(x < 0, -1.0, 1.0)


def _some(x: Array, draw: Draw) -> Array:
    """A mask of a third of the entries, one at least."""
    mask = np.zeros(x.size, dtype=bool)
    mask[draw.permutation(x.size)[: min(FEW, max(1, x.size // 3))]] = True
    return mask.reshape(x.shape)


def _ties(x: Array, draw: Draw) -> Array:
    """Some entries become copies of one that is left."""
    mask = _some(x, draw)
    return np.where(mask, x[~mask][0] if x.size > 1 else x, x)


CHANGES: dict[str, Callable[[Array, Draw], Array]] = {
    "plain": lambda x, draw: _signs(x) * draw.uniform(0.2, 2.0, x.shape),
    "large": lambda x, draw: _signs(x) * draw.uniform(3.5, 8.0, x.shape),
    "large, signs changed": lambda x, draw: -_signs(x) * draw.uniform(3.5, 8.0, x.shape),
    "zeros": lambda x, draw: np.where(_some(x, draw), 0.0, x),
    "ones": lambda x, draw: np.where(_some(x, draw), _signs(x), x),
    "ties": _ties,
    "all equal": lambda x, draw: np.full(x.shape, x.flat[0]),
    "whole": lambda x, draw: _signs(x) * draw.integers(1, 4, x.shape),
    "negated": lambda x, draw: -x,
}
