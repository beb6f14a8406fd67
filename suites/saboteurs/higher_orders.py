"""Faults that the checks of L7 catch: sweeps that are to be swept themselves."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .patch import attribute, each, vjp
from .saboteur import Saboteur


def _recorded_to(limit: int) -> Any:
    """A sweep whose root came out of `limit` recorded sweeps is not recorded itself."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        sweep = engine.autograd.sweep
        depths: Any = WeakKeyDictionary()

        def counting(seeds: Any, wanted: Any, retain_graph: bool, record: bool) -> Any:
            roots = list(seeds)
            depth = max(depths.get(root, 0) for root, _ in roots)
            found = sweep(roots, wanted, retain_graph, record and depth < limit)
            for g in found.values():
                if getattr(g, "node", None) is not None:
                    depths[g.node] = depth + 1
            return found

        return attribute(engine.autograd, "sweep", counting)

    return apply


def _product_unrecorded(engine: Any) -> AbstractContextManager[None]:
    """What the backward of a matrix product gives is a constant to the next sweep."""

    def cut(right: Any, ops: Any, g: Any, *_: Any, **__: Any) -> Any:
        d = right(g)
        return d.detach() if isinstance(d, engine.Tensor) else d

    return each(vjp("matmul", cut, 0), vjp("matmul", cut, 1))(engine)


def _others_constant(engine: Any) -> AbstractContextManager[None]:
    """In a recorded sweep multiply takes a leaf beside its operand's own for a constant."""

    def other(leaf: Any, mine: Any) -> bool:
        if not isinstance(leaf, engine.Tensor) or leaf.node is None or not leaf.is_leaf:
            return False
        return mine.node is None or leaf.node not in engine.graph.leading_to(
            {leaf.node}, [mine.node]
        )

    def first(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
        return g * y.detach() if other(y, x) else right(g)

    def second(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
        return g * x.detach() if other(x, y) else right(g)

    return each(vjp("mul", first, 0), vjp("mul", second, 1))(engine)


def _constant_refused(engine: Any) -> AbstractContextManager[None]:
    grad = engine.autograd.grad

    def refusing(*args: Any, **options: Any) -> Any:
        found = grad(*args, **options)
        if options.get("create_graph") and any(g.is_leaf for g in found if g is not None):
            raise RuntimeError("a gradient has no graph, though create_graph was asked for")
        return found

    return attribute(engine.autograd, "grad", refusing)


def _kept_detached(engine: Any) -> AbstractContextManager[None]:
    accumulate = engine.autograd.accumulate

    def detached(node: Any, gradient: Any) -> None:
        accumulate(node, gradient.detach())

    return attribute(engine.autograd, "accumulate", detached)


def _zeros_skipped(engine: Any) -> AbstractContextManager[None]:
    sweep = engine.autograd.sweep

    def skipping(seeds: Any, *rest: Any) -> Any:
        return sweep([(root, g) for root, g in seeds if np.any(getattr(g, "array", g))], *rest)

    return attribute(engine.autograd, "sweep", skipping)


ROWS = (
    Saboteur("unrecorded", "create_graph is ignored: no sweep is recorded",
             "graphs", "state", _recorded_to(0), check="H1"),
    Saboteur("product_unrecorded", "the backward of a matrix product is not recorded",
             "graphs", "state", _product_unrecorded, check="H2"),
    Saboteur("others_constant", "in a recorded sweep other leaves, as parameters and seeds are, are"
             " constants", "graphs", "state", _others_constant, check="H3 H4 H6"),
    Saboteur("constant_refused", "a derivative that does not depend on anything is an error",
             "graphs", "state", _constant_refused, check="H5"),
    Saboteur("kept_detached", "a gradient is detached where it is kept, create_graph or not",
             "graphs", "state", _kept_detached, check="H7"),
    Saboteur("zeros_skipped", "a seed of zeros is taken for nothing to sweep",
             "seeds", "state", _zeros_skipped, check="H8"),
    Saboteur("twice_at_most", "a sweep of a sweep of a sweep is not recorded",
             "graphs", "state", _recorded_to(2), check="H10"),
)  # fmt: skip
