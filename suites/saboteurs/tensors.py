"""Faults that the checks of L2 catch: shapes, seeds, dtypes, slices, layouts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .patch import Breakage, attribute, row, together, vjp
from .saboteur import Saboteur
from .scalars import last_of_each, nodes_with

# ---- shapes ------------------------------------------------------------------------------------


def _new_axes_only(engine: Any) -> AbstractContextManager[None]:
    """Axes that were added in front are summed away; those that were stretched are not."""

    def undone(ops: Any, g: Any, shape: tuple[int, ...]) -> Any:
        lead = len(g.shape) - len(shape)
        return ops.sum(g, dim=tuple(range(lead)), keepdim=False) if lead > 0 else g

    return attribute(engine.sweep, "unbroadcast", undone)


def unbroadcast_unless(skipped: Callable[[Any, tuple[int, ...]], bool]) -> Breakage:
    """Cotangents of some shapes stay as they are: `skipped(g, shape)`."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        unbroadcast = engine.sweep.unbroadcast

        def undone(ops: Any, g: Any, shape: tuple[int, ...]) -> Any:
            return g if skipped(g, shape) else unbroadcast(ops, g, shape)

        return attribute(engine.sweep, "unbroadcast", undone)

    return apply


def _scalar_of_nothing(engine: Any) -> AbstractContextManager[None]:
    """The sum over nothing hands down its own cotangent, and nobody gives it the shape."""

    def spread(right: Any, ops: Any, g: Any, out: Any, x: Any, **_: Any) -> Any:
        return right(g) if 0 not in x.shape else g

    as_it_is = unbroadcast_unless(lambda g, shape: 0 in shape)
    return together(as_it_is(engine), vjp("sum", spread)(engine))


def gradients_as(change: Callable[[Any], Any]) -> Breakage:
    """What a sweep adds to a leaf's gradient, changed: `change` takes and gives an array."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        accumulate = engine.autograd.accumulate

        def changed(node: Any, gradient: Any) -> None:
            accumulate(node, engine.Tensor(change(gradient.array)))

        return attribute(engine.autograd, "accumulate", changed)

    return apply


def _without_axes(g: Any) -> Any:
    return g.reshape(()) if g.size == 1 else g


# ---- seeds -------------------------------------------------------------------------------------


def _ones_for(asked: Callable[[Any], bool]) -> Breakage:
    """Where no seed is given, ones are taken for some roots that need one."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        seed_for = engine.autograd.seed_for

        def seeded(root: Any, seed: Any) -> Any:
            if seed is None and asked(root):
                seed = engine.ones_like(root.detach())
            return seed_for(root, seed)

        return attribute(engine.autograd, "seed_for", seeded)

    return apply


def _any_shape(engine: Any) -> AbstractContextManager[None]:
    seed_for = engine.autograd.seed_for

    def unchecked(root: Any, seed: Any) -> Any:
        return seed_for(root, None) if seed is None else seed

    return attribute(engine.autograd, "seed_for", unchecked)


def _cleared(engine: Any) -> AbstractContextManager[None]:
    """The seed is taken for the root's own cotangent, and zeroed with the others afterwards."""
    sweep = engine.autograd.sweep

    def clearing(seeds: Any, *rest: Any) -> Any:
        roots = list(seeds)
        found = sweep(roots, *rest)
        for _, seed in roots:
            memory = seed if seed.flags.writeable else seed.base
            if isinstance(memory, np.ndarray):
                memory[...] = 0
        return found

    return attribute(engine.autograd, "sweep", clearing)


# ---- dtypes ------------------------------------------------------------------------------------


def _uncast(engine: Any) -> AbstractContextManager[None]:
    """A cotangent is brought to its node's shape, and not to its dtype."""
    ops_of = engine.rules.OPS_OF

    def fitted(g: Any, node: Any) -> Any:
        return engine.sweep.unbroadcast(ops_of[type(g)], g, node.shape)

    return attribute(engine.sweep, "fitted", fitted)


def _unconjugated(engine: Any) -> AbstractContextManager[None]:
    """The rule of multiply for real numbers, under PyTorch's convention: g · y, without conj."""

    def real_rule(right: Any, ops: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
        return g * ops.conj(y) if hasattr(y, "dtype") else right(g)

    return vjp("mul", real_rule)(engine)


def _integers(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.tensors, "DIFFERENTIABLE", "fciuO")


# ---- single ops --------------------------------------------------------------------------------


def _assigned(right: Any, ops: Any, g: Any, out: Any, x: Any, *, key: Any) -> Any:
    placed = np.zeros(x.shape, g.dtype)
    placed[key] += g
    return placed


def _straight_through(engine: Any) -> AbstractContextManager[None]:
    """Masks are numbers: where is m · x + (1 - m) · y, and a comparison passes gradients on."""

    def to_mask(right: Any, ops: Any, g: Any, out: Any, mask: Any, x: Any, y: Any) -> Any:
        return g * (x - y)

    vjps = (lambda ops, g: g, lambda ops, g: -g)
    numbers = row(engine, "gt", forward=lambda xp, x, y: (x > y) * 1.0, vjps=vjps)
    return together(numbers, vjp("where", to_mask, 0)(engine))


def _counted_in_parts(engine: Any) -> AbstractContextManager[None]:
    """Part i of a concat begins at entry i, as if all before it had one entry."""
    each = engine.rules.RULES["cat"].vjps

    def part(i: int, ops: Any, g: Any, *, dim: int, keys: Any) -> Any:
        slices = keys[i][dim]
        shifted = slice(i, i + slices.stop - slices.start)
        keys = [(*key[:dim], shifted, *key[dim + 1 :]) for key in keys]
        return each.vjp(i, ops, g, dim=dim, keys=keys)

    return row(engine, "cat", vjps=type(each)(part))


def _first_copy(right: Any, ops: Any, g: Any, out: Any, mask: Any, x: Any, y: Any) -> Any:
    """Of a branch that was stretched, the first copy's gradient."""
    d = right(g)
    if not hasattr(y, "shape") or len(y.shape) != len(d.shape):
        return d
    return d[tuple(slice(0, n) for n in y.shape)]


def _as_it_lies(engine: Any) -> AbstractContextManager[None]:
    """An array's buffer is read from its beginning to its end, whatever the strides."""
    from_numpy = engine.from_numpy

    def raw(array: Any) -> Any:
        return from_numpy(np.ravel(array, order="K").reshape(array.shape))

    return attribute(engine, "from_numpy", raw)


ROWS = (
    Saboteur("new_axes_only", "a gradient is summed over new axes, but not over stretched ones",
             "broadcasting", "state", _new_axes_only, check="T1"),
    Saboteur("empty_copies", "a cotangent without entries is handed down in the shape it has",
             "sizes", "state", unbroadcast_unless(lambda g, shape: not g.size), check="T2"),
    Saboteur("implicit_ones", "a root of any shape is seeded with ones if no seed is given",
             "seeds", "state", _ones_for(lambda root: True), check="T3"),
    Saboteur("without_axes", "a gradient of one entry loses its axes",
             "sizes", "state", gradients_as(_without_axes), check="T4"),
    Saboteur("any_seed", "a seed of any shape is taken and broadcast against the root",
             "seeds", "state", _any_shape, check="T5"),
    Saboteur("always_float32", "gradients are made in float32, whatever the leaf is",
             "dtypes", "state", gradients_as(lambda g: g.astype(np.float32)), check="T6"),
    Saboteur("uncast", "a gradient has the dtype of the op, not of the leaf",
             "dtypes", "state", _uncast, check="T7"),
    Saboteur("integers", "integer leaves may require a gradient",
             "dtypes", "state", _integers, check="T8"),
    Saboteur("assigned", "the backward of indexing is grad[index] += g, which writes each place"
             " once", "indexing", "state", vjp("index", _assigned), check="T9 N10"),
    Saboteur("straight_through", "comparisons give 0 and 1, and are differentiated as the identity",
             "rule", "state", _straight_through, check="T10"),
    Saboteur("cleared", "the caller's seed is zeroed after the sweep, like the cotangents",
             "memory", "state", _cleared, check="T11"),
    Saboteur("scalar_of_nothing", "the sum over an empty array gives it a scalar gradient",
             "sizes", "state", _scalar_of_nothing, check="T12"),
    Saboteur("counted_in_parts", "the slices of a concat begin at the number of the part, not at"
             " its first entry", "sizes", "state", _counted_in_parts, check="T13"),
    Saboteur("parts", "concat keeps its parts in a dictionary by tensor, so one that comes twice"
             " counts once", "accumulation", "state", nodes_with("cat", last_of_each),
             check="T14"),
    Saboteur("branch", "where gives a branch that was broadcast the gradient of its first copy",
             "broadcasting", "state", vjp("where", _first_copy, 2), check="T15"),
    Saboteur("real_part", "the imaginary part of a gradient is dropped where it is stored",
             "dtypes", "state", gradients_as(lambda g: g.real.astype(g.dtype)), check="T16"),
    Saboteur("unconjugated", "the backward of a complex product does not conjugate",
             "dtypes", "state", _unconjugated, check="T16"),
    Saboteur("complex_root", "a complex root is seeded with 1 like a real one",
             "seeds", "state", _ones_for(lambda root: root.is_complex()), check="T17"),
    Saboteur("as_it_lies", "an array is read as it lies in memory, whatever its strides",
             "layouts", "state", _as_it_lies, check="T18"),
)  # fmt: skip
