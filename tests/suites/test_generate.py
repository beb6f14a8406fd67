"""The generator: valid by construction, obedient, repeatable, and seen to draw what it promises."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from gradassay.oracles.evaluate import examine, tensors
from gradassay.oracles.program import Program, Static
from gradassay.oracles.vocabulary import SINGULAR_MARGIN, VOCABULARY
from gradassay.suites import draws
from gradassay.suites.builder import Scope, is_real
from gradassay.suites.choices import HypothesisChoices, RandomChoices
from gradassay.suites.data import LARGEST_SIZE, LARGEST_VALUE
from gradassay.suites.draws import NotOfferedError, RefusedError
from gradassay.suites.generate import focused, graph
from gradassay.suites.parameters import DRAWERS, PAIRS
from gradassay.suites.trial import Trial
from hypothesis import given
from hypothesis import strategies as st

OPS = list(VOCABULARY)
BROADCAST = [op for op in OPS if VOCABULARY[op].shapes == "broadcast" and VOCABULARY[op].args > 1]
REDUCTIONS = [op for op in OPS if "keepdims" in VOCABULARY[op].params]
EXACT = {"item", *(op for op in OPS if VOCABULARY[op].exact)}
SCOPES = {
    "everything": Scope(),
    "scalars": Scope(ranks=frozenset({0})),
    "scalars and matrices": Scope(ranks=frozenset({0, 2})),
    "static exponents": Scope(static={"pow": (1,)}),
    "four ops": Scope(ops=("add", "multiply", "sum", "exp")),
    "no multiplication": Scope(ops=("add", "sum", "exp", "reshape")),
    "no sum": Scope(ops=("add", "multiply", "exp"), ranks=frozenset({0})),
    "no keepdims": Scope(without=frozenset({("sum", "keepdims"), ("mean", "axis")})),
    "short": Scope(max_chain=3),
    "whole": Scope(),
}


@cache
def pool(name: str, count: int = 300) -> tuple[Trial, ...]:
    """Focused programs of every op in turn and random graphs, in equal parts."""
    scope, found = SCOPES[name], []
    for seed in range(count):
        choices, whole = RandomChoices(seed), name == "whole" or seed % 4 == 0
        try:
            if seed % 2:
                trial = graph(choices, scope, whole)
            else:
                trial = focused(scope.ops[seed // 2 % len(scope.ops)], choices, scope, whole)
        except NotOfferedError:
            continue
        if trial is not None:
            found.append(trial)
    return tuple(found)


@pytest.mark.parametrize("name", SCOPES)
def test_programs_are_valid_and_smooth(name):
    for trial in pool(name):
        assert Program.from_json(trial.json) == trial.program
        facts = examine(trial.program)
        assert facts.smooth
        assert min(facts.margin, facts.distance) >= 2 * SINGULAR_MARGIN


@pytest.mark.parametrize("name", SCOPES)
def test_most_draws_succeed(name):
    assert len(pool(name)) >= 0.6 * 300


@pytest.mark.parametrize("name", SCOPES)
def test_programs_end_in_a_scalar_that_depends_on_a_leaf(name):
    for trial in pool(name):
        assert np.shape(trial.facts.values[trial.program.outputs[-1]]) == ()
        assert trial.program.wanted


@pytest.mark.parametrize("name", SCOPES)
def test_values_stay_tame(name):
    for trial in pool(name):
        for value in tensors(trial.facts.values[len(trial.program.leaves) :]):
            assert value.size <= LARGEST_SIZE
            assert np.abs(value.astype(float)).max(initial=0) <= LARGEST_VALUE


@pytest.mark.parametrize("name", SCOPES)
def test_programs_use_only_ops_of_the_scope(name):
    for trial in pool(name):
        assert set(trial.program.ops) <= {*SCOPES[name].ops, "item"}


def ranks(trial: Trial) -> set[int]:
    return {v.ndim for v in trial.facts.values if is_real(v)}


@pytest.mark.parametrize("name", ["scalars", "scalars and matrices", "no sum"])
def test_programs_have_only_ranks_of_the_scope(name):
    for trial in pool(name):
        assert ranks(trial) <= SCOPES[name].ranks, str(trial.program)


@pytest.mark.parametrize("op", OPS)
def test_focused_programs_have_only_ranks_of_the_scope(op):
    for seed in range(40):
        trial = focused(op, RandomChoices(seed), SCOPES["scalars"])
        if trial is not None:
            assert ranks(trial) == {0}, str(trial.program)


def test_exponents_are_plain_numbers_where_the_engine_wants_them():
    powers = [c for t in pool("static exponents") for c in t.program.calls if c.op == "pow"]
    assert powers
    assert all(isinstance(c.args[1], Static) and isinstance(c.args[0], int) for c in powers)


def test_keywords_that_are_not_offered_are_not_drawn():
    for trial in pool("no keepdims"):
        for made in trial.program.calls:
            assert not {(made.op, k) for k in made.params} & SCOPES["no keepdims"].without


def test_an_op_whose_keyword_is_always_needed_is_not_offered():
    scope = Scope(without=frozenset({("reshape", "shape")}))
    with pytest.raises(NotOfferedError):
        focused("reshape", RandomChoices(0), scope)


def test_random_graphs_do_without_an_op_whose_keyword_is_always_needed():
    scope = Scope(without=frozenset({("reshape", "shape")}))
    drawn = [graph(RandomChoices(seed), scope) for seed in range(100)]
    assert all("reshape" not in t.program.ops for t in drawn if t is not None)


@pytest.mark.parametrize("longest", [1, 2, 3, 5])
def test_no_program_is_longer_than_the_engine_can_take(longest):
    for seed in range(150):
        trial = graph(RandomChoices(seed), Scope(max_chain=longest))
        if trial is not None:
            assert len(trial.program.calls) <= longest, str(trial.program)


def test_whole_programs_are_whole():
    assert all(t.whole for t in pool("whole") if EXACT.issuperset(t.program.ops))
    assert sum(t.whole for t in pool("whole")) >= 0.7 * len(pool("whole"))


@pytest.mark.parametrize("op", OPS)
def test_a_focused_program_is_about_its_op(op):
    drawn = [focused(op, RandomChoices(seed), Scope()) for seed in range(30)]
    assert all(op in t.program.ops for t in drawn if t is not None)


@pytest.mark.parametrize("seed", range(20))
def test_the_seed_decides(seed):
    def once(seed):
        made = graph(RandomChoices(seed), Scope()), focused("matmul", RandomChoices(seed), Scope())
        return [t.id for t in made if t is not None]

    assert once(seed) == once(seed)
    assert once(seed) != once(seed + 100)


def test_random_choices_keep_to_their_limits():
    choices = RandomChoices(0)
    assert {choices.integer(-2, 2) for _ in range(200)} == {-2, -1, 0, 1, 2}
    assert {choices.one_of("abc") for _ in range(200)} == set("abc")
    assert 350 < sum(choices.coin(0.2) for _ in range(2000)) < 450
    assert not any(choices.coin(0.0) for _ in range(100))


@given(st.data())
def test_hypothesis_makes_valid_programs_by_the_same_code(data):
    trial = graph(HypothesisChoices(data.draw), Scope())
    if trial is not None:
        assert examine(trial.program).smooth


@given(st.data())
def test_choices_by_hypothesis_keep_to_their_limits(data):
    choices = HypothesisChoices(data.draw)
    assert -2 <= choices.integer(-2, 2) <= 2
    assert choices.one_of("abc") in "abc"
    assert not choices.coin(0.0)
    assert choices.coin(1.0)


# ---- coverage: what random graphs and focused programs are promised to contain


@cache
def many() -> tuple[Trial, ...]:
    found = []
    for seed in range(150 * len(OPS)):
        choices, whole = RandomChoices(10_000 + seed), seed % 4 == 0
        if seed % 3 == 0:
            trial = graph(choices, Scope(), whole)
        else:
            trial = focused(OPS[seed // 12 % len(OPS)], choices, Scope(), whole)
        if trial is not None:
            found.append(trial)
    assert len(found) >= 141 * len(OPS)
    return tuple(found)


def calls(trial: Trial):
    """Each call with the values of its arguments and its own."""
    first = len(trial.program.leaves)
    for number, made in enumerate(trial.program.calls, start=first):
        yield made, [trial.facts.values[r] for r in made.refs], trial.facts.values[number]


def share(holds) -> int:
    return sum(bool(holds(t)) for t in many())


def per_call(holds) -> int:
    return sum(any(holds(*c) for c in calls(t)) for t in many())


def leaf(holds) -> int:
    return sum(any(holds(x) for x in t.program.leaves) for t in many())


def uses(trial: Trial) -> list[list[int]]:
    """For each value the calls that take it."""
    return [
        [k for k, made in enumerate(trial.program.calls) if v in made.refs]
        for v in range(len(trial.facts.values))
    ]


def diamond(trial: Trial) -> bool:
    """A result that is taken by two calls."""
    return any(len(u) > 1 for u in uses(trial)[len(trial.program.leaves) :])


def unused_branch(trial: Trial) -> bool:
    unused = [v for v, u in enumerate(uses(trial)) if not u]
    return any(v >= len(trial.program.leaves) and v not in trial.program.outputs for v in unused)


def orders(made):
    return made.params["axes"] if made.op == "permute_dims" else ()


def three_cycle(made, args, value) -> bool:
    axes = [a % len(made.params["axes"]) for a in orders(made)]
    return len(axes) == 3 and all(a != k for k, a in enumerate(axes))


def axis_of(made):
    axis = made.params.get("axis")
    return axis if isinstance(axis, list) else [] if axis is None else [axis]


def index(made):
    return [p["arg"] for p in made.params.get("key", ()) if isinstance(p, dict) and "arg" in p]


COVERED = {
    "a size of 0": lambda: share(lambda t: any(0 in x.shape for x in t.program.leaves)),
    "a size of 1": lambda: leaf(lambda x: 1 in x.shape),
    "a scalar leaf": lambda: leaf(lambda x: x.kind == "real" and x.shape == ()),
    "rank 3": lambda: leaf(lambda x: len(x.shape) == 3),
    "equal sizes": lambda: leaf(lambda x: len(x.shape) > 1 and len(set(x.shape)) == 1),
    "distinct sizes": lambda: leaf(lambda x: len(x.shape) > 1 and len(set(x.shape)) > 1),
    "a constant": lambda: leaf(lambda x: x.kind == "real" and not x.requires_grad),
    "a zero entry": lambda: leaf(lambda x: x.kind == "real" and (x.array == 0).any()),
    "two zero entries": lambda: leaf(lambda x: x.kind == "real" and (x.array == 0).sum() > 1),
    "all entries equal": lambda: leaf(lambda x: x.array.size > 1 and len(np.unique(x.array)) == 1),
    "layout F": lambda: leaf(lambda x: x.layout == "F"),
    "layout reversed": lambda: leaf(lambda x: x.layout == "reversed"),
    "layout strided": lambda: leaf(lambda x: x.layout == "strided"),
    "a mask": lambda: leaf(lambda x: x.kind == "bool"),
    "the same tensor twice": lambda: per_call(lambda m, a, v: len(m.refs) > len(set(m.refs))),
    "two equal leaves": lambda: share(
        lambda t: len({(x.shape, x.data) for x in t.program.leaves if x.requires_grad})
        < len([x for x in t.program.leaves if x.requires_grad])
    ),
    "a diamond": lambda: share(diamond),
    "an unused branch": lambda: share(unused_branch),
    "an unused leaf": lambda: share(
        lambda t: any(not u for u in uses(t)[: len(t.program.leaves)])
    ),
    "an early output": lambda: share(lambda t: len(t.program.outputs) > 1),
    "a negative axis": lambda: per_call(lambda m, a, v: any(x < 0 for x in axis_of(m))),
    "a tuple of axes": lambda: per_call(lambda m, a, v: isinstance(m.params.get("axis"), list)),
    "an unsorted tuple of axes": lambda: per_call(
        lambda m, a, v: len(axis_of(m)) > 1
        and [x % a[0].ndim for x in axis_of(m)] != sorted(x % a[0].ndim for x in axis_of(m))
    ),
    "axis None in so many words": lambda: per_call(
        lambda m, a, v: "axis" in m.params and m.params["axis"] is None
    ),
    "keepdims": lambda: per_call(lambda m, a, v: m.params.get("keepdims")),
    "keepdims without an axis": lambda: per_call(
        lambda m, a, v: m.params.get("keepdims") and m.params.get("axis") is None
    ),
    "a negative axis in a permutation": lambda: per_call(
        lambda m, a, v: any(x < 0 for x in orders(m))
    ),
    "a 3-cycle": lambda: per_call(three_cycle),
    "a size of -1 in reshape": lambda: per_call(
        lambda m, a, v: m.op == "reshape" and -1 in m.params["shape"]
    ),
    "a reduction of a scalar": lambda: per_call(
        lambda m, a, v: m.op in REDUCTIONS and a[0].ndim == 0
    ),
    "a reduction of nothing": lambda: per_call(
        lambda m, a, v: m.op in ("sum", "prod") and a[0].size == 0
    ),
    "an axis of size 0 that is kept": lambda: per_call(
        lambda m, a, v: m.op in ("sum", "prod", "max") and v.size == 0
    ),
    "an index array": lambda: per_call(lambda m, a, v: index(m)),
    "a repeated index": lambda: per_call(
        lambda m, a, v: index(m)
        and a[index(m)[0]].dtype.kind == "i"
        and len(np.unique(a[index(m)[0]])) < a[index(m)[0]].size
    ),
    "an index mask": lambda: per_call(
        lambda m, a, v: index(m) and a[index(m)[0]].dtype.kind == "b"
    ),
    "a negative index": lambda: per_call(
        lambda m, a, v: any(isinstance(p, int) and p < 0 for p in m.params.get("key", ()))
    ),
    "a slice with a step": lambda: per_call(
        lambda m, a, v: any(
            isinstance(p, dict) and p.get("slice", [0, 0, 1])[2] == 2
            for p in m.params.get("key", ())
        )
    ),
    "a new axis in a key": lambda: per_call(lambda m, a, v: None in m.params.get("key", ())),
    "an ellipsis": lambda: per_call(lambda m, a, v: "..." in m.params.get("key", ())),
    "an ellipsis before an index": lambda: per_call(
        lambda m, a, v: "..." in m.params.get("key", ()) and m.params["key"][-1] != "..."
    ),
    "a matrix times a vector": lambda: per_call(
        lambda m, a, v: m.op == "matmul" and (a[0].ndim, a[-1].ndim) == (2, 1)
    ),
    "a vector times a vector": lambda: per_call(
        lambda m, a, v: m.op == "matmul" and (a[0].ndim, a[-1].ndim) == (1, 1)
    ),
    "a vector times a batch": lambda: per_call(
        lambda m, a, v: m.op == "matmul" and a[0].ndim == 1 and a[-1].ndim > 2
    ),
    "batches that broadcast": lambda: per_call(
        lambda m, a, v: m.op == "matmul"
        and min(x.ndim for x in a) > 2
        and a[0].shape[:-2] != a[-1].shape[:-2]
    ),
    "a matrix times itself": lambda: per_call(
        lambda m, a, v: m.op == "matmul" and len(m.refs) == 2 and m.refs[0] == m.refs[1]
    ),
    "a matrix product over nothing": lambda: per_call(
        lambda m, a, v: m.op == "matmul" and a[0].shape[-1] == 0
    ),
    "concat of unequal parts": lambda: per_call(
        lambda m, a, v: m.op == "concat" and a[0].shape != a[-1].shape
    ),
    "concat of a tensor with itself": lambda: per_call(
        lambda m, a, v: m.op == "concat" and m.refs[0] == m.refs[1]
    ),
    "broadcast_to of more axes": lambda: per_call(
        lambda m, a, v: m.op == "broadcast_to" and v.ndim > a[0].ndim
    ),
    "a plain exponent 0": lambda: per_call(
        lambda m, a, v: m.op == "pow" and Static(0) in m.args
    ),
    "a negative plain exponent": lambda: per_call(
        lambda m, a, v: m.op == "pow" and any(isinstance(x, Static) and x.value < 0 for x in m.args)
    ),
    "a tensor exponent": lambda: per_call(
        lambda m, a, v: m.op == "pow" and len(m.refs) == 2
    ),
    "negative bases": lambda: per_call(lambda m, a, v: m.op == "pow" and (a[0] < 0).any()),
    "where on one side of a constant": lambda: share(
        lambda t: any(
            m.op == "where" and any(r < len(t.program.leaves) and t.program.leaves[r].kind == "real"
                                    and not t.program.leaves[r].requires_grad for r in m.refs)
            for m in t.program.calls
        )
    ),
    "twelve calls": lambda: share(lambda t: len(t.program.calls) >= 12),
}  # fmt: skip


@pytest.mark.parametrize("what", COVERED)
def test_many_programs_an_op_contain(what):
    assert COVERED[what]() >= 3


@pytest.mark.parametrize("op", BROADCAST)
@pytest.mark.parametrize("slot", range(3))
def test_every_slot_is_broadcast(op, slot):
    if slot >= VOCABULARY[op].args:
        return
    stretched = sum(
        np.shape(a[slot]) != np.shape(v)
        for t in many()
        for made, a, v in calls(t)
        if made.op == op and len(a) > slot
    )
    assert stretched >= 5


@pytest.mark.parametrize("op", [op for op in OPS if VOCABULARY[op].differentiable])
def test_every_real_slot_of_every_op_takes_a_constant(op):
    real = [s for s in range(VOCABULARY[op].args) if VOCABULARY[op].kind(s) == "real"]
    for slot in real if len(real) > 1 else ():
        found = 0
        for trial in many():
            for made in trial.program.calls:
                at = made.args[slot] if made.op == op and len(made.args) > slot else None
                if isinstance(at, int) and at < len(trial.program.leaves):
                    found += not trial.program.leaves[at].requires_grad
        assert found >= 2, slot


@pytest.mark.parametrize("op", OPS)
def test_every_parameter_is_given_and_left_out_where_it_may_be(op):
    for name, kind in VOCABULARY[op].params.items():
        given = [name in m.params for t in many() for m in t.program.calls if m.op == op]
        assert any(given)
        assert kind not in ("axes", "flag") or not all(given)


# ---- the drawers, alone


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 2, 1), (0, 2), (2, 3, 4)])
def test_a_drawer_draws_what_fits_the_shape(seed, shape):
    x, c = np.zeros(shape), RandomChoices(seed)
    takes = {
        "axes": lambda v: x.sum(axis=v),
        "one axis": lambda v: np.sort(x, axis=v),
        "flag": lambda v: x.sum(keepdims=v),
        "shape": x.reshape,
        "permutation": x.transpose,
        "target": lambda v: np.broadcast_to(x, v),
        "new axis": lambda v: np.expand_dims(x, v),
        "unit axis": lambda v: np.squeeze(x, v),
        "correction": lambda v: x.sum() / (x.size + 2 - v),
        "count": lambda v: np.repeat(x, v),
        "repetitions": lambda v: np.tile(x, v),
        "axis or none": lambda v: np.repeat(x, 2, axis=v),
        "diagonal": lambda v: np.diagonal(x, v, -2, -1),
        "widths": lambda v: np.pad(x, v),
        "fill": lambda v: x + v,
        "move": lambda v: np.moveaxis(x, *v),
        "roll": lambda v: np.roll(x, v[0], *(a for a in v[1:] if a is not draws.OMIT)),
        "split": lambda v: np.split(x, v[0], 0 if v[1] is draws.OMIT else v[1]),
        "contraction": lambda v: np.tensordot(x, x, v),
        "shared axis": lambda v: np.sum(x * x, axis=v),
        "window": lambda v: pytest.fail("there are no windows on so few axes"),
        "low": lambda v: x.clip(v, None),
        "high": lambda v: x.clip(None, v),
        "key": lambda v: x[tuple(slice(*p["slice"]) if isinstance(p, dict)
                                 else ... if p == "..." else p for p in v)],
    }  # fmt: skip
    assert takes.keys() == DRAWERS.keys()
    for kind, take in takes.items():
        try:
            drawn = DRAWERS[kind](c, *[shape] * (2 if kind in PAIRS else 1))
        except RefusedError:
            continue
        if drawn is not draws.OMIT:
            take(drawn)


@pytest.mark.parametrize("seed", range(100))
def test_shapes_that_should_fit_do(seed):
    c = RandomChoices(seed)
    left, right = draws.matmul_shapes(c)
    np.matmul(np.zeros(left), np.zeros(right))
    full = draws.shape(c)
    assert np.broadcast_shapes(draws.narrower(c, full), full) == full
    assert math.prod(full) <= 64
    assert len(draws.shape(c, frozenset({0, 2}))) in (0, 2)
