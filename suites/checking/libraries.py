"""Functions of PyTorch, autograd and JAX as subjects. Each needs its library and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...oracles.complex_step import RandomRounding
from ...oracles.program import Array
from ...oracles.rounding import VIRTUAL
from .noisy import Noisy, noisy
from .results import MistakeError
from .subjects import Subject, as_gradients, as_output, differentiable, names_of, rounded_inputs

_MOVES = """
broadcast_in_dim reshape squeeze transpose neg max min abs sign select_n gather scatter slice
dynamic_slice concatenate copy copy_p pad rev sort argmax argmin reduce_max reduce_min iota
convert_element_type stop_gradient
"""
MOVES = frozenset(_MOVES.split())
"""JAX's primitives that round nothing."""


def of_torch(f: Any, arrays: tuple[Any, ...]) -> Subject:
    """A function of tensors; it is run in float64, on the device of the tensors given."""
    import torch

    devices = [a.device if isinstance(a, torch.Tensor) else "cpu" for a in arrays]

    def tensors(inputs: list[Any], leaves: bool = False) -> list[Any]:
        made = [
            torch.from_numpy(np.ascontiguousarray(x).copy()).reshape(x.shape).to(d)
            for x, d in zip(inputs, devices, strict=True)
        ]
        return [t.requires_grad_(leaves and t.is_floating_point()) for t in made]

    def run(inputs: list[Any]) -> Any:
        with torch.no_grad():
            y = f(*tensors(inputs))
        return y.resolve_conj().cpu().numpy() if isinstance(y, torch.Tensor) else y

    def sweep(cotangent: Array, inputs: list[Array]) -> list[Array | None]:
        leaves = tensors(inputs, leaves=True)
        y, wanted = f(*leaves), [t for t in leaves if t.requires_grad]
        if not isinstance(y, torch.Tensor):
            raise MistakeError(f"f returned {type(y).__name__}: it should return one tensor")
        if not y.requires_grad:
            return [None] * len(inputs)
        c = torch.from_numpy(cotangent.copy()).to(device=y.device, dtype=y.dtype)
        found = iter(torch.autograd.grad(y, wanted, c.reshape(y.shape), allow_unused=True))
        rows = [next(found) if t.requires_grad else None for t in leaves]
        return [None if g is None else g.detach().cpu().numpy() for g in rows]

    def rounded(cotangent: Array, inputs: list[Array], seed: int) -> list[Array | None]:
        from ...oracles import dispatch

        moved = [np.asarray(x) for x in rounded_inputs(inputs, seed)]
        with dispatch.RandomRounding(VIRTUAL, seed):
            return sweep(cotangent, moved)

    names = names_of(f, len(arrays))
    return Subject(lambda inputs: as_output(run(inputs)), sweep, run, rounded, names, "backward")


def of_autograd(f: Any, count: int) -> Subject:
    """A function over `autograd.numpy`."""
    import autograd
    from autograd.numpy.numpy_boxes import ArrayBox
    from autograd.numpy.numpy_vspaces import ArrayVSpace

    ArrayBox.register(Noisy)
    ArrayVSpace.register(Noisy)

    def run(inputs: list[Any]) -> Any:
        with np.errstate(all="ignore"):
            return f(*inputs)

    def sweep(cotangent: Any, inputs: list[Any]) -> list[Array | None]:
        wanted = tuple(i for i, x in enumerate(inputs) if differentiable(x))
        with np.errstate(all="ignore"):
            back, y = autograd.make_vjp(f, wanted)(*inputs)
            found = back(cotangent.reshape(np.shape(y)) if np.shape(y) else cotangent[()])
        return as_gradients(tuple(found), inputs, "autograd")

    def rounded(cotangent: Array, inputs: list[Array], seed: int) -> list[Array | None]:
        return sweep(noisy(cotangent, seed, VIRTUAL), rounded_inputs(inputs, seed))

    return Subject(
        lambda inputs: as_output(run([x.copy() for x in inputs])),
        lambda c, inputs: sweep(c.copy(), [x.copy() for x in inputs]),
        run,
        rounded,
        names_of(f, count),
        "autograd",
    )


def of_jax(f: Any, count: int) -> Subject:
    """A JAX function; it is run in float64, whatever JAX is set to."""
    import jax  # type: ignore[import-not-found,unused-ignore]

    def run(inputs: list[Any]) -> Any:
        with jax.enable_x64(True):
            return np.asarray(f(*map(jax.numpy.asarray, inputs)))

    def sweep(cotangent: Array, inputs: list[Array]) -> list[Array | None]:
        wanted = [i for i, x in enumerate(inputs) if differentiable(x)]
        with jax.enable_x64(True):
            given = [jax.numpy.asarray(x) for x in inputs]

            def of_wanted(*moved: Any) -> Any:
                every = dict(zip(wanted, moved, strict=True))
                return f(*(every.get(i, x) for i, x in enumerate(given)))

            y, back = jax.vjp(of_wanted, *(given[i] for i in wanted))
            found = back(jax.numpy.asarray(cotangent, dtype=y.dtype).reshape(y.shape))
        return as_gradients(tuple(map(np.asarray, found)), inputs, "jax")

    def rounded(cotangent: Array, inputs: list[Array], seed: int) -> list[Array | None]:
        moved = [np.asarray(x) for x in rounded_inputs(inputs, seed)]
        wanted = [i for i, x in enumerate(inputs) if differentiable(x)]

        def traced(c: Any, *given: Any) -> Any:
            every = list(given)

            def of_wanted(*leaves: Any) -> Any:
                for i, x in zip(wanted, leaves, strict=True):
                    every[i] = x
                return f(*every)

            y, back = jax.vjp(of_wanted, *(given[i] for i in wanted))
            return back(c.astype(y.dtype).reshape(y.shape))

        with jax.enable_x64(True):
            jaxpr = jax.make_jaxpr(traced)(cotangent, *moved)
            found = _perturbed(jaxpr.jaxpr, jaxpr.consts, [cotangent, *moved], seed)
        return as_gradients(tuple(map(np.asarray, found)), inputs, "jax")

    names = names_of(f, count)
    return Subject(lambda inputs: as_output(run(inputs)), sweep, run, rounded, names, "jax")


def _perturbed(jaxpr: Any, constants: Any, inputs: list[Any], seed: int) -> list[Any]:
    """A traced JAX computation, run with every result rounded at random."""
    rounding = RandomRounding(seed, VIRTUAL)

    def run(jaxpr: Any, constants: Any, inputs: Any) -> list[Any]:
        known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*constants, *inputs], strict=True))

        def read(v: Any) -> Any:
            return v.val if hasattr(v, "val") else known[v]

        for eqn in jaxpr.eqns:
            given, inner = list(map(read, eqn.invars)), eqn.params.get("jaxpr")
            if eqn.primitive.name in ("jit", "pjit") and inner is not None:
                results = run(inner.jaxpr, inner.consts, given)
            else:
                params = eqn.primitive.get_bind_params(eqn.params)
                results = eqn.primitive.bind(*given, **params)
                results = results if eqn.primitive.multiple_results else [results]
                if eqn.primitive.name not in MOVES:
                    results = [rounding.perturb(np.asarray(r)) for r in results]
            known.update(zip(eqn.outvars, results, strict=True))
        return list(map(read, jaxpr.outvars))

    return run(jaxpr, constants, inputs)
