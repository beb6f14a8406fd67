"""Whatever an engine does, the programs before and after are answered, and no process is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.suites.host import open_engine
from gradassay.suites.worker import load_file

DOCUMENT = Path(__file__).parents[2] / "docs" / "isolation.md"
FILE = Path(__file__).with_name("misbehaving.py")
pytestmark = [
    pytest.mark.usefixtures("mark"),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc"),
]


def program(op, number):
    leaf = Leaf.of(np.array(float(number)), requires_grad=True)
    args = (0, 0) if op == "add" else (0,)
    return Program((leaf,), (call(op, *args),), (1,))


GOOD = [program("add", i) for i in range(4)]
BAD = program("exp", 1.0)


def table():
    """The rows of docs/isolation.md's first table: engine, kind of the verdict, what is said."""
    section = DOCUMENT.read_text().split("\n## ")[1]
    assert section.startswith("What each misbehaviour comes to")
    for line in section.splitlines():
        if line.startswith("| `"):
            engine, _, _, verdict = (cell.strip() for cell in line.strip("|").split(" | "))
            kind, _, said = verdict.partition(": ")
            yield engine.strip("`"), kind.strip("`"), said


ROWS = list(table())


def answers(name, programs, ops, timeout=10.0, **options):
    with open_engine(f"{FILE}:{name}", ops, timeout=timeout, **options) as engine:
        return list(engine.answers(programs))


def assert_good(found):
    for number, answer in enumerate(found):
        assert answer.error is None, answer.error
        assert answer.values[0] == 2.0 * number


def test_the_document_has_a_row_for_every_misbehaviour():
    module = load_file(str(FILE))
    engines = {n for n, v in vars(module).items() if hasattr(v, "lift") and n != "Honest"}
    assert {name for name, _, _ in ROWS} == engines
    assert len(ROWS) == len(engines)


@pytest.mark.parametrize(("name", "kind", "said"), ROWS, ids=[name for name, _, _ in ROWS])
def test_a_bad_program_is_one_verdict_between_good_answers(
    name, kind, said, ops, tmp_path, monkeypatch
):
    monkeypatch.setenv("DOOR_NOTE", str(tmp_path / "note"))
    programs = [*GOOD, BAD, *GOOD]
    timeout = 0.5 if kind == "timed out" else 10.0
    found = answers(name, programs, ops, timeout, memory=200 << 20)
    bad = found.pop(4)
    if name == "TooFewGradients":
        assert {a.error.type for a in found} == {said}
    else:
        assert_good(found[:4])
        assert_good(found[4:])
    assert (outcome_of(bad), bad.error is None) == (kind, kind in ("answered", "mutated input"))
    if bad.error is not None:
        assert said in (bad.error.type if kind == "raised" else bad.error.message)
        assert bad.error.traceback or kind in ("crashed", "timed out")


def outcome_of(answer):
    if answer.error is not None:
        return answer.error.kind
    return "mutated input" if answer.mutated else "answered"


def test_deaths_across_batches_keep_the_order(ops):
    found = answers("leave", [*GOOD * 9, BAD, *GOOD * 10, BAD, *GOOD], ops)
    assert [i for i, answer in enumerate(found) if answer.error] == [36, 77]
    for first in (*range(0, 36, 4), *range(37, 77, 4), 78):
        assert_good(found[first : first + 4])


def test_junk_for_a_value_is_a_type_error(ops):
    for answer in answers("Junk", [BAD] * 5, ops):
        assert (answer.error.kind, answer.error.type) == ("raised", "TypeError")
        assert answer.error.message.startswith("the value is a ")


def test_a_changed_leaf_travels(ops):
    (good, bad) = answers("Mutate", [GOOD[1], BAD], ops)
    assert (good.mutated, bad.mutated) == ((), (0,))


def test_random_numbers_do_not_depend_on_the_place_in_a_batch(ops):
    found = answers("Random", [BAD, BAD, GOOD[0], BAD], ops)
    assert found[0].values == found[1].values == found[3].values


def test_an_op_that_kills_three_times_is_no_longer_offered(ops):
    with open_engine(f"{FILE}:leave", ops) as engine:
        programs = [*GOOD, *[BAD] * 6, *GOOD]
        found = list(engine.answers(programs))
        kinds = [a.error.kind if a.error else "answered" for a in found]
        assert kinds == ["answered"] * 4 + ["crashed"] * 3 + ["unsupported"] * 3 + ["answered"] * 4
        assert list(engine.withdrawn) == ["exp"]
        assert "died 3 times" in engine.withdrawn["exp"]
        assert {a.error.where for a in found[7:10]} == {"call 0"}


def test_a_death_that_needs_its_predecessors_is_no_verdict(ops):
    for programs in ([BAD] * 12, [*GOOD, *[BAD] * 20]):
        assert not [a.error for a in answers("DieEveryFifth", programs, ops) if a.error]


def test_a_death_at_the_500th_program_loses_no_answer(ops):
    found = answers("DieAtThe500th", GOOD * 300, ops)
    for first in range(0, 1200, 4):
        assert_good(found[first : first + 4])


def test_batches_may_be_abandoned_or_read_in_turns(ops):
    with open_engine(f"{FILE}:Honest", ops) as engine:
        next(engine.answers(GOOD))
        first, second = engine.answers(GOOD), engine.answers(GOOD)
        both = list(zip(first, second, strict=True))
        assert_good([a for a, _ in both])
        assert_good([b for _, b in both])
        assert_good(list(engine.answers(GOOD)))
    assert engine.withdrawn == {}


HOST = """
import sys
sys.path.insert(0, sys.argv[3])
from test_misbehaviour import BAD
from gradassay.suites.host import open_engine
import json
with open_engine(sys.argv[1], json.loads(sys.argv[2]), timeout=100) as engine:
    list(engine.answers([BAD]))
"""


def test_a_host_that_is_killed_leaves_no_process(mark, ops, tmp_path, monkeypatch):
    import json

    note = tmp_path / "note"
    monkeypatch.setenv("DOOR_NOTE", str(note))
    arguments = [f"{FILE}:Note", json.dumps(ops), str(FILE.parent)]
    with subprocess.Popen([sys.executable, "-c", HOST, *arguments]) as host:
        until = time.monotonic() + 20
        while not note.exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert note.exists()
        os.kill(host.pid, signal.SIGKILL)
    # The fixture `mark` sees that the worker, its child and the guard are gone.
