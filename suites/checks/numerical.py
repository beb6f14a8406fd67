"""L9: NaN, overflow, guarded roots, kinks and zeros; the suite `numerics` goes through every op."""

from __future__ import annotations

import math

import numpy as np

from ...oracles.program import Leaf
from .clause import must
from .script import Builder, Equals, Ref

NAN = math.nan


def total(s: Builder, x: Ref) -> Ref:
    """The sum of all entries."""
    return s.call("sum", x)


@must("K1", "L9")
def nan_propagates(s: Builder) -> None:
    """NaN in an input reaches the value and the gradient of the entry that it is in."""
    x = s.leaf([NAN, 2.0])
    y = s.call("multiply", s.call("multiply", x, x), s.constant([1.0, 3.0]))
    s.equals(s.value(y), [NAN, 12.0])
    s.gradients(total(s, y), {x: [NAN, 12.0]}, "the other entry is untouched")


@must("K2", "L9")
def zero_times_infinity(s: Builder) -> None:
    """The gradient of 0 · √x at 0 is NaN, or 0, as the engine declares.

    The slope of the root at 0 is infinite, and the chain rule makes 0 · ∞ of it. An engine that
    says 0 has a rule of its own for that; a number other than 0 is wrong by any.
    """
    x = s.leaf(0.0)
    (grad,) = s.each_grad(s.call("multiply", s.call("sqrt", x), s.constant(0.0)), x)
    among = {
        "is NaN": Equals(step=grad, want=Leaf.of(NAN)),
        "is 0": Equals(step=grad, want=Leaf.of(0.0)),
    }
    s.choice("the gradient of 0 · √x at 0", grad, among, torch="is NaN", jax="is NaN")


@must("K3", "L9")
def guarded_where(s: Builder) -> None:
    """A root that is guarded twice has a finite gradient where the guard holds.

    `where(x > 0, √x, 0)` still sweeps through the root at 0, where 0 · ∞ is NaN. The remedy is to
    guard the argument as well: `where(x > 0, √(where(x > 0, x, 1)), 0)`. That must work.
    """
    x, mask = s.leaf([4.0, 0.0]), s.constant(np.array([True, False]))
    safe = s.call("where", mask, x, s.constant([1.0, 1.0]))
    guarded = s.call("where", mask, s.call("sqrt", safe), s.constant([0.0, 0.0]))
    s.gradients(total(s, guarded), {x: [0.25, 0.0]}, "guarded twice")
    z = s.leaf([4.0, 0.0])
    once = s.call("where", mask, s.call("sqrt", z), s.constant([0.0, 0.0]))
    (grad,) = s.each_grad(total(s, once), z)
    among = {
        "is NaN": Equals(step=grad, want=Leaf.of([0.25, NAN])),
        "is 0": Equals(step=grad, want=Leaf.of([0.25, 0.0])),
    }
    s.choice(
        "the gradient of a root that is guarded once", grad, among, torch="is NaN", jax="is NaN"
    )


@must("K4", "L9")
def large_logsumexp(s: Builder) -> None:
    """logsumexp at 1000 is finite, and so is its gradient.

    The greatest entry must be taken away before the exponentials, which overflow beyond 709 in
    float64 and beyond 88 in float32.
    """
    x = s.leaf([1000.0, -1000.0])
    y = s.call("special.logsumexp", x)
    s.equals(s.value(y), 1000.0)
    s.gradients(y, {x: [1.0, 0.0]}, "all of it is the first entry's")


@must("K5", "L9")
def log_softmax_sums_to_nothing(s: Builder) -> None:
    """The gradients of a log_softmax sum to 0, however it is weighted: w − softmax · Σw."""
    x, weights = s.leaf([0.0, math.log(2.0), 0.0]), np.array([1.0, 2.0, 4.0])
    y = s.call("special.log_softmax", x, axis=0)
    shares = np.array([0.25, 0.5, 0.25])
    weighted = s.call("sum", s.call("multiply", y, s.constant(weights)))
    s.gradients(weighted, {x: weights - 7.0 * shares}, "which sum to 0", rounded=True)


@must("K6", "L9")
def overflow(s: Builder) -> None:
    """Overflow gives infinity, and no error."""
    x = s.leaf(1e5)
    y = s.call("exp", x)
    s.equals(s.value(y), math.inf)
    s.gradients(y, {x: math.inf}, "exp is its own derivative")


@must("K7", "L9")
def kinks(s: Builder) -> None:
    """At a kink the gradient lies between its one-sided limits; which it is the engine declares."""
    x = s.leaf(0.0)
    (grad,) = s.each_grad(s.call("nn.functional.relu", x), x)
    slopes = {f"is {want:g}": Equals(step=grad, want=Leaf.of(want)) for want in (0.0, 0.5, 1.0)}
    s.choice("the slope of relu at 0", grad, slopes, torch="is 0", jax="is 0")
    if "abs" in s.offer.ops:
        z = s.leaf(0.0)
        (grad,) = s.each_grad(s.call("abs", z), z)
        slopes = {f"is {v:g}": Equals(step=grad, want=Leaf.of(v)) for v in (0.0, 1.0, -1.0)}
        s.choice("the slope of abs at 0", grad, slopes, torch="is 0", jax="is 1")


@must("K8", "L9")
def exact_zeros(s: Builder) -> None:
    """Products with zeros, powers with exponent 0 or base 0, and std² at equal entries are right.

    Each is smooth there, so that there is nothing to choose. A rule that divides by its input
    (out / x, out · n / x) is 0/0 at a zero.
    """
    ones = s.leaf([0.0, 2.0, 3.0])
    s.gradients(s.call("prod", ones), {ones: [6.0, 0.0, 0.0]}, "one zero factor")
    twos = s.leaf([0.0, 0.0, 3.0])
    s.gradients(s.call("prod", twos), {twos: [0.0, 0.0, 0.0]}, "two zero factors")
    for exponent, want in ((0.0, 0.0), (1.0, 1.0), (2.0, 0.0)):
        x = s.leaf(0.0)
        s.gradients(s.call("pow", x, exponent), {x: want}, f"x ** {exponent:g} at 0")
    if "std" in s.offer.ops:
        x = s.leaf([2.0, 2.0])
        spread = s.call("std", x)
        s.gradients(s.call("multiply", spread, spread), {x: [0.0, 0.0]}, "std² at equal entries")
