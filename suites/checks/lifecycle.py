"""L4: what `.grad`, graphs and modes do over an engine's life; the basic half, G1 to G16."""

from __future__ import annotations

from ...oracles.program import Leaf
from .clause import may, must, should
from .script import Absent, AnyExpectation, Builder, Equals, Raises, Ref


def squared(s: Builder, x: Ref) -> Ref:
    """x²."""
    return s.call("multiply", x, x)


@must("G1", "L4", blocked_by="S2")
def adds(s: Builder) -> None:
    """Sweeps of several graphs add to a leaf's gradient, or replace it, as the engine declares.

    PyTorch adds until the gradient is zeroed or set to none: that is what micro-batches rest on,
    and what a forgotten `zero_grad` trips over.
    """
    x = s.leaf(3.0)
    for _ in range(2):
        s.backward(squared(s, x))
    grad = s.get_grad(x)
    among = {
        "adds to the gradient": Equals(step=grad, want=Leaf.of(12.0)),
        "replaces it": Equals(step=grad, want=Leaf.of(6.0)),
    }
    s.choice("a second sweep", grad, among, torch="adds to the gradient")


@must("G2", "L4", blocked_by="G1")
def accumulates_in_place(s: Builder) -> None:
    """A second sweep adds into the gradient's array, or makes a new one, as the engine declares."""
    x = s.leaf(3.0)
    s.backward(squared(s, x))
    held = s.get_grad(x)
    s.backward(squared(s, x))
    again = s.value(held)
    among = {
        "changes with it": Equals(step=again, want=Leaf.of(12.0)),
        "stays as it was": Equals(step=again, want=Leaf.of(6.0)),
    }
    name = "a gradient that was read before a second sweep"
    s.choice(name, again, among, torch="changes with it")


@should("G3", "L4", blocked_by="G1")
def kept_graph_out_of_place(s: Builder) -> None:
    """Where the gradient is part of a graph, a second sweep makes a new one.

    With `create_graph` the gradient is itself a recorded value. Adding in place would change what
    its graph has saved.
    """
    x = s.leaf(3.0)
    s.backward(squared(s, x), create_graph=True)
    held = s.get_grad(x)
    s.backward(squared(s, x), create_graph=True)
    s.equals(s.value(held), 6.0, "it was recorded, so it must not change")
    s.equals(s.get_grad(x), 12.0)


@must("G4", "L4")
def set_to_none(s: Builder) -> None:
    """Setting a gradient to none resets it."""
    x = s.leaf(3.0)
    s.backward(squared(s, x))
    s.step("set_grad", x)
    s.absent(s.get_grad(x))
    s.backward(squared(s, x))
    s.equals(s.get_grad(x), 6.0, "2x of the second sweep alone")


@must("G5", "L4")
def zero_grad(s: Builder) -> None:
    """`zero_grad` resets: the gradient is none or zero after it, and the next sweep starts anew."""
    x = s.leaf(3.0)
    s.backward(squared(s, x))
    s.step("zero_grad", x)
    grad = s.get_grad(x)
    among = {"none": Absent(step=grad), "zero": Equals(step=grad, want=Leaf.of(0.0))}
    s.choice("a gradient after zero_grad", grad, among, torch="none")
    s.backward(squared(s, x))
    s.equals(s.get_grad(x), 6.0, "2x of the second sweep alone")


@must("G6", "L4")
def inner_nodes(s: Builder) -> None:
    """Inner nodes keep no gradient after a sweep.

    What passes through a node during a sweep is of no use after it. Keeping it costs memory, and
    a later sweep may take it for the beginning of its own sum.
    """
    x = s.leaf(3.0)
    y = squared(s, x)
    s.backward(s.call("multiply", y, s.constant(5.0)))
    s.absent(s.get_grad(y), "y is no leaf")


@must("G7", "L4")
def retain_grad(s: Builder) -> None:
    """An inner node keeps its gradient if it was asked to."""
    x = s.leaf(3.0)
    y = squared(s, x)
    s.step("retain_grad", y)
    s.backward(s.call("multiply", y, s.constant(5.0)))
    s.equals(s.get_grad(y), 5.0, "the derivative of 5y")
    s.equals(s.get_grad(x), 30.0)


@must("G8", "L4", blocked_by="S3")
def second_sweep(s: Builder) -> None:
    """A second sweep over a graph that was freed is an error, and never a wrong number.

    An engine that always keeps its graphs may sweep again, and then adds the same gradient once
    more. If inner nodes still hold what the first sweep left in them, the second one adds to that
    instead of starting from zero: every node hands down too much, and the leaf ends with three
    or four times its gradient instead of twice. Zeroing the leaves before the second sweep does
    not help; the inner nodes must be reset, or the graph built anew for each sweep.

    An engine that has let its graph go, and sweeps over what is left of it without a word, gives
    no gradient at all where one is due.
    """
    x = s.leaf(3.0)
    y = squared(s, x)
    z = squared(s, y)
    s.backward(z)
    again = s.backward(z)
    if "retain_graph" in s.offer.verbs:
        s.raises(again, "the first sweep did not retain the graph")
        return
    name, why = "a second sweep over one graph", "each sweep over it gives 4x³ = 108"
    swept_again(s, name, x, again, (216.0, 108.0), "is an error", why)
    s.backward(s.call("multiply", x, s.constant(5.0)))
    swept_again(s, name, x, s.backward(z), (329.0, 108.0), "is an error", why)


def swept_again(
    s: Builder, name: str, x: Ref, sweep: Ref, wants: tuple[float, float], torch: str, why: str
) -> None:
    """The engine adds, replaces or raises, and each time the same.

    One that silently does nothing looks like one that replaces, until another graph is swept
    between the two.
    """
    grad = s.get_grad(x)
    among: dict[str, AnyExpectation] = {
        "adds": Equals(step=grad, want=Leaf.of(wants[0])),
        "replaces": Equals(step=grad, want=Leaf.of(wants[1])),
        "is an error": Raises(step=sweep),
    }
    s.choice(name, grad, among, torch=torch, why=why)


@may("G9", "L4", blocked_by="G8")
def nothing_saved(s: Builder) -> None:
    """A second sweep over a freed graph is allowed where no op had saved a value."""
    x = s.leaf(3.0)
    y = s.call("add", x, s.constant(1.0))
    s.backward(y)
    name, why = "a second sweep over a graph that saved nothing", "each sweep over it gives 1"
    swept_again(s, name, x, s.backward(y), (2.0, 1.0), "adds", why)
    s.backward(s.call("multiply", x, s.constant(5.0)))
    swept_again(s, name, x, s.backward(y), (8.0, 1.0), "adds", why)


@must("G10", "L4", blocked_by="G1 S3")
def retained(s: Builder) -> None:
    """A graph that was retained can be swept again, and the second sweep adds the same once more.

    Each sweep starts from nothing: what the first one left in inner nodes must not be added to.
    """
    x = s.leaf(3.0)
    y = squared(s, x)
    z = squared(s, y)
    s.backward(z, retain_graph=True)
    s.equals(s.value(s.get_grad(x)), 108.0, "4x³")
    s.backward(z)
    s.equals(s.get_grad(x), 216.0, "4x³ = 108 from each sweep")


@must("G11", "L4")
def no_graph(s: Builder) -> None:
    """A sweep from something that has no graph is an error.

    To an engine that cannot be told what is constant, since nothing of it has `requires_grad`,
    everything is a graph: it may give the gradient instead.
    """
    c = s.constant(3.0)
    sweep, why = s.backward(squared(s, c)), "nothing in it records"
    if "requires_grad" in s.offer.verbs or "get_grad" not in s.offer.verbs:
        s.raises(sweep, why)
        return
    grad = s.get_grad(c)
    among: dict[str, AnyExpectation] = {
        "is an error": Raises(step=sweep),
        "gives them a gradient": Equals(step=grad, want=Leaf.of(6.0)),
    }
    s.choice("a sweep from constants", grad, among, torch="is an error", why=why)


@must("G12", "L4")
def detach(s: Builder) -> None:
    """A detached value is a leaf that does not record, has no gradient, and shares memory."""
    x = s.leaf(3.0)
    y = squared(s, x)
    cut = s.step("detach", y)
    s.equals(s.value(cut), 9.0)
    s.flag(s.step("requires_grad", cut), False)
    if "is_leaf" in s.offer.verbs:
        s.flag(s.step("is_leaf", cut), True)
    s.absent(s.get_grad(cut))
    if "inplace" in s.offer.verbs:
        s.step("inplace", cut, s.constant(7.0), name="copy_")
        s.equals(s.value(y), 7.0, "what is written through the one is read through the other")


@must("G13", "L4", blocked_by="S2")
def detach_cuts_one_path(s: Builder) -> None:
    """Detaching a value cuts the path through the copy, and no other."""
    x = s.leaf(2.0)
    y = squared(s, x)
    cut = s.call("multiply", s.step("detach", y), x)
    s.backward(s.call("add", s.call("multiply", y, x), cut))
    s.equals(s.get_grad(x), 16.0, "3x² = 12 by y · x, and y = 4 by the detached copy")


@must("G14", "L4")
def no_grad(s: Builder) -> None:
    """What is computed under `no_grad` is not recorded: a leaf that does not require a gradient."""
    x = s.leaf(3.0)
    s.enter("no_grad")
    y = squared(s, x)
    s.leave()
    if "requires_grad" in s.offer.verbs:
        s.flag(s.step("requires_grad", y), False)
    if "is_leaf" in s.offer.verbs:
        s.flag(s.step("is_leaf", y), True)
    s.backward(s.call("multiply", y, x))
    s.equals(s.get_grad(x), 9.0, "y = 9 is a constant")


@must("G15", "L4", blocked_by="G14")
def enable_grad(s: Builder) -> None:
    """`enable_grad` inside `no_grad` records again, and after it `no_grad` holds on."""
    x = s.leaf(3.0)
    s.enter("no_grad")
    s.enter("enable_grad")
    inner = squared(s, x)
    s.leave()
    outer = squared(s, x)
    s.leave()
    after = squared(s, x)
    for y, want in ((inner, True), (outer, False), (after, True)):
        s.flag(s.step("requires_grad", y), want)


@must("G16", "L4", blocked_by="G14")
def mode_after_exception(s: Builder) -> None:
    """The mode comes back when a block is left by an exception.

    A context manager that restores the mode only on the way through, and not in `finally`, leaves
    recording off for the rest of the program, and training goes on without any gradient.
    """
    x = s.leaf(3.0)
    s.enter("no_grad")
    s.leave(raising=True)
    s.backward(squared(s, x))
    s.equals(s.get_grad(x), 6.0, "the block is over: this is recorded")
    if "is_grad_enabled" in s.offer.verbs:
        s.flag(s.step("is_grad_enabled"), True)
