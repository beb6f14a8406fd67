"""L7: derivatives of derivatives.

A derivative is taken by the call `grad`, as in programs, so that engines of every style take part.
Functions are polynomials with integers, so nothing rounds; each derivative has leaves of its own.
"""

from __future__ import annotations

import numpy as np

from ...oracles.program import Array, Leaf
from .clause import must
from .script import Absent, AnyExpectation, Builder, Equals, Raises, Ref
from .tensor import weighted

MIX = np.array([[1.0, 2.0, 0.0], [-1.0, 3.0, 1.0], [4.0, 0.0, -2.0]])
AT = np.array([[1.0], [-2.0], [3.0]])
"""A column, since some engines have no product of a matrix and a vector."""


def power(s: Builder, x: Ref, n: int) -> Ref:
    """x to the n, by products."""
    y = x
    for _ in range(n - 1):
        y = s.call("multiply", y, x)
    return y


def derivative(s: Builder, y: Ref, *xs: Ref) -> Ref:
    """The derivative of y with respect to each in turn, each time of what was there before."""
    for x in xs:
        y = s.call("grad", y, x)
    return y


@must("H1", "L7", blocked_by="S2")
def second_and_third(s: Builder) -> None:
    """The second derivative of x⁴ is 12x², the third 24x.

    A sweep that is itself recorded must record every step: what the rules compute with the values
    that they have saved, the sum where contributions meet, and where each value came from. What it
    leaves out is a constant to the next sweep, and the derivative comes out too small.
    """
    for order, want in ((1, 32.0), (2, 48.0), (3, 48.0)):
        x = s.leaf(2.0)
        y = derivative(s, power(s, x, 4), *[x] * (order - 1))
        s.gradients(y, {x: want}, f"the derivative of order {order} at 2")


def mixed(s: Builder, x: Ref) -> Ref:
    """Σ xᵢ² (Mx)ᵢ."""
    return s.call("sum", s.call("multiply", s.call("multiply", x, x), _mapped(s, x)))


def _mapped(s: Builder, x: Ref) -> Ref:
    return s.call("matmul", s.constant(MIX), x)


def hessian(x: Array) -> Array:
    """The Hessian of `mixed`."""
    half: Array = 2 * x * MIX
    return np.diag((2 * MIX @ x)[:, 0]) + half + half.T


@must("H2", "L7", blocked_by="H1")
def symmetric(s: Builder) -> None:
    """Hessians are symmetric, each row what it should be."""
    for i, row in enumerate(hessian(AT)):
        x = s.leaf(AT)
        g = derivative(s, mixed(s, x), x)
        s.gradients(weighted(s, g, np.eye(3)[:, [i]]), {x: row[:, None]}, f"row {i} of the Hessian")


@must("H3", "L7", blocked_by="H2")
def two_ways(s: Builder) -> None:
    """Reverse over reverse gives the same product of Hessian and vector as forward over reverse.

    The forward derivative along v is had from two reverse ones: Jᵀu is linear in u, and its own
    transpose gives Jv. So this differentiates the second sweep with respect to its seed.
    """
    v = np.array([[2.0], [-1.0], [4.0]])
    want = hessian(AT) @ v
    x = s.leaf(AT)
    s.gradients(weighted(s, derivative(s, mixed(s, x), x), v), {x: want}, "reverse over reverse")
    x, u = s.leaf(AT), s.leaf(np.ones((3, 1)))
    g = derivative(s, mixed(s, x), x)
    back = s.call("grad", s.call("sum", s.call("multiply", g, u)), x)
    s.gradients(weighted(s, back, v), {u: want}, "forward over reverse")


@must("H4", "L7", blocked_by="H1")
def gradient_penalty(s: Builder) -> None:
    """A penalty on the gradient for one input reaches the other parameters."""
    x, w = s.leaf([1.0, 2.0]), s.leaf([3.0, -1.0])
    y = s.call("sum", s.call("multiply", w, s.call("multiply", x, x)))
    g = derivative(s, y, x)
    penalty = s.call("sum", s.call("multiply", g, g))
    s.gradients(penalty, {w: [24.0, -32.0], x: [72.0, 16.0]}, "of Σ (2wx)²: 8wx² and 8w²x")


@must("H5", "L7", blocked_by="H1")
def of_linear(s: Builder) -> None:
    """The derivative of a linear function is a constant, and what uses it goes on.

    Its own derivative is zero, none or an error, as the engine declares.
    """
    x = s.leaf(2.0)
    g = derivative(s, s.call("multiply", x, s.constant(3.0)), x)
    s.gradients(s.call("multiply", g, x), {x: 3.0}, "3x with a constant 3")
    x = s.leaf(2.0)
    swept = s.grads(derivative(s, s.call("multiply", x, s.constant(3.0)), x), x)
    grad = s.step("item", swept, index=0)
    among: dict[str, AnyExpectation] = {
        "is an error": Raises(step=swept),
        "none": Absent(step=grad),
        "zero": Equals(step=grad, want=Leaf.of(0.0)),
    }
    s.choice("the derivative of a constant gradient", grad, among, torch="is an error", jax="zero")


@must("H6", "L7", blocked_by="H2")
def transposed(s: Builder) -> None:
    """u · (Jv) = (Jᵀu) · v: the two products with a Jacobian belong to one matrix."""
    u_at, v = np.array([[2.0], [3.0], [-1.0]]), np.array([[1.0], [-4.0], [2.0]])
    jacobian = 2 * (MIX @ AT) * MIX
    x, u = s.leaf(AT), s.leaf(u_at)
    out = _mapped(s, x)
    y = s.call("sum", s.call("multiply", u, s.call("multiply", out, out)))
    back = derivative(s, y, x)
    s.equals(s.value(back), jacobian.T @ u_at, "Jᵀu of (Mx)²")
    s.gradients(weighted(s, back, v), {u: jacobian @ v}, "Jv")


@must("H7", "L7", blocked_by="G4 H1")
def grad_of_a_kept_graph(s: Builder) -> None:
    """A sweep that keeps its graph leaves a `.grad` that can be differentiated."""
    x = s.leaf(3.0)
    s.backward(power(s, x, 3), create_graph=True)
    g = s.get_grad(x)
    s.step("set_grad", x)
    s.backward(s.call("multiply", g, g))
    s.equals(s.get_grad(x), 972.0, "the derivative of (3x²)² is 36x³")


@must("H8", "L7", blocked_by="T1")
def linear_in_the_seed(s: Builder) -> None:
    """A gradient is linear in its seed: so are sums, multiples and zero."""
    first, second = np.array([[1.0], [-2.0], [3.0]]), np.array([[0.0], [5.0], [-1.0]])
    transpose = MIX.T * (2 * MIX @ AT).T
    for seed in (first, second, 4 * first - 2 * second, 0 * first):
        x = s.leaf(AT)
        out = _mapped(s, x)
        y = s.call("multiply", out, out)
        want = transpose @ seed
        s.gradients(weighted(s, y, seed), {x: want}, f"weights {seed.ravel()}")
        if {"seed", "backward", "get_grad"} <= s.offer.verbs:
            x = s.leaf(AT)
            out = _mapped(s, x)
            s.backward(s.call("multiply", out, out), s.constant(seed))
            s.equals(s.get_grad(x), want, f"seed {seed.ravel()}")


@must("H9", "L7", blocked_by="H1")
def relu_twice(s: Builder) -> None:
    """The second derivative of relu is 0, at the kink too."""
    x = s.leaf([-1.0, 0.0, 2.0])
    y = weighted(s, s.call("nn.functional.relu", x), [3.0, 4.0, 5.0])
    g = derivative(s, y, x)
    again = s.call("sum", s.call("multiply", g, s.call("multiply", x, x)))
    s.gradients(again, {x: [0.0, 0.0, 20.0]}, "2x · relu'(x) · weights, and x² · relu''(x) = 0")


@must("H10", "L7", blocked_by="H1")
def fourth(s: Builder) -> None:
    """Fourth derivatives are right, mixed ones and their order included."""
    x = s.leaf(2.0)
    s.gradients(derivative(s, power(s, x, 6), x, x, x), {x: 1440.0}, "360x² at 2")
    for order in ("xxyy", "xyxy", "yxxy"):
        named = {"x": s.leaf(2.0), "y": s.leaf(-1.0)}
        f = s.call("multiply", power(s, named["x"], 3), power(s, named["y"], 3))
        last = derivative(s, f, *(named[c] for c in order[:3]))
        s.gradients(last, {named[order[3]]: -72.0}, f"36xy, by {order}")
