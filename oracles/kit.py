"""What the vocabulary asks of a kind of number: decisions, and zeros of the right kind.

One `Kit` runs one program. Decisions (which of two is greater, where the largest entry is) compare
primal values, and the kit notes how close they were (`margin`) and how they went (`signature`):
near a kink a derivative is not to be trusted, and finite differences must not step over one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

Operator = TypeVar("Operator", bound=Callable[[Any, Any], Any])


def entrywise(method: Operator) -> Operator:
    """An operator between two numbers, which leaves arrays to numpy: it applies it to each entry.

    A lone number comes out of numpy bare, and may stand on the left of an array.
    """

    def applied(self: Any, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else method(self, other)

    return applied  # type: ignore[return-value]


def _largest(x: Any) -> float:
    if isinstance(x, np.ndarray):
        return float(np.maximum.reduce(np.abs(x), axis=None))
    return abs(float(x))


def _smallest(x: Any) -> float:
    return float(np.minimum.reduce(x, axis=None))


class Kit:
    """float64: the meaning as numpy has it."""

    def __init__(self) -> None:
        """Begin with no decision taken."""
        self.margin = np.inf
        self.signature: list[bytes] = []

    def primal(self, x: Any) -> Any:
        """The real numbers that decisions look at."""
        return x

    def greater(self, x: Any, y: Any) -> Any:
        """Whether x > y, entry by entry; a decision."""
        a, b = self.primal(x), self.primal(y)
        gap = np.asarray(a - b)
        result = (gap > 0).astype(bool)
        if gap.size:
            scale = max(1.0, _largest(a), _largest(b))
            self.decided(_smallest(np.abs(gap)) / scale, result)
        return result

    def larger(self, x: Any, y: Any) -> Any:
        """Whether x > y, where either answer is right: between formulas for one thing."""
        return np.asarray(self.primal(x) > self.primal(y)).astype(bool)

    def argmax(self, x: Any) -> Any:
        """The index of the largest entry along the last axis, which is not empty; a decision."""
        a = np.asarray(self.primal(x))
        result = np.asarray(np.argmax(a, axis=-1))
        if a.size and a.shape[-1] > 1:
            top = np.sort(a, axis=-1)
            gaps = top[..., -1] - top[..., -2]
            self.decided(_smallest(gaps) / max(1.0, _largest(a)), result)
        return result

    def argsort(self, x: Any) -> Any:
        """The order that sorts the last axis; a decision."""
        a = np.asarray(self.primal(x))
        result = np.argsort(a, axis=-1, kind="stable")
        if a.size and a.shape[-1] > 1:
            gaps = np.diff(np.take_along_axis(a, result, axis=-1), axis=-1)
            self.decided(_smallest(gaps) / max(1.0, _largest(a)), result)
        return result

    def peak(self, x: Any) -> Any:
        """The largest along the last axis, as a constant: to be taken away and put back."""
        x = np.asarray(self.primal(x), dtype=float)
        return np.max(x, axis=-1, keepdims=True, initial=-np.inf)

    def decided(self, margin: float, result: Any) -> None:
        """Note a decision; NaN counts as a tie."""
        self.margin = min(self.margin, margin if margin == margin else 0.0)
        self.signature.append(result.tobytes())

    def zeros(self, shape: tuple[int, ...]) -> Any:
        """Zeros of this kind of number."""
        return np.zeros(shape)

    def matmul(self, x: Any, y: Any) -> Any:
        """The matrix product."""
        return np.matmul(x, y)

    def hypot(self, x: Any, y: Any) -> Any:
        """√(x² + y²)."""
        return np.hypot(x, y)

    def log1p(self, x: Any) -> Any:
        """log(1 + x), accurate near 0."""
        return np.log1p(x)


class ComplexKit(Kit):
    """complex128: decisions look at the real part."""

    def primal(self, x: Any) -> Any:
        """The real part."""
        return np.real(x)

    def hypot(self, x: Any, y: Any) -> Any:
        """√(x² + y²), where numpy has real numbers only."""
        return np.sqrt(x * x + y * y)

    def log1p(self, x: Any) -> Any:
        """log(1 + a) + log(1 + ib/(1 + a)) for x = a + ib; numpy's own is inaccurate near 0."""
        a = np.real(x)
        return np.log1p(a) + np.log(1.0 + np.imag(x) / (1.0 + a) * 1j)


class ObjectKit(Kit):
    """Arrays of objects: `number` makes a constant from a float, `value_of` gives its primal."""

    number: Any
    value_of: Any

    def primal(self, x: Any) -> Any:
        """Primal values as an array of objects that compare."""
        if not isinstance(x, np.ndarray) or x.dtype.kind != "O":
            return x
        return np.frompyfunc(self.value_of, 1, 1)(x)

    def zeros(self, shape: tuple[int, ...]) -> Any:
        """Constant zeros."""
        zeros = np.empty(shape, dtype=object)
        zeros.fill(self.number(0.0))
        return zeros

    def hypot(self, x: Any, y: Any) -> Any:
        """√(x² + y²)."""
        return np.sqrt(x * x + y * y)

    def matmul(self, x: Any, y: Any) -> Any:
        """The matrix product; numpy makes plain integers of a product over nothing."""
        product = np.asarray(np.matmul(x, y), dtype=object)
        return product if x.shape[-1] else self.zeros(product.shape)
