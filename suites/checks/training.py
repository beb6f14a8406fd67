"""L3: what training rests on: losses, layers, attention, optimiser steps, batches and casts.

The inputs are chosen so that the true gradients are floating-point numbers: differences and means
of small powers of two, softmaxes of equal scores.
"""

from __future__ import annotations

import math

import numpy as np

from ...oracles.program import Array, Leaf
from .clause import may, must
from .script import Absent, AnyExpectation, Builder, Equals, Raises, Ref
from .tensor import weighted

FORBIDDEN = -math.inf
"""The score of what must not be seen."""


def difference(s: Builder) -> tuple[Ref, Ref]:
    """A leaf of predictions, and what they are away from their targets; the last one nothing."""
    x = s.leaf([1.0, 2.0, 4.0, 4.0])
    return x, s.call("subtract", x, s.constant([0.0, 4.0, 3.0, 4.0]))


@must("N1", "L3", blocked_by="S2")
def squared_error(s: Builder) -> None:
    """The gradient of the mean squared error is 2(x − t)/n.

    A mean whose derivative is that of the sum makes every learning rate n times too large, and
    differently so for each batch size.
    """
    x, d = difference(s)
    y = s.call("mean", s.call("multiply", d, d))
    s.gradients(y, {x: [0.5, -1.0, 0.5, 0.0]}, "2(x − t)/n with n = 4")


@must("N2", "L3")
def absolute_error(s: Builder) -> None:
    """The gradient of the mean absolute error is sign(x − t)/n; at a tie as the engine declares."""
    x, d = difference(s)
    (grad,) = s.each_grad(s.call("mean", s.call("abs", d)), x)
    among = {
        label: Equals(step=grad, want=Leaf.of([0.25, -0.25, 0.25, at_tie / 4]))
        for label, at_tie in (("0", 0.0), ("1", 1.0), ("-1", -1.0))
    }
    s.choice("the derivative of |x| at 0", grad, among, torch="0", jax="0")


def cross_entropy(s: Builder, valid: list[bool]) -> tuple[Ref, Ref]:
    """Logits of four rows, and the mean of −log p over the valid ones."""
    logits = s.leaf(np.outer([1.0, 2.0, -1.0, 3.0], np.ones(4)))
    targets = s.constant(np.array([[2], [0], [1], [3]]))
    picked = s.call("take_along_axis", s.call("special.log_softmax", logits, axis=1), targets,
                    axis=1)  # fmt: skip
    mask = s.constant(np.array(valid)[:, None])
    kept = s.call("where", mask, s.call("negative", picked), s.constant(np.zeros((4, 1))))
    return logits, s.call("divide", s.call("sum", kept), s.constant(float(sum(valid))))


@must("N3", "L3", blocked_by="T15")
def cross_entropy_rows(s: Builder) -> None:
    """The gradient of the cross-entropy is (softmax − one-hot)/valid rows; ignored rows get 0.

    Padding in a batch must change nothing: an ignored row contributes to no gradient, and the mean
    goes over the rows that count.
    """
    logits, y = cross_entropy(s, [True, False, True, True])
    want = np.full((4, 4), 0.25)
    want[[0, 1, 2, 3], [2, 0, 1, 3]] -= 1.0
    want[1] = 0.0
    s.gradients(y, {logits: want / 3}, "each softmax is 1/4; row 1 is ignored", rounded=True)


@must("N4", "L3", blocked_by="N3")
def nothing_counts(s: Builder) -> None:
    """A batch whose rows are all ignored has the loss 0/0, and gradients as the engine declares."""
    logits, y = cross_entropy(s, [False] * 4)
    swept = s.grads(y, logits)
    grad = s.step("item", swept, index=0)
    among: dict[str, AnyExpectation] = {
        "zero": Equals(step=grad, want=Leaf.of(np.zeros((4, 4)))),
        "NaN": Equals(step=grad, want=Leaf.of(np.full((4, 4), math.nan))),
        "an error": Raises(step=swept, earlier=(y,)),
    }
    s.choice("the gradient of a mean over nothing", grad, among, torch="zero", jax="zero")


@must("N5", "L3", blocked_by="G14")
def step_unrecorded(s: Builder) -> None:
    """A step of gradient descent under `no_grad` is not recorded, and the weight stays a leaf.

    If the step were recorded, the weight would be a node of its own past: each step would make the
    graph longer, and the sweep would run through all steps before.
    """
    w, x = s.leaf(2.0), s.constant(3.0)
    s.backward(s.call("multiply", s.call("multiply", w, w), x))
    descend(s, w)
    s.equals(s.value(w), -1.0, "2 − 6wx/24 with lr = 1/4")
    for verb in ("is_leaf", "requires_grad"):
        if verb in s.offer.verbs:
            s.flag(s.step(verb, w), True)
    s.step("zero_grad", w)
    s.backward(s.call("multiply", s.call("multiply", w, w), x))
    s.equals(s.get_grad(w), -6.0, "2wx at w = −1")


def descend(s: Builder, w: Ref, rate: float = 0.25) -> None:
    """One step of gradient descent, in place, as an optimiser makes it."""
    step = s.call("multiply", s.get_grad(w), s.constant(rate))
    s.enter("no_grad")
    s.step("inplace", w, step, name="sub_")
    s.leave()


@must("N6", "L3", blocked_by="S2")
def tied_weights(s: Builder) -> None:
    """Tied weights, here an encoder and the decoder that is its transpose, add their gradients."""
    x, matrix, g = (
        np.array([[1.0, 2.0]]),
        np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        [[1.0, 9.0]],
    )
    w = s.leaf(matrix)
    hidden = s.call("matmul", s.constant(x), w)
    y = weighted(s, s.call("matmul", hidden, s.call("permute_dims", w, axes=[1, 0])), g)
    decoder, encoder = np.transpose(g) @ (x @ matrix), x.T @ (g @ matrix)
    s.gradients(y, {w: encoder + decoder}, "the encoder's share and the decoder's")


@must("N7", "L3")
def frozen(s: Builder) -> None:
    """A frozen parameter has no gradient, and what is before it still gets its own.

    Freezing the head of a network must not cut the path to its body. An engine that cannot be told
    which leaf is frozen, since nothing of it has `requires_grad`, may give each leaf its gradient.
    """
    w, head = s.leaf([[1.0, 2.0], [3.0, 4.0]]), s.constant([[5.0, 0.0], [7.0, -1.0]])
    hidden = s.call("matmul", s.constant([[1.0, -1.0]]), w)
    s.gradients(weighted(s, s.call("matmul", hidden, head), [[1.0, 10.0]]),
                {w: [[5.0, -3.0], [-5.0, 3.0]]}, "through the frozen head")  # fmt: skip
    if {"get_grad", "requires_grad"} <= s.offer.verbs:
        s.absent(s.get_grad(head), "it is frozen")
    elif "get_grad" in s.offer.verbs:
        grad = s.get_grad(head)
        unasked = {
            "is none": Absent(step=grad),
            "is zero": Equals(step=grad, want=Leaf.of(np.zeros((2, 2)))),
            "is given": Equals(step=grad, want=Leaf.of([[-2.0, -20.0], [-2.0, -20.0]])),
        }
        s.choice("the gradient of a frozen parameter", grad, unasked, torch="is none")


@must("N8", "L3", blocked_by="T15")
def dropout(s: Builder) -> None:
    """Dropout's backward uses the mask of its forward."""
    x, keep = s.leaf(np.ones(6)), np.array([True, False, False, True, True, False])
    kept = s.call("where", s.constant(keep), s.call("divide", x, s.constant(0.5)),
                  s.constant(np.zeros(6)))  # fmt: skip
    weights = np.arange(1.0, 7.0)
    s.gradients(weighted(s, kept, weights), {x: np.where(keep, 2 * weights, 0)}, "scaled by 1/p")
    if {"dropout", "backward", "get_grad"} <= s.offer.verbs:
        x, many = s.leaf(np.ones(64)), np.arange(1.0, 65.0)
        y = s.call("multiply", s.step("dropout", x, p=0.5), s.constant(many))
        s.backward(s.call("sum", y))
        off = s.call("subtract", s.get_grad(x), y)
        s.equals(s.value(off), np.zeros(64), "y is linear in x = 1: both hold the same mask")


@must("N9", "L3", blocked_by="T1")
def batch_norm(s: Builder) -> None:
    """Batch normalisation in training: mean and variance are differentiated, too.

    So the gradients of a feature sum to 0 over the batch. If the statistics are taken for
    constants, they do not, and training drifts.
    """
    x = s.leaf([[0.0, 1.0], [2.0, 5.0], [0.0, 5.0], [2.0, 1.0]])
    scale = s.leaf([1.0, 3.0])
    centred = s.call("subtract", x, s.call("mean", x, axis=0, keepdims=True))
    variance = s.call("mean", s.call("multiply", centred, centred), axis=0, keepdims=True)
    normal = s.call("divide", centred, s.call("sqrt", variance))
    g = [[1.0, 4.0], [2.0, 0.0], [3.0, 12.0], [6.0, 4.0]]
    y = weighted(s, s.call("multiply", normal, scale), g)
    of_x = [[-1.0, 0.0], [-2.0, -9.0], [1.0, 9.0], [2.0, 0.0]]
    s.gradients(y, {x: of_x, scale: [4.0, 4.0]}, "(g − mean g − x̂ · mean(g x̂)) · scale / σ")


@must("N10", "L3")
def embedding(s: Builder) -> None:
    """An embedding's repeated rows add up, and the row of the padding gets 0."""
    table = s.leaf(np.arange(8.0).reshape(4, 2))
    ids = np.array([2, 1, 0, 2, 0])
    rows = s.call("take", table, s.constant(ids), axis=0)
    kept = s.call("multiply", rows, s.constant((ids != 0)[:, None].astype(float)))
    weights = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [10.0, 20.0], [7.0, 8.0]]
    want = [[0.0, 0.0], [3.0, 4.0], [11.0, 22.0], [0.0, 0.0]]
    s.gradients(weighted(s, kept, weights), {table: want}, "rows 2, 1 and 2; row 0 pads")


# ---- attention ---------------------------------------------------------------------------------


def attention(s: Builder, q: Ref, k: Ref, v: Ref, seen: Array) -> Ref:
    """softmax(q kᵀ / 2 where `seen`) v, the columns of q and k being four."""
    scores = s.call("matmul", q, s.call("permute_dims", k, axes=[1, 0]))
    scores = s.call("multiply", scores, s.constant(0.5))
    never = s.constant(np.full(seen.shape, FORBIDDEN))
    shares = s.call("special.softmax", s.call("where", s.constant(seen), scores, never), axis=1)
    return s.call("matmul", shares, v)


def sweep_attention(
    g: Array, q: Array, k: Array, v: Array, seen: Array
) -> tuple[Array, Array, Array]:
    """The gradients for q, k and v where all keys are alike: what is seen shares equally."""
    shares = seen / seen.sum(1, keepdims=True)
    of_shares = g @ v.T
    of_scores = shares * (of_shares - (shares * of_shares).sum(1, keepdims=True))
    return of_scores @ k / 2, of_scores.T @ q / 2, shares.T @ g


KEY = np.array([1.0, -2.0, 0.5, 1.0])
QUERIES = np.array([[1.0, 0.0, 2.0, -1.0], [0.0, 1.0, 1.0, 3.0]])
VALUES = np.array([[1.0, 2.0], [3.0, -2.0], [-5.0, 4.0], [8.0, 0.0]])


@must("N11", "L3", blocked_by="T15")
def future(s: Builder) -> None:
    """In causal attention the gradients of future keys and values are exactly 0.

    A gradient that leaks from the future is small, trains well, and means that the model has seen
    what it must predict. NaN here comes from −inf · 0 in a backward that masks by multiplication.
    """
    keys = np.stack([KEY, KEY, 40 * KEY, -KEY])
    q, k, v = s.leaf(QUERIES), s.leaf(keys), s.leaf(VALUES)
    seen = np.arange(4) <= np.arange(2)[:, None]
    g = np.array([[2.0, -4.0], [8.0, 1.0]])
    y = weighted(s, attention(s, q, k, v, seen), g)
    wants = sweep_attention(g, QUERIES, keys, VALUES, seen)
    s.gradients(y, dict(zip((q, k, v), wants, strict=True)), "rows 2 and 3 are the future")


@must("N12", "L3", blocked_by="N11")
def nothing_seen(s: Builder) -> None:
    """A softmax over a row that is masked throughout is NaN or zero, as the engine declares.

    Whichever it is, the rows beside it keep their right gradient.
    """
    x, seen = s.leaf([[3.0, 3.0], [1.0, 2.0]]), np.array([[True, True], [False, False]])
    never = s.constant(np.full((2, 2), FORBIDDEN))
    shares = s.call("special.softmax", s.call("where", s.constant(seen), x, never), axis=1)
    value = s.value(shares)
    rows = {"NaN": math.nan, "zero": 0.0, "the same for all": 0.5}
    among: dict[str, AnyExpectation] = {
        label: Equals(step=value, want=Leaf.of([[0.5, 0.5], [row, row]]))
        for label, row in rows.items()
    }
    s.choice("a softmax over nothing", value, among, torch="NaN", jax="NaN")
    (grad,) = s.each_grad(weighted(s, shares, [[8.0, 4.0], [2.0, 6.0]]), x)
    ways: dict[str, AnyExpectation] = {
        label: Equals(step=grad, want=Leaf.of([[1.0, -1.0], [row, row]]))
        for label, row in (("zero", 0.0), ("NaN", math.nan))
    }
    s.choice("the gradient of a softmax over nothing", grad, ways, torch="zero", jax="zero")


@must("N13", "L3", blocked_by="G1")
def micro_batches(s: Builder) -> None:
    """Micro-batches whose gradients are accumulated give the gradient of the full batch."""
    weight = np.array([[1.0], [2.0]])
    w, rows = s.leaf(weight), np.array([[1.0, 2.0], [0.0, 4.0], [3.0, -1.0], [2.0, 2.0]])
    shares = []
    for part in (rows[:2], rows[2:]):
        out = s.call("matmul", s.constant(part), w)
        s.backward(
            s.call("multiply", s.call("sum", s.call("multiply", out, out)), s.constant(0.25))
        )
        shares.append(part.T @ part @ weight / 2)
    accumulated(s, w, shares, "the mean of (xw)² over four rows, in two halves")


def accumulated(s: Builder, w: Ref, shares: list[Array], why: str) -> None:
    """The leaf holds the sum of its sweeps' gradients, or the last, as it was seen to do."""
    grad = s.get_grad(w)
    among = {
        "adds to the gradient": Equals(
            step=grad, want=Leaf.of(sum(shares, np.zeros_like(shares[0])))
        ),
        "replaces it": Equals(step=grad, want=Leaf.of(shares[-1])),
    }
    s.choice("a second sweep", grad, among, torch="adds to the gradient", why=why)


@must("N14", "L3", blocked_by="N5")
def forgotten_zero_grad(s: Builder) -> None:
    """Without `zero_grad` each step follows the sum of all gradients so far, exactly.

    That is a fault of the training loop, and a common one; but what comes of it is defined, and
    an engine that does anything else has lost or doubled a gradient.
    """
    w = s.leaf(4.0)
    shares: list[Array] = []
    added = replaced = 4.0
    for _ in range(3):
        s.backward(s.call("multiply", w, w))
        descend(s, w, 0.125)
        shares.append(np.asarray(2 * added))
        added, replaced = added - 0.125 * float(sum(shares)), replaced * 0.75
    at = s.value(w)
    among = {
        "adds to the gradient": Equals(step=at, want=Leaf.of(added)),
        "replaces it": Equals(step=at, want=Leaf.of(replaced)),
    }
    s.choice("a second sweep", at, among, torch="adds to the gradient",
             why="three steps of w ← w − (sum of 2w)/8 from 4")  # fmt: skip


@must("N16", "L3", blocked_by="S2 N11")
def kinds_of_attention(s: Builder) -> None:
    """Self-, cross- and causal attention send gradients through queries, keys and values.

    In self-attention one sequence is all three, and its gradient is their sum.
    """
    project = np.array([[1.0, 0.0, 2.0, -1.0], [0.0, 1.0, 1.0, 0.5]])
    same = np.array([[0.0] * 4, KEY])
    sequence, other = np.array([[4.0, 2.0], [-2.0, 2.0]]), np.array([[1.0, 3.0], [2.0, -1.0]])
    g = np.array([[2.0, -4.0], [8.0, 1.0]])
    everything, past = np.ones((2, 2), bool), np.tri(2, dtype=bool)
    for kind, seen in (("self", everything), ("causal", past), ("cross", everything)):
        x, wq, wk = s.leaf(sequence), s.leaf(project), s.leaf(same)
        y = s.leaf(other) if kind == "cross" else x
        asks = other if kind == "cross" else sequence
        k = s.call("matmul", x, wk)
        out = attention(s, s.call("matmul", y, wq), k, x, seen)
        of_q, of_k, of_v = sweep_attention(g, asks @ project, sequence @ same, sequence, seen)
        wants = {wq: asks.T @ of_q, wk: sequence.T @ of_k, x: of_k @ same.T + of_v}
        wants[y] = wants.get(y, 0.0) + of_q @ project.T
        s.gradients(weighted(s, out, g), wants, f"{kind}-attention")


# ---- dtypes ------------------------------------------------------------------------------------


@may("D1", "L3")
def autocast(s: Builder) -> None:
    """Under autocast a float32 leaf gets a float32 gradient."""
    x, w = s.leaf([[1.0, 2.0]], dtype="float32"), s.leaf([[3.0], [4.0]], dtype="float32")
    s.enter("autocast")
    y = s.call("matmul", x, w)
    s.leave()
    s.gradients(s.call("sum", y), {x: [[3.0, 4.0]], w: [[1.0], [2.0]]}, dtype="float32")


@must("D2", "L3", blocked_by="T7")
def cast(s: Builder) -> None:
    """A cast of dtype is a differentiable node: gradients pass, in the leaf's own dtype."""
    for here, there in (("float32", "float64"), ("float64", "float32")):
        x = s.leaf([2.0, 3.0], dtype=here)
        y = s.step("astype", s.call("multiply", x, x), dtype=there)
        s.gradients(weighted(s, y, [1.0, 10.0]), {x: [4.0, 60.0]}, f"{here} to {there}", dtype=here)
