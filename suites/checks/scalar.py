"""L1: what even an engine of single numbers must do."""

from __future__ import annotations

import math

from ...oracles.program import Leaf
from .clause import must
from .script import Absent, AnyExpectation, Builder, Equals, Raises

DOUBLINGS = 60


@must("S1", "L1")
def chain_rule(s: Builder) -> None:
    """The chain rule: the derivative of (3x + 1)² at 2 is 42."""
    x = s.leaf(2.0)
    inner = s.call("add", s.call("multiply", s.constant(3.0), x), s.constant(1.0))
    s.gradients(s.call("multiply", inner, inner), {x: 42.0}, "2 · (3x + 1) · 3 at x = 2")


@must("S2", "L1")
def uses_add_up(s: Builder) -> None:
    """Contributions of several uses of a value add up.

    A value that is used twice gets a cotangent from each use, and its gradient is their sum. An
    engine that overwrites instead of adding keeps only the last one.
    """
    x, c = s.leaf(3.0), s.constant(5.0)
    y = s.call("add", s.call("multiply", x, c), s.call("multiply", x, x))
    s.gradients(y, {x: 11.0}, "5 from the first use, 2x = 6 from the second")


@must("S3", "L1", blocked_by="S2")
def once_in_a_diamond(s: Builder) -> None:
    """In a diamond each node's backward runs once, after all that uses it.

    Here a reaches the end by a short way and by longer ones. A sweep that goes on from a as soon
    as the first contribution arrives, instead of in reverse topological order, hands a part of
    its cotangent down twice, or goes down with too little.
    """
    x = s.leaf(2.0)
    a = s.call("multiply", x, s.constant(3.0))
    b = s.call("multiply", a, a)
    c = s.call("multiply", b, a)
    y = s.call("add", s.call("add", c, b), a)
    s.gradients(y, {x: 363.0}, "y = a³ + a² + a with a = 3x: (3a² + 2a + 1) · 3 at a = 6")


@must("S4", "L1", blocked_by="S2")
def doublings(s: Builder) -> None:
    """Sixty times y = y + y gives a derivative of exactly 2^60, in linear time.

    A sweep that follows every path walks 2^60 of them and never ends; one that visits every node
    once is done in sixty steps.
    """
    x = y = s.leaf(1.0)
    for _ in range(DOUBLINGS):
        y = s.call("add", y, y)
    s.gradients(y, {x: 2.0**DOUBLINGS})


@must("S5", "L1")
def unused(s: Builder) -> None:
    """A leaf that the result does not use has no gradient: none or zero, as the engine declares."""
    x, unused = s.leaf(3.0), s.leaf(4.0)
    y = s.call("multiply", x, x)
    _, grad = s.each_grad(y, x, unused)
    among = {"none": Absent(step=grad), "zero": Equals(step=grad, want=Leaf.of(0.0))}
    s.choice("the gradient of an unused leaf", grad, among, torch="none", jax="zero")


@must("S6", "L1")
def times_zero(s: Builder) -> None:
    """The derivative of x · 0 is 0, and not none.

    x is used, so it has a gradient; that the gradient is 0 is a number like any other. An engine
    that tests a gradient by its truth value takes 0 for none.
    """
    x = s.leaf(3.0)
    s.gradients(s.call("multiply", x, s.constant(0.0)), {x: 0.0}, "x is used: 0 is its gradient")


@must("S7", "L1")
def root_is_leaf(s: Builder) -> None:
    """A root that is itself a leaf gets the seed, which is 1."""
    x = s.leaf(3.0)
    s.gradients(x, {x: 1.0}, "the derivative of x with respect to x")


@must("S8", "L1")
def python_numbers(s: Builder) -> None:
    """Python numbers stand on either side of an operator: 1 − x, 1 / x, 2 ** x.

    The reflected methods (`__rsub__`, `__rtruediv__`, `__rpow__`) are easily forgotten, or made by
    swapping the operands of the other. A function in an operator's place, such as
    `subtract(1, x)`, may take tensors alone.
    """
    for op, number, at, want in (
        ("subtract", 1.0, 3.0, -1.0),
        ("divide", 1.0, 2.0, -0.25),
        ("pow", 2.0, 3.0, 8.0 * math.log(2.0)),
    ):
        if op == "pow" and s.offer.static.get("pow"):
            continue
        x = s.leaf(at)
        y, why = s.call(op, number, x), f"{op}({number:g}, x) at {at:g}"
        if op in s.offer.operators:
            s.gradients(y, {x: want}, why, rounded=True)
            continue
        (grad,) = s.each_grad(y, x)
        among: dict[str, AnyExpectation] = {
            "is taken": Equals(step=grad, want=Leaf.of(want), rounded=True),
            "is an error": Raises(step=y),
        }
        name = f"a Python number before a tensor, in {op}"
        s.choice(name, grad, among, torch="is taken", jax="is taken", why=why)


@must("S9", "L1", blocked_by="S2")
def same_twice(s: Builder) -> None:
    """The same value in both slots: x + x, x · x, x − x and x / x."""
    for op, want in (("add", 2.0), ("multiply", 6.0), ("subtract", 0.0), ("divide", 0.0)):
        x = s.leaf(3.0)
        s.gradients(s.call(op, x, x), {x: want}, f"{op}(x, x) at 3")
