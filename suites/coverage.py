"""What the generator drew, counted: ops, parameters, shapes, broadcast slots, values, motifs.

`features` names what one program contains; `universe` names all that an engine's run could contain,
so that what was never drawn is shown as well.

>>> from gradassay.oracles.program import Call, Leaf, Program
>>> x = Leaf.of([[1.0, 0.0], [2.0, 3.0]], requires_grad=True)
>>> program = Program((x,), (Call("multiply", (0, 0)), Call("sum", (1,), {"axis": [1, 0]})), (2,))
>>> found = features(Trial.of(program))
>>> ("motif", "the same tensor in two slots") in found, ("parameter", "sum.axis: unsorted") in found
(True, True)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..oracles.program import Call, Leaf
from ..oracles.vocabulary import VOCABULARY
from ..reports.records import Coverage
from .trial import Trial

Feature = tuple[str, str]
AXES = ("none", "from the front", "from the back", "several", "unsorted")
KINDS = {
    "axes": AXES,
    "axis or none": AXES[:3],
    "one axis": AXES[1:3],
    "shared axis": ("from the back",),
    "new axis": AXES[1:3],
    "unit axis": AXES[1:3],
    "flag": ("true",),
    "diagonal": ("zero", "positive", "negative"),
    "correction": ("zero", "positive"),
    "count": ("zero", "positive"),
}
"""The forms of a kind of parameter; other kinds are given or not."""
MOTIFS = (
    "the same tensor in two slots",
    "a value used twice or more",
    "an unused branch",
    "an unused leaf",
    "a constant",
    "a value read before the sweep",
    "repeated indices",
    "a mask as index",
    "equal-valued distinct leaves",
    "8 calls or more",
)
SHAPES = (
    "rank 0",
    "rank 1",
    "rank 2",
    "rank 3",
    "size 0",
    "size 1",
    "equal sizes",
    "all different",
)
SPECIAL = ("0", "1", "-1", "2", "all equal", "one zero", "two zeros or more")
LAYOUTS = ("C", "F", "reversed", "strided")


def features(trial: Trial) -> set[Feature]:
    """What a program contains."""
    found: set[Feature] = set()
    for leaf in trial.program.leaves:
        found.update(_of_leaf(leaf))
    for call in trial.program.calls:
        found.update(_of_call(call, trial))
    found.update(("motif", name) for name in _motifs(trial))
    return found


def _of_leaf(leaf: Leaf) -> Iterator[Feature]:
    shape = leaf.shape
    yield "layout", leaf.layout
    yield "shape", f"rank {len(shape)}"
    for size in (0, 1):
        if size in shape:
            yield "shape", f"size {size}"
    if len(shape) > 1:
        if len(set(shape)) == 1:
            yield "shape", "equal sizes"
        elif len(set(shape)) == len(shape):
            yield "shape", "all different"
    if leaf.kind == "real" and leaf.data:
        yield from _of_entries(leaf.array)


def _of_entries(x: Any) -> Iterator[Feature]:
    entries = x.ravel().tolist()
    for value in (0, 1, -1, 2):
        if value in entries:
            yield "special value", str(value)
    zeros = entries.count(0)
    if zeros:
        yield "special value", "one zero" if zeros == 1 else "two zeros or more"
    if len(entries) > 1 and len(set(entries)) == 1:
        yield "special value", "all equal"


def _of_call(call: Call, trial: Trial) -> Iterator[Feature]:
    yield "op", call.op
    op = VOCABULARY.get(call.op)
    if op is None:
        return
    for name, kind in op.params.items():
        for form in _forms(kind, call.params, name):
            yield "parameter", f"{op.name}.{name}: {form}"
    if op.shapes == "broadcast" and op.args > 1:
        values = trial.facts.values
        full = np.shape(values[_number(call, trial)])
        for slot, a in enumerate(call.args):
            if isinstance(a, int) and np.shape(values[a]) != full:
                yield "broadcast slot", f"{op.name}[{slot}]"


def _number(call: Call, trial: Trial) -> int:
    at = next(i for i, c in enumerate(trial.program.calls) if c is call)
    return len(trial.program.leaves) + at


def _forms(kind: str, params: dict[str, Any], name: str) -> Iterator[str]:
    """How a parameter was given, by its kind."""
    if name not in params:
        if kind in ("axes", "axis or none"):
            yield "none"
        return
    value = params[name]
    if kind == "flag":
        yield "true"
    elif kind in ("diagonal", "correction", "count") and isinstance(value, int | float):
        yield "zero" if value == 0 else "negative" if value < 0 else "positive"
    elif "axis" not in kind and kind != "axes":
        yield "given"
    elif value is None:
        yield "none"
    elif isinstance(value, list):
        yield "several"
        if value != sorted(value):
            yield "unsorted"
    else:
        yield "from the back" if value < 0 else "from the front"


def _motifs(trial: Trial) -> Iterator[str]:
    program = trial.program
    uses = Counter(r for c in program.calls for r in set(c.refs))
    real = [leaf for leaf in program.leaves if leaf.kind == "real"]
    values = range(len(program.leaves), len(program.leaves) + len(program.calls))
    tests = {
        MOTIFS[0]: any(len(set(c.refs)) < len(c.refs) for c in program.calls),
        MOTIFS[1]: any(n > 1 for n in uses.values()),
        MOTIFS[2]: any(not uses[v] and v not in program.outputs for v in values),
        MOTIFS[3]: any(not uses[i] for i in range(len(program.leaves))),
        MOTIFS[4]: any(not leaf.requires_grad for leaf in real),
        MOTIFS[5]: len(program.outputs) > 1,
        MOTIFS[6]: any(_repeats(leaf) for leaf in program.leaves),
        MOTIFS[7]: any(_is_mask(c, trial) for c in program.calls),
        MOTIFS[8]: len({(x.shape, x.data) for x in real}) < len(real),
        MOTIFS[9]: len(program.calls) >= 8,
    }
    return (name for name, true in tests.items() if true)


def _repeats(leaf: Leaf) -> bool:
    return leaf.kind == "integer" and len(np.unique(leaf.array)) < leaf.array.size


def _is_mask(call: Call, trial: Trial) -> bool:
    leaves = trial.program.leaves
    return call.op == "getitem" and any(
        r < len(leaves) and leaves[r].kind == "bool" for r in call.refs
    )


def universe(ops: Iterable[str], scalar: bool) -> dict[str, list[str]]:
    """All that programs over these ops could contain, by dimension; less for a scalar engine."""
    rows = [VOCABULARY[op] for op in ops]
    if scalar:
        motifs = [m for m in MOTIFS if "ind" not in m]
        return {"op": [op.name for op in rows], "special value": list(SPECIAL[:4]), "motif": motifs}
    return {
        "op": [op.name for op in rows],
        "parameter": [
            f"{op.name}.{name}: {form}"
            for op in rows
            for name, kind in op.params.items()
            for form in KINDS.get(kind, ("given",))
        ],
        "broadcast slot": [
            f"{op.name}[{slot}]"
            for op in rows
            if op.shapes == "broadcast" and op.args > 1
            for slot in range(op.args)
        ],
        "shape": list(SHAPES),
        "special value": list(SPECIAL),
        "layout": list(LAYOUTS),
        "motif": list(MOTIFS),
    }


def records(drawn: Counter[str], ops: Iterable[str], scalar: bool) -> Iterator[Coverage]:
    """One record a dimension, from counts keyed `dimension|feature`."""
    for dimension, names in universe(ops, scalar).items():
        counts = {
            key.partition("|")[2]: n
            for key, n in sorted(drawn.items())
            if key.partition("|")[0] == dimension
        }
        never = [name for name in names if name not in counts]
        yield Coverage(dimension=dimension, drawn=counts, never=never)
