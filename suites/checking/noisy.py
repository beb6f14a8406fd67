"""numpy under random rounding: arrays whose every result is rounded at random.

Run a gradient on them, and see how far rounding moves its result: its tolerance is measured.

>>> import numpy as np
>>> x = noisy(np.array([20.0]), 1, 2.0**-44)
>>> float(abs(1 - np.tanh(x) ** 2)[0]) < 1e-12       # cancels: nothing but noise is left
True
>>> bool((np.maximum(x, 0) == x).all())              # choosing rounds nothing
True
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...oracles.complex_step import RandomRounding
from ...oracles.program import Array

_CHOOSES = """
maximum minimum fmax fmin negative positive absolute fabs sign copysign floor ceil rint trunc
conjugate
"""
CHOOSES = frozenset(_CHOOSES.split())
"""Ufuncs that round nothing."""
_WHOLE = "dot vdot inner outer tensordot einsum interp convolve trace kron"
WHOLE = frozenset(_WHOLE.split())
"""Functions written in C, or that end there: rounded as one op."""


class Noisy(np.ndarray[Any, Any]):
    """An array that rounds at random; what is computed from it does, too."""

    rounding: RandomRounding | None = None

    def __array_finalize__(self, origin: Any) -> None:
        """Results and views draw from the same source."""
        self.rounding = getattr(origin, "rounding", None)

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **keywords: Any
    ) -> Any:
        """Run on plain arrays, then round."""
        adds = method != "__call__" or ufunc.__name__ in ("matmul", "vecdot", "matvec")
        plain = [self._round(_plain(x)) if adds else _plain(x) for x in inputs]
        keywords = {k: _plain(v) for k, v in keywords.items()}
        if out is not None:
            keywords["out"] = tuple(_plain(o) for o in out)
        result = getattr(ufunc, method)(*plain, **keywords)
        if out is not None:
            for o in keywords["out"]:
                if o is not None and ufunc.__name__ not in CHOOSES:
                    o[...] = self._round(o)
            return out[0] if len(out) == 1 else out
        if result is None or ufunc.__name__ in CHOOSES:
            return _map(self._wrap, result)
        return _map(lambda r: self._wrap(self._round(r)), result)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Functions over arrays: those that end in C are rounded as one op."""
        module = getattr(func, "__module__", "") or ""
        if func.__name__ in WHOLE or module.startswith(("numpy.linalg", "numpy.fft")):
            result = func(*_deep(args, self._round), **_deep(kwargs, lambda x: x))
            return _map(lambda r: self._wrap(self._round(r)), result)
        return super().__array_function__(func, types, args, kwargs)

    def _round(self, x: Any) -> Any:
        if self.rounding is None or not isinstance(x, np.ndarray | np.generic):
            return x
        return self.rounding.perturb(x)

    def _wrap(self, x: Any) -> Any:
        if not isinstance(x, np.ndarray | np.generic) or x.dtype.kind not in "fc":
            return x
        result = np.asarray(x).view(Noisy)
        result.rounding = self.rounding
        return result


def noisy(x: Array, seed: int, unit: float) -> Any:
    """A copy of `x` that rounds at random, its entries rounded already (a zero stays a zero)."""
    result = np.array(x).view(Noisy)
    result.rounding = RandomRounding(seed, unit)
    result[...] = result.rounding.perturb(np.asarray(x))
    return result


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Noisy) else x


def _map(change: Any, result: Any) -> Any:
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*map(change, result))
    return tuple(map(change, result)) if isinstance(result, tuple) else change(result)


def _deep(x: Any, change: Any) -> Any:
    """Plain arrays in place of noisy ones, at any depth of lists, tuples and dictionaries."""
    if isinstance(x, list | tuple):
        return type(x)(_deep(y, change) for y in x)
    if isinstance(x, dict):
        return {k: _deep(v, change) for k, v in x.items()}
    return change(_plain(x)) if isinstance(x, Noisy) else x
