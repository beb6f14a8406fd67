"""L4: what `.grad`, graphs and modes do over an engine's life; the other half, G17 to G40."""

from __future__ import annotations

from ...oracles.program import Leaf
from .clause import may, must, should
from .lifecycle import squared, swept_again
from .script import Absent, AnyExpectation, Builder, Equals, Raises, Ref, Returns


@must("G17", "L4", blocked_by="G14")
def thread(s: Builder) -> None:
    """The mode belongs to its thread: a thread begins with recording on, and changes no other's.

    A mode in a global variable is switched off for every thread while one of them evaluates, and
    what the others record in that time is lost, now and then, without a trace.
    """
    s.python("modes_of_threads", {"records": True, "we still record": True})


@should("G18", "L4")
def inference(s: Builder) -> None:
    """To save an inference tensor for a sweep is an error.

    Inference tensors do not count how often they are written to, so that a changed value could
    not be noticed (M3).
    """
    s.python("inference_tensor", {"saved": True, "not saved": False})


@must("G19", "L4")
def requires_if_any_input_does(s: Builder) -> None:
    """A result requires a gradient if any of its inputs does, and not otherwise."""
    x, c = s.leaf(3.0), s.constant(5.0)
    for a, b, want in ((x, c, True), (c, x, True), (c, c, False)):
        s.flag(s.step("requires_grad", s.call("multiply", a, b)), want)


@must("G20", "L4")
def leaves(s: Builder) -> None:
    """What was not computed from something that records is a leaf; what was, is not."""
    x, c = s.leaf(3.0), s.constant(5.0)
    for y, want in ((x, True), (c, True), (squared(s, c), True), (squared(s, x), False)):
        s.flag(s.step("is_leaf", y), want)


@must("G21", "L4")
def turned_off_inside(s: Builder) -> None:
    """`requires_grad` can be turned off on a leaf; to turn it off on an inner node is an error.

    The node's own inputs would silently be cut off: `detach` says that that is meant.
    """
    x, w = s.leaf(3.0), s.leaf(5.0)
    s.step("set_requires_grad", w, value=False)
    y = s.call("multiply", x, w)
    s.raises(s.step("set_requires_grad", y, value=False), "y was computed from x, which records")
    s.backward(y)
    s.equals(s.get_grad(x), 5.0, "the error has left y as it was")


@must("G22", "L4")
def grad_leaves_grad_alone(s: Builder) -> None:
    """`grad()` gives gradients and leaves the `.grad` of every leaf as it was."""
    x, w = s.leaf(3.0), s.leaf(5.0)
    s.backward(s.call("multiply", x, w))
    found = s.step("grad", s.call("multiply", x, w), x)
    s.equals(s.step("item", found, index=0), 5.0)
    s.equals(s.get_grad(x), 5.0, "from the sweep before, and not added to")
    s.equals(s.get_grad(w), 3.0, "from the sweep before, and not added to")


@must("G23", "L4", blocked_by="G22")
def unused_input(s: Builder) -> None:
    """For an input that was not used `grad()` raises; gives none if allowed; zeros if asked.

    A wrong variable among the inputs is a mistake more often than not, and a silent none is then
    taken for zero.
    """
    s.python("unused_input", {"raises": True, "allowed": None, "zeros": [0.0, 0.0]})


@must("G24", "L4")
def inner_input(s: Builder) -> None:
    """`grad()` gives the gradient with respect to an inner node, and to a leaf below it as well."""
    x = s.leaf(2.0)
    y = squared(s, x)
    found = s.step("grad", squared(s, y), y, x)
    s.equals(s.step("item", found, index=0), 8.0, "2y for y = x²")
    s.equals(s.step("item", found, index=1), 32.0, "4x³")


@must("G25", "L4", blocked_by="G24")
def unrelated_input(s: Builder) -> None:
    """With respect to an equal value that was computed anew, `grad()` is an error.

    A node is what it is by its place in the graph, not by its value: an engine that looks nodes
    up by value or by expression takes one for the other.
    """
    x = s.leaf(2.0)
    z = s.call("multiply", squared(s, x), s.constant(3.0))
    s.raises(s.step("grad", z, squared(s, x)), "z was computed from another x²")


@must("G26", "L4")
def chosen_inputs(s: Builder) -> None:
    """A sweep into chosen inputs touches the gradients of those alone."""
    want = {"x and w": [None, 2.0], "x, w and y": [None, 2.0, 12.0]}
    s.python("chosen_inputs", want, "the first sweep goes into w, the second into y = xw")


@must("G27", "L4")
def several_roots(s: Builder) -> None:
    """A sweep from several roots adds up what each gives with its own seed."""
    s.python("several_roots", [5.0, 23.0], "2x with the seed (1, 10), and the sum of 3x")


@must("G28", "L4", blocked_by="G27")
def root_above_root(s: Builder) -> None:
    """A root from which another root was computed gets its seed and what comes from that one."""
    s.python("root_above_root", 16.0, "x² + 3x² at 2")


@must("G29", "L4", blocked_by="G27")
def same_root_twice(s: Builder) -> None:
    """A root that is given twice counts twice."""
    s.python("same_root_twice", 8.0, "x² + x² at 2")


@must("G30", "L4")
def gradient_of_another_shape(s: Builder) -> None:
    """To assign a gradient of another shape is an error; one that fits can be assigned."""
    x = s.leaf([1.0, 2.0])
    s.step("set_grad", x, s.constant([5.0, 7.0]))
    s.raises(s.step("set_grad", x, s.constant([1.0, 2.0, 3.0])), "x has two entries")
    s.equals(s.get_grad(x), [5.0, 7.0])


@must("G31", "L4")
def clone(s: Builder) -> None:
    """A clone is a new value in memory of its own, through which gradients flow."""
    x = s.leaf([2.0, 3.0])
    y = s.step("clone", x)
    if "inplace" in s.offer.verbs:
        s.step("inplace", y, s.constant([5.0, 7.0]), name="mul_")
        s.equals(s.value(x), [2.0, 3.0], "the clone was written to, not x")
    else:
        y = s.call("multiply", y, s.constant([5.0, 7.0]))
    s.backward(s.call("sum", y))
    s.equals(s.get_grad(x), [5.0, 7.0])


@must("G32", "L4", blocked_by="G8")
def shared_part_swept(s: Builder) -> None:
    """Of two losses over a shared part, the second sweep is an error if the first freed that part.

    An engine that always keeps its graphs may sweep again; it is held to what it does in G8. The
    shared part must then begin with no cotangent: what the first loss left there is not the
    second's.
    """
    x = s.leaf(3.0)
    shared = squared(s, x)
    first, second = (s.call("multiply", shared, s.constant(c)) for c in (5.0, 7.0))
    s.backward(first)
    again = s.backward(second)
    if "retain_graph" in s.offer.verbs:
        s.raises(again, "the first sweep has freed x²")
        return
    name, why = "a second sweep over one graph", "2x · 5 = 30, then 2x · 7 = 42"
    swept_again(s, name, x, again, (72.0, 42.0), "is an error", why)


@must("G33", "L4", blocked_by="G1")
def independent_graphs(s: Builder) -> None:
    """Graphs that share a leaf alone are swept one after the other."""
    x = s.leaf(2.0)
    square = squared(s, x)
    cube = s.call("multiply", squared(s, x), x)
    s.backward(square)
    s.backward(cube)
    grad = s.get_grad(x)
    among = {
        "adds to the gradient": Equals(step=grad, want=Leaf.of(16.0)),
        "replaces it": Equals(step=grad, want=Leaf.of(12.0)),
    }
    why = "2x = 4 and 3x² = 12"
    s.choice("a second sweep", grad, among, torch="adds to the gradient", why=why)


@must("G34", "L4")
def sweep_in_no_grad(s: Builder) -> None:
    """A sweep inside `no_grad` works: the mode is about recording, not about sweeping."""
    x = s.leaf(3.0)
    y = squared(s, x)
    s.enter("no_grad")
    s.backward(y)
    s.leave()
    s.equals(s.get_grad(x), 6.0)


@must("G35", "L4")
def graph_when_asked(s: Builder) -> None:
    """A gradient has a graph of its own exactly when `create_graph` asks for it.

    It is seen by differentiating the gradient again: one without a graph gives none, zero or an
    error.
    """
    x = s.leaf(3.0)
    swept, again = _differentiated(s, x)
    among: dict[str, AnyExpectation] = {
        "is an error": Raises(step=swept),
        "none": Absent(step=again),
        "zero": Equals(step=again, want=Leaf.of(0.0)),
    }
    name, why = "the derivative of a gradient without a graph", "no graph was asked for"
    s.choice(name, again, among, torch="is an error", why=why)
    if "grad" in s.offer.ops:
        s.equals(_differentiated(s, x, create_graph=True)[1], 18.0, "6x, by the graph of 3x²")


def _differentiated(s: Builder, x: Ref, create_graph: bool | None = None) -> tuple[Ref, Ref]:
    """A sweep that differentiates the derivative of x³ at 3 again, and what it gives."""
    y = s.call("multiply", squared(s, x), x)
    first = s.step("item", s.step("grad", y, x, create_graph=create_graph), index=0)
    s.equals(first, 27.0, "3x²")
    swept = s.step("grad", first, x)
    return swept, s.step("item", swept, index=0)


@should("G36", "L4")
def exported(s: Builder) -> None:
    """To export a tensor that records to numpy is an error; a detached one goes.

    What numpy makes of it is not recorded: silently, the gradient would lack that part.
    """
    s.python("numpy_of", {"leaf": False, "result": False, "detached": True})


@should("G37", "L4")
def copied(s: Builder) -> None:
    """A deep copy of a leaf has a copy of its gradient; of an inner node it is an error."""
    want = {
        "copy": [1.0, 2.0],
        "is a leaf that records": True,
        "gradient": [1.0, 1.0],
        "gradient of the copy": [3.0, 3.0],
        "a result raises": True,
    }
    s.python("copied", want, "a sweep gave 1 before, and one from the copy 2 more to that")


@should("G38", "L4")
def pickled(s: Builder) -> None:
    """A pickle keeps the entries and whether they require a gradient, and drops the graph."""
    s.python("pickled", [[[1.0, 2.0], True, True], [3.0, False, True]])


@may("G39", "L4")
def through_data(s: Builder) -> None:
    """What is written through `.data` is not noticed: a sweep goes on with what it finds.

    So says PyTorch. It is why `.data` gives wrong gradients where `detach` gives an error. To
    notice it is safer: the sweep is an error, or uses what it has kept.
    """
    step = s.step("python", name="written_through_data")
    ways = {
        "is not noticed": [0.0, 0.0],
        "is an error": "an error",
        "is kept as it was": [2.0, 4.0],
    }
    among = {
        label: Returns(step=step, want={"y": [0.0, 0.0], "gradient": gradient})
        for label, gradient in ways.items()
    }
    name, why = "a saved value that was written to through `.data`", "2y, and y was set to 0"
    s.choice(name, step, among, torch="is not noticed", why=why)


@must("G40", "L4", blocked_by="G14")
def set_grad_enabled(s: Builder) -> None:
    """`set_grad_enabled` holds for its block, nests, and holds on where it is no block."""
    s.python("set_grad_enabled", [False, True, False, True, False])
