"""L2: shapes, dtypes, broadcasting and layouts."""

from __future__ import annotations

import numpy as np

from ...oracles.program import Leaf
from .clause import must
from .script import Absent, Alternative, Builder, Choice, Equals, Raises, Ref

WEIGHTS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def weighted(s: Builder, x: Ref, weights: object) -> Ref:
    """The sum of x times constant weights: no two entries can be mistaken for one another."""
    return s.call("sum", s.call("multiply", x, s.constant(weights)))


@must("T1", "L2")
def broadcast(s: Builder) -> None:
    """The gradient of an operand that was broadcast is summed back to the operand's own shape.

    Broadcasting repeats a value, and each copy contributes. The sum goes over the axes that were
    added in front and over those that were stretched from 1.
    """
    for shape, want in (((3,), [5.0, 7.0, 9.0]), ((2, 1), [[6.0], [15.0]]), ((), 21.0),
                        ((1, 1), [[21.0]])):  # fmt: skip
        x = s.leaf(np.full(shape, 2.0))
        s.gradients(weighted(s, x, WEIGHTS), {x: want}, f"shape {shape} broadcast to (2, 3)")


@must("T2", "L2", blocked_by="T1")
def broadcast_to_nothing(s: Builder) -> None:
    """Broadcasting with an axis of size zero gives zeros of the operand's shape."""
    x = s.leaf([[1.0, 2.0, 3.0]])
    y = weighted(s, x, np.zeros((0, 3)))
    s.gradients(y, {x: [[0.0, 0.0, 0.0]]}, "no entry of x reaches the sum")


@must("T3", "L2")
def needs_a_seed(s: Builder) -> None:
    """A sweep from something that is no scalar, without a seed, is an error."""
    x = s.leaf([1.0, 2.0])
    s.raises(s.grads(s.call("multiply", x, x), x), "which entry is to be differentiated?")


@must("T4", "L2")
def one_entry(s: Builder) -> None:
    """A root of shape (1,) counts as a scalar, or is an error, as the engine declares."""
    x = s.leaf([3.0])
    swept = s.grads(s.call("multiply", x, x), x)
    grad = s.step("item", swept, index=0)
    among = {
        "counts as a scalar": Equals(step=grad, want=Leaf.of([6.0])),
        "is an error": Raises(step=swept),
    }
    s.choice("a root of shape (1,)", grad, among, torch="counts as a scalar", jax="is an error")


@must("T5", "L2")
def wrong_seed(s: Builder) -> None:
    """A seed of another shape than the root is an error."""
    x = s.leaf([1.0, 2.0, 3.0])
    y = s.call("multiply", x, x)
    s.raises(s.backward(y, s.constant([1.0, 1.0])), "the root has shape (3,), the seed (2,)")
    s.raises(s.backward(y, s.constant(np.ones((2, 3)))), "the seed broadcasts, and so counts twice")


@must("T6", "L2")
def form(s: Builder) -> None:
    """A gradient has the shape and the dtype of its leaf."""
    x, w = s.leaf([[1.0], [2.0]]), s.leaf([3.0, 4.0])
    y = weighted(s, s.call("multiply", x, w), [[1.0, 2.0], [3.0, 4.0]])
    s.gradients(y, {x: [[11.0], [25.0]], w: [7.0, 10.0]}, dtype="run")


@must("T7", "L2", blocked_by="T6")
def mixed_dtypes(s: Builder) -> None:
    """Where dtypes are mixed, each leaf's gradient has the leaf's own.

    The product of a float32 and a float64 value is float64, and so is its cotangent; on its way
    into the float32 leaf it must be cast back.
    """
    narrow, wide = s.leaf([2.0, 3.0], dtype="float32"), s.leaf([5.0, 7.0], dtype="float64")
    y = weighted(s, s.call("multiply", narrow, wide), [1.0, 2.0])
    first, second = s.each_grad(y, narrow, wide)
    s.equals(first, [5.0, 14.0], dtype="float32")
    s.equals(second, [2.0, 6.0], dtype="float64")


@must("T8", "L2")
def integers(s: Builder) -> None:
    """An integer leaf that is asked to record is an error, unless it becomes one of floats.

    The error may come where the leaf is made, used or swept. An engine that has floats alone makes
    floats of it, and gives their gradient.
    """
    x = s.leaf(np.array([1, 2, 3]))
    made, total = s.value(x), s.call("sum", x)
    swept = s.grads(total, x)
    grad = s.step("item", swept, index=0)
    among = (
        Alternative("is an error", (Raises(step=swept, earlier=(x, total)),)),
        Alternative(
            "becomes floats",
            (
                Equals(step=made, want=Leaf.of([1.0, 2.0, 3.0]), dtype="float"),
                Equals(step=grad, want=Leaf.of([1.0, 1.0, 1.0])),
            ),
        ),
    )
    name, why = "an integer leaf that is asked to record", "integers have no derivative"
    s.expect(Choice(step=grad, name=name, among=among, torch="is an error", why=why))


@must("T9", "L2")
def repeated_indices(s: Builder) -> None:
    """An entry that is indexed several times gets the sum of the contributions.

    `grad[indices] += g` in numpy writes each index once; only `np.add.at` adds them all.
    """
    x, at = s.leaf([1.0, 2.0, 3.0]), s.constant(np.array([0, 2, 2, 2]))
    picked = s.call("getitem", x, at, key=[{"arg": 1}])
    s.gradients(weighted(s, picked, [1.0, 10.0, 100.0, 1000.0]), {x: [1.0, 0.0, 1110.0]})


@must("T10", "L2")
def comparisons(s: Builder) -> None:
    """The result of a comparison is not differentiable: nothing flows through it."""
    x, a, b = s.leaf([1.0, 4.0]), s.leaf([5.0, 6.0]), s.leaf([7.0, 8.0])
    chosen = s.call("where", s.call("greater", x, s.constant([2.0, 2.0])), a, b)
    of_x, of_a, of_b = s.each_grad(weighted(s, chosen, [2.0, 3.0]), x, a, b)
    s.equals(of_a, [0.0, 3.0])
    s.equals(of_b, [2.0, 0.0])
    among = {"none": Absent(step=of_x), "zero": Equals(step=of_x, want=Leaf.of([0.0, 0.0]))}
    s.choice("the gradient of what was only compared", of_x, among, torch="none", jax="zero")


@must("T11", "L2", blocked_by="T5")
def expanded_seed(s: Builder) -> None:
    """A seed that is one number broadcast (stride 0 in memory) works, and is not written to."""
    x = s.leaf([1.0, 2.0, 3.0])
    seed = s.call("broadcast_to", s.constant([2.0]), shape=[3])
    y = s.call("multiply", x, x)
    s.backward(y, seed)
    s.equals(s.get_grad(x), [4.0, 8.0, 12.0])
    s.equals(s.value(seed), [2.0, 2.0, 2.0], "the seed is the caller's")


@must("T12", "L2")
def empty(s: Builder) -> None:
    """The sum over an empty array gives an empty gradient of the array's shape."""
    x = s.leaf(np.zeros((0, 3)))
    s.gradients(s.call("sum", x), {x: np.zeros((0, 3))})


@must("T13", "L2")
def routes(s: Builder) -> None:
    """concat and split send each slice of the gradient to where the values came from."""
    a, b = s.leaf([1.0, 2.0]), s.leaf([3.0])
    y = weighted(s, s.call("concat", a, b, axis=0), [5.0, 7.0, 11.0])
    s.gradients(y, {a: [5.0, 7.0], b: [11.0]}, "of a concat")
    if "split" in s.offer.ops:
        x = s.leaf([1.0, 2.0, 3.0])
        parts = s.call("split", x, indices_or_sections=[1], axis=0)
        head, tail = (s.step("item", parts, index=k) for k in range(2))
        y = s.call("add", weighted(s, head, [5.0]), weighted(s, tail, [7.0, 11.0]))
        s.gradients(y, {x: [5.0, 7.0, 11.0]}, "of a split")


@must("T14", "L2", blocked_by="S2 T13")
def concat_twice(s: Builder) -> None:
    """The same value twice in one concat gets both slices, added."""
    x = s.leaf([1.0, 2.0])
    y = weighted(s, s.call("concat", x, x, axis=0), [1.0, 2.0, 30.0, 40.0])
    s.gradients(y, {x: [31.0, 42.0]})


@must("T15", "L2", blocked_by="T1")
def where(s: Builder) -> None:
    """`where` sends each entry to the branch that it came from, broadcast branches included."""
    mask = s.constant(np.array([[True, False, True], [False, False, True]]))
    a, b = s.leaf([10.0, 20.0, 30.0]), s.leaf([[5.0], [6.0]])
    y = weighted(s, s.call("where", mask, a, b), WEIGHTS)
    s.gradients(y, {a: [1.0, 0.0, 9.0], b: [[2.0], [9.0]]})


@must("T16", "L2")
def complex_convention(s: Builder) -> None:
    """The gradient of |z|² is 2z, or its conjugate, as the engine declares, by any way to z.

    PyTorch gives ∂L/∂x + i ∂L/∂y, the direction of steepest ascent; JAX gives its conjugate. A
    rule that forgets to conjugate is right for real numbers, and mixes the two for complex ones.
    """
    for scale in (1.0, 1.0 + 1.0j):
        z = s.leaf(3.0 + 4.0j)
        size = s.call("abs", z if scale == 1.0 else s.call("multiply", z, s.constant(scale)))
        (grad,) = s.each_grad(s.call("multiply", size, size), z)
        ascent = 2.0 * (3.0 + 4.0j) * abs(scale) ** 2
        among = {
            "∂L/∂x + i ∂L/∂y": Equals(step=grad, want=Leaf.of(ascent), rounded=True),
            "its conjugate": Equals(step=grad, want=Leaf.of(ascent.conjugate()), rounded=True),
        }
        why = f"L = |{scale:g} · z|² at z = 3 + 4i"
        s.choice("a complex gradient", grad, among, torch="∂L/∂x + i ∂L/∂y", jax="its conjugate",
                 why=why)  # fmt: skip


@must("T17", "L2")
def complex_root(s: Builder) -> None:
    """A sweep from a complex root without a seed is an error."""
    z = s.leaf(3.0 + 4.0j)
    s.raises(s.grads(s.call("multiply", z, z), z), "a complex number has no one direction")


@must("T18", "L2")
def layouts(s: Builder) -> None:
    """Inputs that are not contiguous, have negative strides, one entry or no axis give the same."""
    for layout in ("C", "F", "strided", "reversed"):
        x = s.leaf(WEIGHTS, layout=layout)
        y = s.call("sum", s.call("multiply", s.call("multiply", x, x), s.constant(WEIGHTS)))
        s.gradients(y, {x: 2.0 * WEIGHTS * WEIGHTS}, f"layout {layout}")
    for shape in ((1,), (1, 1), ()):
        x = s.leaf(np.full(shape, 3.0), layout="C")
        y = s.call("sum", s.call("multiply", x, x))
        s.gradients(y, {x: np.full(shape, 6.0)}, f"shape {shape}")
