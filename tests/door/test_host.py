"""Finding engines, failures at the start, and workers in other languages that break the wire."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import numpy as np
import pytest
from gradassay.oracles.program import Leaf, Program, call
from gradassay.suites import adapter
from gradassay.suites.adapter import EngineError, ProtocolError, UnknownEngine, locate
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.judge import judge
from gradassay.suites.host import open_engine
from gradassay.suites.process import Lost

HERE = Path(__file__).parent
PROGRAM = Program((Leaf.of(np.array(1.0), requires_grad=True),), (call("add", 0, 0),), (1,))
pytestmark = pytest.mark.usefixtures("mark")


def write(folder, text):
    path = folder / "engine.py"
    path.write_text(text)
    return f"{path}:Engine"


# ---- ENGINE --------------------------------------------------------------------------------------


def test_a_bundled_engine_is_a_file():
    path, _, attribute = locate("torch").engine.rpartition(":")
    assert (Path(path).name, attribute) == ("torch.py", "Torch")
    assert Path(path).is_file()


def test_a_path_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "")
    assert locate("engine.py:Engine").engine == f"{tmp_path}/engine.py:Engine"


def test_an_unknown_name_is_answered_with_the_nearest_and_the_ways():
    with pytest.raises(UnknownEngine) as caught:
        locate("torhc")
    text = str(caught.value)
    assert "did you mean 'torch'?" in text
    for way in ("micrograd", "package.module:attr", "path/file.py:attr", "cmd:"):
        assert way in text


def test_an_installed_package_names_its_engines_by_entry_points(monkeypatch):
    point = EntryPoint("mine", "package.module:Adapter", "gradassay.engines")
    monkeypatch.setattr(adapter, "entry_points", lambda group: [point])
    assert locate("mine").engine == "package.module:Adapter"


def test_a_module_is_found_from_the_working_directory(tmp_path, monkeypatch, ops):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text((HERE / "misbehaving.py").read_text())
    with open_engine("mine:Honest", ops) as engine:
        (answer,) = engine.answers([PROGRAM])
        assert answer.values == (2.0,)


def test_an_engine_cannot_import_the_workers_neighbours_by_chance(tmp_path, ops):
    with pytest.raises(EngineError, match="No module named 'guard'"):
        open_engine(write(tmp_path, "import guard\n"), ops)


@pytest.mark.parametrize("spec", ["no/file.py:A", "cmd:", "file.py", ""])
def test_a_name_that_can_be_nothing_is_unknown(spec):
    with pytest.raises(UnknownEngine):
        locate(spec)


# ---- the start -----------------------------------------------------------------------------------

BROKEN = {
    "import nothing_of_the_kind\n": "ModuleNotFoundError: No module named 'nothing_of_the_kind'",
    "raise SystemExit(3)\n": "SystemExit: 3",
    "class Engine: pass\n": "the adapter needs the attribute 'name', a text",
    "class Engin: pass\n": "has no 'Engine'; did you mean 'Engin'?",
    "import os\nos._exit(3)\n": "the worker ended with status 3 before hello: it printed nothing",
    "import os, sys\nprint('so long')\nsys.stdout.flush()\nos.abort()\n": "SIGABRT before hello",
}


@pytest.mark.parametrize("source", BROKEN, ids=BROKEN.values())
def test_an_engine_that_does_not_start_is_one_clear_line(source, tmp_path, ops):
    with pytest.raises(EngineError) as caught:
        open_engine(write(tmp_path, source), ops)
    assert BROKEN[source] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failure_to_import_keeps_its_traceback(tmp_path, ops):
    for in_process in (False, True):
        with pytest.raises(EngineError) as caught:
            open_engine(write(tmp_path, "import nothing\n"), ops, in_process=in_process)
        assert "engine.py" in caught.value.traceback


def test_an_interpreter_that_is_not_there_is_said(ops):
    with pytest.raises(EngineError, match="cannot run /no/python"):
        open_engine("micrograd", ops, python="/no/python")


# ---- workers that are no Python ------------------------------------------------------------------


def garbage(kind):
    return f"cmd:{sys.executable} {HERE / 'garbage.py'} '{kind}'"


def test_any_executable_that_speaks_the_wire_is_an_engine(ops):
    with open_engine(garbage("good"), ops) as engine:
        assert (engine.hello.name, engine.hello.limits.order) == ("garbage", 1)
        found = list(engine.answers([PROGRAM] * 40))
        assert [a.values[0] for a in found] == [1.0] * 40


def test_a_check_is_not_applicable_to_a_worker_that_plays_no_scripts(ops):
    script = CLAUSES["S2"].script()
    with open_engine(garbage("good"), ops) as engine:
        found = judge(script, engine.script(msgspec.json.encode(script.steps), len(script.steps)))
    assert (found.outcome, "no script here" in found.message) == ("not applicable", True)


BREACHES = {
    "hello, world": "broke the protocol",
    "[1, 2]": "broke the protocol",
    "wrong seq": "a reply came with seq 3, but should with 2",
    "wrong order": "expected the answer to program 0",
    "too few values": "0 values and 1 gradients came for 1 outputs and 1 leaves",
    "wrong bytes": "broke the protocol",
    "objects": "broke the protocol",
    "refusal": "expected the answer to program 0",
    "endless": "a line is longer than 64 MiB",
}


@pytest.mark.parametrize("kind", BREACHES)
def test_a_breach_of_the_protocol_is_said(kind, ops):
    with open_engine(garbage(kind), ops) as engine, pytest.raises(ProtocolError) as caught:
        list(engine.answers([PROGRAM]))
    assert BREACHES[kind] in str(caught.value)


def test_who_falls_silent_is_asked_again_alone(ops):
    with open_engine(garbage("silence"), ops, timeout=0.3) as engine:
        found = list(engine.answers([PROGRAM] * 2))
    assert [a.error for a in found] == [None, None]


def test_what_a_dying_worker_says_last_is_told(ops):
    with open_engine(garbage("dies"), ops) as engine:
        (found,) = engine.answers([PROGRAM])
    assert found.error.message == "the worker ended with status 1: ValueError: what is add?"
    assert "Traceback" in found.error.traceback


SAYS = {
    "file:///e.mjs:9\n    f(x);\n    ^\n\nTypeError: f is not a function\n    at e.mjs:9\n\n"
    "Node.js v20.20.2\n": "ended with status 1: TypeError: f is not a function",
    "thread 'main' panicked at src/m.rs:2: no op\n": "1: thread 'main' panicked at src/m.rs:2",
    "panic: no such op\n\ngoroutine 1 [running]:\n": "ended with status 1: panic: no such op",
    "loading\n": "ended with status 1",
    "": "ended with status 1",
}


@pytest.mark.parametrize("tail", SAYS)
def test_the_line_that_names_the_error_is_found(tail):
    assert SAYS[tail] in Lost("crashed", "ended with status 1", tail).told


def test_a_worker_that_is_no_engine_at_all_breaks_the_protocol(ops):
    with pytest.raises(EngineError):
        open_engine("cmd:echo hello", ops)
    with pytest.raises(EngineError, match="ended with status 1 before hello"):
        open_engine("cmd:false", ops)
