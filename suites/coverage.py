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

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
NAMED = {float(name): ("special value", name) for name in SPECIAL[:4]}
LAYOUTS = ("C", "F", "reversed", "strided")


def features(trial: Trial) -> set[Feature]:
    """What a program contains."""
    found: set[Feature] = set()
    for leaf in trial.program.leaves:
        found.update(_of_shape(leaf.shape, leaf.layout))
        if leaf.kind == "real":
            found.update(_of_entries(leaf))
    first = len(trial.program.leaves)
    for number, call in enumerate(trial.program.calls, start=first):
        found.update(_of_call(call, trial.facts.values, number))
    found.update(_motifs(trial))
    return found


@functools.cache
def _of_shape(shape: tuple[int, ...], layout: str) -> tuple[Feature, ...]:
    found = [("layout", layout), ("shape", f"rank {len(shape)}")]
    found += [("shape", f"size {size}") for size in (0, 1) if size in shape]
    if len(shape) > 1 and len(set(shape)) in (1, len(shape)):
        found.append(("shape", "equal sizes" if len(set(shape)) == 1 else "all different"))
    return tuple(found)


def _of_entries(leaf: Leaf) -> Iterator[Feature]:
    entries = leaf.array.ravel().tolist()
    different = set(entries)
    for value in different & NAMED.keys():
        yield NAMED[value]
    if 0.0 in different:
        yield "special value", "one zero" if entries.count(0.0) == 1 else "two zeros or more"
    if len(different) == 1 < len(entries):
        yield "special value", "all equal"


def _of_call(call: Call, values: Sequence[Any], number: int) -> Iterator[Feature]:
    yield "op", call.op
    op = VOCABULARY.get(call.op)
    if op is None:
        return
    for name, kind in op.params.items():
        for form in _forms(kind, call.params, name):
            yield "parameter", f"{op.name}.{name}: {form}"
    if op.shapes == "broadcast" and op.args > 1:
        full = np.shape(values[number])
        for slot, a in enumerate(call.args):
            if isinstance(a, int) and np.shape(values[a]) != full:
                yield "broadcast slot", f"{op.name}[{slot}]"


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


def _motifs(trial: Trial) -> Iterator[Feature]:
    program, taken = trial.program, [call.refs for call in trial.program.calls]
    first, uses = len(program.leaves), Counter(r for refs in taken for r in set(refs))
    real = [leaf for leaf in program.leaves if leaf.kind == "real"]
    made = range(first, first + len(taken))
    masks = {i for i, leaf in enumerate(program.leaves) if leaf.kind == "bool"}
    indexed = [
        refs for call, refs in zip(program.calls, taken, strict=True) if call.op == "getitem"
    ]
    tests = (
        any(len(set(refs)) < len(refs) for refs in taken),
        any(n > 1 for n in uses.values()),
        any(v not in uses and v not in program.outputs for v in made),
        any(i not in uses for i in range(first)),
        any(not leaf.requires_grad for leaf in real),
        len(program.outputs) > 1,
        any(_repeats(leaf) for leaf in program.leaves),
        any(not masks.isdisjoint(refs) for refs in indexed),
        len({(leaf.shape, leaf.data) for leaf in real}) < len(real),
        len(taken) >= 8,
    )
    return (("motif", name) for name, true in zip(MOTIFS, tests, strict=True) if true)


def _repeats(leaf: Leaf) -> bool:
    return leaf.kind == "integer" and len(np.unique(leaf.array)) < leaf.array.size


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
