"""What is timed and weighed, on engines that do known work at known times."""

import gc
import math
import mmap
import os
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from itertools import chain, cycle, islice, repeat

import numpy as np
import pytest
from gradassay.oracles.program import Call, Leaf, Program
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites import worker
from gradassay.suites.adapter import Failure, Timed, op_table
from gradassay.suites.host import EngineHandle, inside, open_engine
from gradassay.suites.performance.families import FAMILIES, Family
from gradassay.suites.performance.measure import (
    ALLOCATOR,
    BLOCK,
    THREADS,
    Timing,
    measure,
    settled,
    single_threaded,
)

ENTRIES = 1 << 15
BYTES = 8 * ENTRIES
SPIN = 2e-3


def through(ops: int, *shape: int) -> Program:
    """A leaf through so many `negative`."""
    calls = tuple(Call("negative", (k,)) for k in range(ops))
    return Program((Leaf.of(np.ones(shape), requires_grad=True),), calls, (ops,))


def timed(adapter: object, program: Program, device: str = "cpu", **more: object) -> Timed:
    handle = inside(worker.Engine(adapter, op_table(VOCABULARY)))
    found = handle.times(program, device=device, **more)
    assert not isinstance(found, Failure), found
    return found


class Node:
    """A value that keeps its parent."""

    def __init__(self, array, parent=None):
        self.array, self.parent, self.grad = array, parent, None


class Tape:
    """Each op takes one array, and the sweep one for the leaf."""

    name, version, _keeps = "tape", "1", True
    ops = {"negative": lambda x: Node(np.negative(x.array), x)}  # noqa: RUF012

    def lift(self, array, requires_grad):
        return Node(array)

    def value(self, x):
        return x.array

    def grads(self, output, leaves):
        if not self._keeps:
            output.parent = None
        leaves[0].grad = np.ones_like(leaves[0].array)
        return [leaves[0].grad]


class Forgetful(Tape):
    _keeps = False


# ---- memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tape", "live"), [(Tape(), 3), (Forgetful(), 1)])
def test_memory_is_what_the_passes_take_and_what_stays_after_them(tape: Tape, live: int) -> None:
    # The sweep takes one more than the forward pass, when a tape that forgets has let two go.
    peak = {3: 4, 1: 3}[live]
    found = timed(tape, through(3, ENTRIES), rounds=1, memory=True)
    assert found.by == "tracemalloc"
    assert found.memory["live"] == pytest.approx(live * BYTES, rel=0.05)
    assert found.memory["peak"] == pytest.approx(peak * BYTES, rel=0.05)


def test_nothing_is_weighed_unless_it_is_asked_for() -> None:
    assert timed(Tape(), through(3, 2), rounds=1).memory == {}


def elsewhere(x: Node) -> Node:
    """A result in memory of which tracemalloc knows nothing."""
    held = np.frombuffer(mmap.mmap(-1, max(1, x.array.nbytes)), x.array.dtype)
    return Node(held.reshape(x.array.shape), x)


def test_memory_that_tracemalloc_does_not_see_is_not_known() -> None:
    blind = Tape()
    blind.ops = {"negative": elsewhere}
    found = timed(blind, through(3, ENTRIES), rounds=1, memory=True)
    assert (found.memory, found.by) == ({}, "")


def test_an_adapter_says_what_its_engine_holds() -> None:
    class Says(Tape):
        def memory(self, run, device):
            run()
            return 7 * BYTES, 3 * BYTES

    found = timed(Says(), through(3, ENTRIES), rounds=1, memory=True)
    assert found.memory == {"peak": 7 * BYTES, "live": 2 * BYTES}  # one is the gradient
    assert found.by == "adapter"


def test_memory_is_looked_at_when_the_clock_has_stopped() -> None:
    """What an adapter looks with may slow down what follows, as PyTorch's profiler does."""
    order = []

    class Says(Tape):
        def grads(self, output, leaves):
            order.append("pass")
            return super().grads(output, leaves)

        def memory(self, run, device):
            order.append("memory")
            assert not gc.isenabled()
            run()
            return 0, 0

    timed(Says(), through(3, 2), rounds=2, memory=True)
    assert order == ["pass"] * 5 + ["memory", "pass"]


def test_torch_says_what_its_tensors_take() -> None:
    """sum(sin(x)): cos(x), and the gradient, which is all that is left."""
    program = Program(
        (Leaf.of(np.ones(ENTRIES), requires_grad=True),),
        (Call("sin", (0,)), Call("sum", (1,))),
        (2,),
    )
    with open_engine("torch", op_table(VOCABULARY)) as handle:
        found = handle.times(program, rounds=1, memory=True)
    assert not isinstance(found, Failure)
    assert found.by == "adapter"
    assert 2 * BYTES <= found.memory["peak"] <= 3 * BYTES + 1000
    assert found.memory["live"] <= 1000


def test_objects_are_those_that_the_forward_pass_leaves() -> None:
    for n in (10, 100):
        found = timed(Tape(), through(n, 2), rounds=1, memory=True)
        assert n <= found.objects <= n + 5 + n  # a node has its dictionary in some Pythons


def test_a_value_is_let_go_after_its_last_use() -> None:
    alive: list[weakref.ref[Node]] = []
    most = 0

    def negative(x: Node) -> Node:
        nonlocal most
        y = Node(x.array)
        most = max(most, sum(node() is not None for node in alive))
        alive.append(weakref.ref(y))
        return y

    tape = Tape()
    tape.ops = {"negative": negative}
    timed(tape, through(50, 2), rounds=1)
    assert most <= 2


# ---- the clock ---------------------------------------------------------------------------------


def spin(seconds: float) -> None:
    """Work, on the clock of the processor and on the wall."""
    start = time.process_time()
    while time.process_time() - start < seconds:
        math.sqrt(2.0)


class Lazy(Tape):
    """What it is told to do it does when it is waited for, `SPIN` seconds a call."""

    devices = "cpu other"

    def __init__(self) -> None:
        self._waiting, self._waits = 0, 0
        self.ops = {"negative": self._negative}

    def _negative(self, x: Node) -> Node:
        self._waiting += 1
        return Node(x.array, x)

    def backward(self, output: Node) -> None:
        self._waiting += 2

    def grads(self, output, leaves):
        raise AssertionError("nothing needs to be read")

    def synchronize(self, device: str) -> None:
        self._waits += 1
        spin(SPIN * self._waiting)
        self._waiting = 0


@pytest.mark.parametrize("device", ["cpu", "other"])
def test_work_that_is_put_off_is_timed_in_the_pass_that_asked_for_it(device: str) -> None:
    found = timed(Lazy(), through(5, 2), device, rounds=3)
    forward, backward = map(min, zip(*found.times, *found.collected, strict=True))
    assert forward >= 5 * SPIN
    assert 2 * SPIN <= backward < forward


def test_calls_come_back_before_the_work_is_done() -> None:
    found = timed(Lazy(), through(5, 2), "other", rounds=3)
    assert len(found.launched) == len(found.times)
    for (forward, backward), (f, b) in zip(found.times, found.launched, strict=True):
        assert f < forward / 2
        assert b < backward / 2
    assert timed(Lazy(), through(5, 2), rounds=1).launched == ()


@pytest.mark.parametrize(("device", "warm"), [("cpu", 1), ("other", 3)])
def test_the_clock_is_read_when_the_device_is_done(device: str, warm: int) -> None:
    lazy = Lazy()
    timed(lazy, through(1, 2), device, rounds=2)
    passes = warm + 2 + 2  # with the collector off, and on
    assert lazy._waits == 3 * passes  # before the clock starts, between the passes, at the end


def test_the_collector_is_off_and_then_on() -> None:
    states = []

    class Watching(Tape):
        def grads(self, output, leaves):
            states.append(gc.isenabled())
            return super().grads(output, leaves)

    found = timed(Watching(), through(1, 2), rounds=2)
    assert states == [False, False, False, True, True]
    assert len(found.times) == len(found.collected) == 2
    assert gc.isenabled()


class Functional:
    """Its gradient takes three times as long as the function."""

    name, version = "functional", "1"

    @staticmethod
    def _negative(x):
        spin(SPIN)
        return -x

    ops = {"negative": _negative}  # noqa: RUF012

    def value_and_grad(self, f, arrays):
        value = f(*arrays)
        spin(2 * SPIN)
        return value, [np.ones_like(arrays[0])]


def test_the_backward_of_a_function_is_what_its_gradient_takes_more() -> None:
    found = timed(Functional(), through(1), rounds=3)
    forward, backward = min(found.times, key=sum)
    assert forward == pytest.approx(SPIN, rel=0.25)
    assert backward == pytest.approx(2 * SPIN, rel=0.25)


class Symbolic:
    """Compiles once: its compiler, not its function, is slow."""

    name, version = "symbolic", "1"
    ops = {"negative": lambda x: ("negative", x)}  # noqa: RUF012
    _compiled = 0

    def symbol(self, shape, dtype):
        return "x"

    def grad(self, output, leaves):
        return ["gradient"]

    def compile(self, inputs, outputs):
        self._compiled += 1

        def run(x):
            spin(SPIN * (3 if "gradient" in outputs else 1))
            return [-x, np.ones_like(x)][: len(outputs)]

        return run


def test_a_graph_is_compiled_once_and_timed_thereafter() -> None:
    engine = Symbolic()
    found = timed(engine, through(1), rounds=4)
    assert engine._compiled == 2  # the value, and the value with the gradient
    forward, backward = min(found.times, key=sum)
    assert forward == pytest.approx(SPIN, rel=0.25)
    assert backward == pytest.approx(2 * SPIN, rel=0.25)


@pytest.mark.cuda
@pytest.mark.parametrize(("engine", "device"), [("torch", "cuda"), ("reference", "torch:cuda")])
def test_an_accelerator_is_waited_for_and_its_memory_known(engine: str, device: str) -> None:
    with open_engine(engine, op_table(VOCABULARY)) as handle:
        if device not in handle.hello.limits.devices:
            pytest.skip(f"{engine} finds no {device} here")
        n = 1 << 24
        found = handle.times(through(5, n), device=device, rounds=3, memory=True)
    assert not isinstance(found, Failure), found
    assert found.memory["peak"] >= 8 * n
    for times, launched in zip(found.times, found.launched, strict=True):
        assert sum(times) >= sum(launched)
        assert sum(times) >= 10 * 8 * n / 20e12  # no memory moves 20 TB a second


# ---- rounds ------------------------------------------------------------------------------------


def after(*totals: float) -> Timing:
    family = FAMILIES["chain"]
    return Timing(family, 1, "e", 1, rounds=[(t / 2, t / 2) for t in totals])


def test_ratios_are_sure_where_their_interval_is_narrow() -> None:
    steady, shaken = after(*[1.0] * 5), after(1.0, 1.2, 1.0, 1.0, 0.9)
    assert settled([steady, after(*[2.0] * 5)])
    assert not settled([steady, shaken])
    assert not settled([shaken])
    assert settled([shaken, shaken])  # a busy machine is busy for both
    assert not settled([steady, after(2.0, 2.0)])  # of two rounds nothing is known
    refused = Timing(FAMILIES["chain"], 1, "e", 1, why_not="has no add")
    assert settled([refused])
    assert settled([steady, refused])


def handle_of(totals: Iterator[float]) -> EngineHandle:
    handle = inside(worker.Engine(Tape(), op_table(VOCABULARY)))

    def times(*_: object, rounds: int, **__: object) -> Timed:
        pairs = tuple((t / 2, t / 2) for t in islice(totals, rounds))
        return Timed(pairs, pairs)

    handle.times = times  # type: ignore[method-assign]
    return handle


SHORT = Family("short", "", "ops", (3,), lambda n: through(n, 2))


def test_rounds_are_added_until_the_ratio_is_sure() -> None:
    steady, late = repeat(1.0), chain([1.0, 2.0, 2.0, 2.9], repeat(2.0))
    engines = {"a": handle_of(steady), "b": handle_of(late)}
    (made,) = measure([SHORT], engines, rounds=3, seconds=60.0)
    assert made[0].passes == 1  # one pass is longer than a block
    # Of 3 rounds nothing is known; of 5 and more the interval leaves out the one that was late.
    assert 5 < len(made[1].rounds) < 20
    assert made[1].times(made[0]) == 2.0


def test_rounds_end_with_their_time_and_without_it_are_as_many_as_asked_for() -> None:
    def shaken() -> EngineHandle:
        return handle_of(cycle([1.0, 1.5]))

    for rounds in (1, 3):
        (made,) = measure([SHORT], {"a": shaken(), "b": shaken()}, rounds=rounds)
        assert [len(t.rounds) for t in made] == [rounds, rounds]
    start = time.monotonic()
    (made,) = measure([SHORT], {"a": handle_of(repeat(1.0)), "b": shaken()}, seconds=0.2)
    assert 0.2 < time.monotonic() - start < 5
    assert len(made[0].rounds) == len(made[1].rounds) > 5


def test_short_passes_are_timed_in_blocks_of_which_a_round_is_the_least() -> None:
    totals = chain([BLOCK / 4], [0.4, 0.3, 0.2, 0.5], repeat(0.3))
    (made,) = measure([SHORT], {"a": handle_of(totals)}, rounds=2)
    assert made[0].passes == 4
    assert made[0].rounds == [(0.1, 0.1), (0.15, 0.15)]


def test_a_worker_may_know_of_no_collector_but_must_give_all_times() -> None:
    def given(*pairs: tuple[float, float]) -> EngineHandle:
        handle = handle_of(repeat(1.0))
        handle.times = lambda *_, **__: Timed(pairs)  # type: ignore[method-assign]
        return handle

    engines = {"one": given((1.0, 1.0)), "two": given((1.0, 1.0), (1.0, 1.0))}
    ((one, two),) = measure([SHORT], engines, rounds=3)
    assert (len(one.rounds), one.collected, one.why_not) == (3, [], "")
    assert math.isnan(one.collecting())
    assert (two.rounds, two.why_not) == ([], "2 times came for 1 passes")


def test_workers_get_one_thread_and_keep_what_they_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """An array of 8 MiB, made anew, is where the last one was: no page is fetched again."""
    for name in (*THREADS, *ALLOCATOR):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, "")  # so that what is set is undone
    single_threaded()
    assert {os.environ[name] for name in THREADS} == {"1"}
    command = (sys.executable, "-c", FAULTS)
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert int(found.stdout) < 100


FAULTS = """
import resource
import numpy as np
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for k in range(20):
    before = faults()
    x, y = np.ones(1 << 20), np.ones(1 << 20)
    taken = faults() - before
    del x, y
print(taken)
"""
