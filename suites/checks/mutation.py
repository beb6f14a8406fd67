"""L5: writing in place, and memory that several tensors share."""

from __future__ import annotations

from ...oracles.program import Leaf
from .clause import must
from .script import Alternative, Builder, Choice, Equals, Raises, Ref, Returns

FIRST = [{"slice": [0, 1, None]}]
"""The key of the first entry, as a view."""


def times(s: Builder, x: Ref, *factors: float) -> Ref:
    """x, times a constant: a result that records."""
    return s.call("multiply", x, s.constant(list(factors)))


def first_of(s: Builder, y: Ref) -> Ref:
    """y[0:1], a view."""
    return s.call("getitem", y, key=FIRST)


def write(s: Builder, y: Ref, name: str, *entries: float) -> Ref:
    """`y.mul_(…)` and the like, with a constant."""
    return s.step("inplace", y, s.constant(list(entries)), name=name)


def swept_sum(s: Builder, y: Ref) -> Ref:
    """A sweep from the sum of y."""
    return s.backward(s.call("sum", y))


@must("M1", "L5")
def in_place_on_a_leaf(s: Builder) -> None:
    """To write in place to a leaf that records is an error, and changes nothing.

    The old value would be lost to the graph, and the leaf would be a result. `no_grad` says that
    the step is not part of what is differentiated. What does not record can be written to.
    """
    x, c = s.leaf([1.0, 2.0]), s.constant([1.0, 2.0])
    write(s, c, "add_", 5.0, 5.0)
    s.equals(s.value(c), [6.0, 7.0])
    for name in ("add_", "mul_", "copy_"):
        s.raises(write(s, x, name, 5.0, 5.0), "x is a leaf that records")
    s.equals(s.value(x), [1.0, 2.0])


@must("M2", "L5")
def allowed_under_no_grad(s: Builder) -> None:
    """Under `no_grad` a leaf can be written to: its version rises by one, and it stays a leaf."""
    x = s.leaf([1.0, 2.0])
    s.enter("no_grad")
    write(s, x, "mul_", 3.0, 3.0)
    s.leave()
    s.equals(s.value(x), [3.0, 6.0])
    s.equals(s.step("version_counter", x), 1, "written to once")
    s.flag(s.step("requires_grad", x), True)
    s.flag(s.step("is_leaf", x), True)
    swept_sum(s, s.call("multiply", x, x))
    s.equals(s.get_grad(x), [6.0, 12.0], "2x of what x is now")


@must("M3", "L5")
def saved_value_changed(s: Builder) -> None:
    """If a saved value was written to before the sweep, the sweep is an error, or uses the old one.

    The derivative of y² is 2y for the y that was squared. An engine that keeps no copy of it must
    notice the change, as PyTorch does by counting writes: any other number is silently wrong. To
    refuse the write is as right, if it leaves the value as it was.
    """
    x = s.leaf([2.0, 3.0])
    y = times(s, x, 5.0, 5.0)
    square = s.call("multiply", y, y)
    written = write(s, y, "add_", 1.0, 1.0)
    _stale(s, x, (written, square), [100.0, 150.0], "value", "y² has saved y = 5x")
    x, c = s.leaf([2.0, 3.0]), s.constant([5.0, 7.0])
    product = s.call("multiply", x, c)
    written = write(s, c, "add_", 1.0, 1.0)
    _stale(s, x, (written, product), [5.0, 7.0], "constant", "x · c has saved c")
    if "detach" in s.offer.verbs:
        x = s.leaf([2.0, 3.0])
        y = times(s, x, 5.0, 5.0)
        square = s.call("multiply", y, y)
        written = write(s, s.step("detach", y), "add_", 1.0, 1.0)
        why = "y² has saved y, and a detached y lies in the same memory"
        _stale(s, x, (written, square), [100.0, 150.0], "value, detached,", why)


def _stale(
    s: Builder, x: Ref, steps: tuple[Ref, Ref], want: list[float], what: str, why: str
) -> None:
    """The write or the sweep is an error, or the gradient is what it would have been without.

    An engine may refuse to write to what records, and copy constants: each is a choice of its own.
    """
    written, end = steps
    sweep = swept_sum(s, end)
    grad = s.get_grad(x)
    kept = Equals(step=grad, want=Leaf.of(want))
    among = (
        Alternative("is refused", (Raises(step=written), kept)),
        Alternative("is an error", (Raises(step=sweep),)),
        Alternative("is kept as it was", (kept,)),
    )
    name = f"a saved {what} that was written to"
    s.expect(Choice(step=grad, name=name, among=among, torch="is an error", why=why))


@must("M4", "L5", blocked_by="S2")
def unsaved_value_changed(s: Builder) -> None:
    """A changed value that nobody has saved is no error.

    The derivative of y + y needs no y. An engine that forbids such writes differs: they must be
    possible. If that is its design, its adapter says so by naming the exception in `declines`, and
    the clause is not applicable.
    """
    x = s.leaf([2.0, 3.0])
    y = times(s, x, 5.0, 7.0)
    twice = s.call("add", y, y)
    write(s, y, "add_", 1.0, 1.0)
    swept_sum(s, twice)
    s.equals(s.get_grad(x), [10.0, 14.0])


@must("M5", "L5", blocked_by="M3 M4")
def exp_saves_its_output(s: Builder) -> None:
    """Of exp, the input may change and not the output, as that is what it saves; or else reversed.

    The derivative of exp is exp, so its output is at hand. An engine that saves the input instead
    is as right, if it notices that one's change; and so is one that keeps a copy.
    """
    x, w = s.leaf([0.0, 0.0]), s.leaf([0.0, 0.0])
    inner = times(s, x, 5.0, 7.0)
    y = s.call("exp", inner)
    write(s, inner, "add_", 1.0, 1.0)
    by_input = swept_sum(s, y)
    y = s.call("exp", times(s, w, 5.0, 7.0))
    write(s, y, "mul_", 3.0, 3.0)
    by_output = swept_sum(s, y)
    first, second = Leaf.of([5.0, 7.0]), Leaf.of([15.0, 21.0])
    right = Equals(step=s.get_grad(x), want=first), Equals(step=s.get_grad(w), want=second)
    among = (
        Alternative("its output", (right[0], Raises(step=by_output))),
        Alternative("its input", (Raises(step=by_input), right[1])),
        Alternative("a copy", right),
    )
    why = "the input was changed before the first sweep, the output before the second"
    name = "what exp saves"
    s.expect(Choice(step=right[1].step, name=name, among=among, torch="its output", why=why))


@must("M6", "L5", blocked_by="S2")
def gradients_through_writing(s: Builder) -> None:
    """Gradients through an op in place are those of the same op out of place.

    An engine that forbids such writes differs: they must be possible. If that is its design, its
    adapter says so by naming the exception in `declines`, and the clause is not applicable.
    """
    x, w = s.leaf([2.0, 3.0]), s.leaf([7.0, 11.0])
    y = times(s, x, 5.0, 5.0)
    s.step("inplace", y, w, name="mul_")
    s.step("inplace", y, x, name="add_")
    s.equals(s.value(y), [72.0, 168.0])
    swept_sum(s, y)
    s.equals(s.get_grad(x), [36.0, 56.0], "5w + 1 for y = 5xw + x")
    s.equals(s.get_grad(w), [10.0, 15.0], "5x")
    x, w = s.leaf([2.0, 3.0]), s.leaf([7.0])
    y = times(s, x, 5.0, 5.0)
    s.step("inplace", y, w, name="mul_")
    swept_sum(s, y)
    s.equals(s.get_grad(w), [25.0], "w is broadcast, so 5x is summed")


@must("M7", "L5", blocked_by="M6")
def writing_to_a_view(s: Builder) -> None:
    """What is written to a view is written to its base, and so are its gradients.

    After `y[0:1].mul_(10)` the first entry of y is ten times what it was, and so is the first
    entry of the gradient below y. An engine that shares the memory and not the history gives
    values that are right and gradients that are not.
    """
    x, w = s.leaf([2.0, 3.0]), s.leaf([10.0])
    y = times(s, x, 5.0, 7.0)
    s.step("inplace", first_of(s, y), w, name="mul_")
    s.equals(s.value(y), [100.0, 21.0])
    swept_sum(s, y)
    s.equals(s.get_grad(x), [50.0, 7.0])
    s.equals(s.get_grad(w), [10.0], "it was multiplied with 5x")
    x = s.leaf([[1.0, 2.0], [3.0, 4.0]])
    y = s.call("multiply", x, s.constant(5.0))
    write(s, first_of(s, s.call("getitem", y, key=[1])), "mul_", 10.0)
    s.equals(s.value(y), [[5.0, 10.0], [150.0, 20.0]])
    swept_sum(s, y)
    s.equals(s.get_grad(x), [[5.0, 5.0], [50.0, 5.0]], "a view of a view was written to")


@must("M8", "L5", blocked_by="M6")
def writing_to_the_base(s: Builder) -> None:
    """What is written to a base is seen by a view that was made before, values and gradients."""
    x = s.leaf([2.0, 3.0])
    y = times(s, x, 5.0, 7.0)
    view = first_of(s, y)
    write(s, y, "mul_", 10.0, 100.0)
    s.equals(s.value(view), [100.0])
    swept_sum(s, view)
    s.equals(s.get_grad(x), [50.0, 0.0])
    x = s.leaf([[1.0, 2.0], [3.0, 4.0]])
    y = s.call("multiply", x, s.constant(5.0))
    row = s.call("getitem", y, key=[1])
    corner = first_of(s, row)
    write(s, row, "mul_", 10.0, 100.0)
    s.equals(s.value(corner), [150.0])
    swept_sum(s, corner)
    s.equals(s.get_grad(x), [[0.0, 0.0], [50.0, 0.0]], "the view's own base is a view")


@must("M9", "L5", blocked_by="M1")
def view_of_a_leaf(s: Builder) -> None:
    """To write to a view of a leaf that records is an error, and changes nothing."""
    x = s.leaf([1.0, 2.0])
    s.raises(write(s, first_of(s, x), "mul_", 5.0), "its base is a leaf that records")
    s.equals(s.value(x), [1.0, 2.0])


@must("M10", "L5")
def item_assignment(s: Builder) -> None:
    """An assigned item hands its gradient to what was assigned, and none to what it overwrote.

    An engine that forbids such writes differs: they must be possible. If that is its design, its
    adapter says so by naming the exception in `declines`, and the clause is not applicable.
    """
    x, w = s.leaf([1.0, 2.0, 3.0]), s.leaf(5.0)
    y = times(s, x, 2.0, 2.0, 2.0)
    s.step("set_item", y, s.call("multiply", w, s.constant(7.0)), key=[1])
    s.equals(s.value(y), [2.0, 35.0, 6.0])
    swept_sum(s, times(s, y, 1.0, 10.0, 100.0))
    s.equals(s.get_grad(x), [2.0, 0.0, 200.0], "x[1] was overwritten")
    s.equals(s.get_grad(w), 70.0, "7w was written to y[1]")


@must("M11", "L5", blocked_by="M10")
def constant_becomes_recorded(s: Builder) -> None:
    """A constant to which a recorded value is written becomes recorded."""
    c, w = s.constant([1.0, 2.0]), s.leaf(3.0)
    s.step("set_item", c, s.call("multiply", w, s.constant(5.0)), key=[0])
    if "requires_grad" in s.offer.verbs:
        s.flag(s.step("requires_grad", c), True)
    swept_sum(s, s.call("multiply", c, c))
    s.equals(s.get_grad(w), 150.0, "50w: the derivative of (5w)²")


@must("M12", "L5", blocked_by="M7")
def one_of_several_views(s: Builder) -> None:
    """To write to one of the views that one op made at once, recorded, is an error.

    The op has one node for all of its views. To write to one gives that one another history, and
    the others' would be lost or wrong.
    """
    want = {"split": True, "unbind": True, "chunk": True, "of a constant": False}
    s.python("one_of_several_views", want)


@must("M13", "L5", blocked_by="M7")
def view_under_no_grad(s: Builder) -> None:
    """To write, recorded, to a view that was made under `no_grad` is an error.

    The view is no part of the graph and its base is: whether the write should be cannot be told.
    """
    y = times(s, s.leaf([1.0, 2.0]), 5.0, 7.0)
    s.enter("no_grad")
    view = first_of(s, y)
    s.leave()
    s.raises(write(s, view, "mul_", 3.0), "the view was made under no_grad")
    s.equals(s.value(y), [5.0, 14.0])


@must("M14", "L5")
def views_share_a_version(s: Builder) -> None:
    """A base, its views and what was detached from it share one version, as they share memory."""
    y = s.constant([1.0, 2.0])
    view, cut = first_of(s, y), s.step("detach", y)
    write(s, view, "add_", 1.0)
    write(s, cut, "add_", 1.0, 1.0)
    for x in (y, view, cut):
        s.equals(s.step("version_counter", x), 2, "the memory was written to twice")


@must("M15", "L5")
def out(s: Builder) -> None:
    """`out=` where the result is recorded is an error, or records; elsewhere it is written there.

    To write there and to forget what it was made of would lose the gradient without a word.
    """
    step = s.step("python", name="out")
    elsewhere = {"no_grad": [1.0, 4.0], "constants": [2.0, 5.0]}
    among = {
        "is an error": Returns(step=step, want={"recorded": "an error", **elsewhere}),
        "records": Returns(step=step, want={"recorded": [2.0, 4.0], **elsewhere}),
    }
    s.choice("`out=` for a recorded result", step, among, torch="is an error")


@must("M16", "L5")
def inputs_stay(s: Builder) -> None:
    """Neither a forward nor a sweep changes its inputs, constants or seed."""
    x, c, seed = s.leaf([1.0, 2.0]), s.constant([3.0, 4.0]), s.constant([5.0, 6.0])
    y = s.call("add", s.call("multiply", x, c), x)
    z = s.call("add", y, s.call("multiply", y, x))
    s.backward(z, seed)
    s.equals(s.get_grad(x), [60.0, 150.0], "(c + 1)(1 + 2x), times the seed")
    for a, want in ((x, [1.0, 2.0]), (c, [3.0, 4.0]), (seed, [5.0, 6.0])):
        s.equals(s.value(a), want, "nobody wrote to it")


def overwritten(s: Builder, grad: Ref) -> None:
    """A gradient is written to in place; not recorded, where an engine can be told so."""
    told = "no_grad" in s.offer.verbs
    if told:
        s.enter("no_grad")
    write(s, grad, "mul_", 10.0, 10.0)
    if told:
        s.leave()


@must("M17", "L5")
def gradients_share_no_memory(s: Builder) -> None:
    """The gradients of two leaves never share memory.

    The derivative of x + y hands one cotangent to both. If both keep that very array, zeroing or
    clipping one gradient in place does it to the other.
    """
    x, y = s.leaf([1.0, 2.0]), s.leaf([3.0, 4.0])
    s.backward(s.call("add", x, y), s.constant([5.0, 6.0]))
    overwritten(s, s.get_grad(x))
    s.equals(s.get_grad(x), [50.0, 60.0])
    s.equals(s.get_grad(y), [5.0, 6.0], "the gradient of x was written to, not this one")


@must("M18", "L5")
def gradient_is_not_the_seed(s: Builder) -> None:
    """A gradient never shares memory with the caller's seed."""
    x, seed = s.leaf([1.0, 2.0]), s.constant([5.0, 6.0])
    for _ in range(2):
        s.backward(x, seed)
        overwritten(s, s.get_grad(x))
        s.equals(s.value(seed), [5.0, 6.0], "the gradient was written to, not the seed")
    y = s.leaf([1.0, 2.0])
    s.backward(s.call("add", y, s.constant([1.0, 1.0])), seed)
    overwritten(s, s.get_grad(y))
    s.equals(s.value(seed), [5.0, 6.0], "the gradient was written to, not the seed")


@must("M19", "L5")
def view_detached_in_place(s: Builder) -> None:
    """To detach a view in place is an error; what is no view can be.

    The view would lose its tie to the base while it still lies in the base's memory.
    """
    x = s.leaf([1.0, 2.0])
    y = times(s, x, 5.0, 7.0)
    s.raises(s.step("inplace", first_of(s, y), name="detach_"), "it is a view")
    s.step("inplace", y, name="detach_")
    s.flag(s.step("requires_grad", y), False)
