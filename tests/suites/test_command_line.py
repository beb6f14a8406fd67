"""The command: every exit code, every message for a mistake, and outputs that are read again."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from gradassay.reports.records import Case, Check, End, Run, Verdict, read
from gradassay.suites import conformance
from gradassay.suites.cli import main

TINY = Path(__file__).parent / "tiny.py"
WHOLE = Path(".gradassay/tiny")
PART = WHOLE / "narrowed"
COMMAND = [sys.executable, "-m", "gradassay"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Every command runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gradassay(*arguments: str, fault: str = "", cwd: Path | None = None, **more: str):
    env = {**os.environ, "TINY_FAULT": fault, **more}
    env.pop("PYTEST_CURRENT_TEST", None)
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=env, cwd=cwd, check=False
    )


def check(*arguments: str, fault: str = "", engine: str = f"{TINY}:Tiny", **more):
    return gradassay("check", engine, "--profile", "smoke", *arguments, fault=fault, **more)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """The folder of a run that found a wrong rule."""
    folder = tmp_path_factory.mktemp("wrong")
    done = check(
        "--only", "sin", "--suite", "ops", "--in-process", fault="wrong gradient", cwd=folder
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return folder


# ---- check


def test_no_difference_is_0():
    done = check("--only", "multiply", "--suite", "ops")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no differences in" in done.stdout
    (run, *_, end) = read(PART / "results.jsonl")
    assert isinstance(run, Run)
    assert isinstance(end, End)
    assert (run.engine, run.seed, run.profile, run.style) == ("tiny", 0, "smoke", "tape")
    assert (end.status, end.exit_code) == ("incomplete", 0)
    assert end.counts["agrees"] >= 90
    for name in ("report.html", "summary.md", "junit.xml"):
        assert (PART / name).stat().st_size > 100
    assert Path(".gradassay/.gitignore").read_text() == "*\n"


def test_a_difference_is_1_and_leaves_everything_to_repeat_it(wrong):
    folder = wrong / PART
    records = read(folder / "results.jsonl")
    found = [r for r in records if isinstance(r, Verdict)]
    assert found
    for verdict in found:
        assert json.loads((folder / "failures" / f"{verdict.id}.json").read_text())["op"] == "sin"
        assert (folder / "failures" / f"{verdict.id}.py").read_text() == verdict.script
    assert "wrong gradient" in (folder / "report.html").read_text()
    assert 'failures="1"' in (folder / "junit.xml").read_text()


MISTAKES = {
    "no such engine": (["check", "refrence"], "did you mean 'reference'?"),
    "no such file": (["check", "nowhere.py:Adapter"], "there is no file nowhere.py"),
    "no command": (["check", "cmd:"], "cmd: names no command"),
    "no such op": (["check", "reference", "--only", "matmull"], "did you mean 'matmul'?"),
    "no such suite": (["check", "reference", "--suite", "opps"], "there is no suite 'opps'"),
    "a misspelt option": (["check", "reference", "--profil", "smoke", "--sed", "1"], "--sed"),
    "no such profile": (["check", "reference", "--profile", "tiny"], "invalid choice"),
    "no number": (["check", "reference", "--seed", "x"], "invalid int value"),
    "no engine": (["check"], "ENGINE"),
    "no such command": (["chekc"], "invalid choice: 'chekc'"),
    "nothing to list": (["list", "sheep"], "invalid choice"),
    "no results": (["report", "nowhere.jsonl"], "cannot read nowhere.jsonl"),
    "no failure of this ID": (["replay", "0123456789ab", "--engine", "reference"], "0123456789ab"),
    "no failure at this path": (["replay", "failures/x.json", "--engine", "reference"], "no file"),
    "a file without its object": (["check", str(TINY)], "NAME one of Tensor, Tiny, Functional"),
    "replay without engine": (["replay", "x.json"], "--engine"),
    "replay on no engine": (["replay", "x.json", "--engine", "nonesuch"], "x.json"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_4_and_one_line(name, capsys):
    arguments, says = MISTAKES[name]
    try:
        code = main(arguments)
    except SystemExit as error:
        code = error.code
    out, err = capsys.readouterr()
    assert code == 4
    assert says in err
    assert err.startswith("gradassay: ")
    assert err.count("\n") == 1
    assert out == ""


@pytest.mark.parametrize("dtype", ["float16", "flaot64"])
def test_a_dtype_that_the_engine_lacks_is_4(dtype):
    done = check("--only", "add", "--dtype", dtype)
    assert done.returncode == 4
    assert done.stderr == f"gradassay: the engine has no {dtype}: it has float64, float32\n"


def test_a_folder_that_cannot_be_written_is_4(elsewhere):
    Path("taken").write_text("")
    done = check("--only", "add", "--out", "taken/results")
    assert done.returncode == 4
    assert done.stderr == "gradassay: cannot write taken/results: Not a directory\n"


def test_a_device_that_the_engine_lacks_is_4():
    done = check("--only", "add", "--device", "cuda")
    assert done.returncode == 4, done.stdout
    assert done.stderr == "gradassay: the engine has no device cuda: it has cpu\n"


def test_no_command_is_4_and_help(capsys):
    assert main([]) == 4
    assert "usage: gradassay" in capsys.readouterr().out


def test_a_file_to_accept_may_be_the_one_that_is_drafted(elsewhere):
    Path("pyproject.toml").write_text("[tool.gradassay]\naccept = 'accept.toml'\n")
    arguments = "--only", "sin", "--suite", "ops", "--in-process"
    assert check(*arguments, "--write-accept", "accept.toml", fault="raised").returncode == 1
    assert 'outcome = "raised"' in Path("accept.toml").read_text()


def test_a_run_that_did_not_start_tells_nothing_of_an_earlier_one():
    assert check("--only", "add", "--suite", "ops").returncode == 0
    Path("accept.toml").write_text("[[accept]]\ncheck = 'G8'\nkind = 'bug'\nreason = 'TODO'\n")
    done = check("--only", "add", "--suite", "ops", "--accept", "accept.toml")
    assert done.returncode == 4
    assert "an entry for G8 has a reason that is still TODO" in done.stderr
    assert done.stdout == ""


def test_an_op_that_the_engine_lacks_runs_nothing_and_is_5():
    done = check("--only", "matmul", engine="micrograd")
    assert done.returncode == 5, done.stdout + done.stderr
    assert "nothing" in done.stdout


STARTS = {
    "raises on import": "raise RuntimeError('no such card')",
    "needs what is not there": "import nonesuch_package",
    "is no Python": "def",
    "ends the process": "import sys; sys.exit(3)",
    "dies": "import os; os._exit(9)",
    "has no adapter": "pass",
    "is no adapter": "class Adapter: pass",
}


@pytest.mark.parametrize("name", STARTS)
def test_an_engine_that_does_not_start_is_7_and_says_why(name, capsys, elsewhere):
    (elsewhere / "broken.py").write_text(STARTS[name], encoding="utf-8")
    assert main(["check", "broken.py:Adapter"]) == 7
    err = capsys.readouterr().err
    assert err.startswith("gradassay: ")
    assert "Traceback" not in err
    assert not Path(".gradassay").exists()


def test_an_adapter_that_cannot_run_the_simplest_program_is_7(capsys, elsewhere):
    text = TINY.read_text(encoding="utf-8").replace(
        "else x.grad for x in leaves]", "else x.grad for x in leaves][:0]"
    )
    (elsewhere / "broken.py").write_text(text, encoding="utf-8")
    assert main(["check", "broken.py:Tiny"]) == 7
    assert "the adapter: 0 gradients for 2 leaves" in capsys.readouterr().err
    assert not list(Path(".gradassay").glob("*/results.jsonl"))


def test_debug_shows_where_it_failed(capsys, elsewhere):
    (elsewhere / "broken.py").write_text("raise RuntimeError('no such card')", encoding="utf-8")
    assert main(["check", "broken.py:Adapter", "--debug"]) == 7
    assert "Traceback" in capsys.readouterr().err


def test_the_same_run_twice_has_the_same_records():
    def once(out):
        assert check("--suite", "ops", "--seed", "5", "--out", out).returncode == 0
        lines = [json.loads(line) for line in Path(out, "results.jsonl").read_text().splitlines()]
        for line in lines:
            for key in ("seconds", "cpu_seconds", "started", "command"):
                line.pop(key, None)
        return lines

    assert once("a") == once("b")


def test_an_engines_name_can_do_no_harm(elsewhere):
    text = TINY.read_text(encoding="utf-8").replace('"tiny"', '"<script>alert(1)</script>"')
    (elsewhere / "evil.py").write_text(text, encoding="utf-8")
    done = check("--only", "add", "--suite", "ops", engine="evil.py:Tiny")
    assert done.returncode == 0, done.stderr
    (report,) = Path(".gradassay").glob("*/narrowed/report.html")
    assert "<script>alert(1)" not in report.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["../../escape", "/tmp/escape", "..", "a/b"])
def test_results_stay_in_their_folder_whatever_the_engine_is_called(name):
    from gradassay.suites.outputs import folder_name

    folder = folder_name(name)
    assert folder not in ("", ".", "..")
    assert Path(folder).name == folder


def test_a_users_own_reports_and_suites_are_left_alone(elsewhere):
    for package in ("reports", "suites", "oracles", "gradassay_plugin", "tests"):
        (elsewhere / package).mkdir()
        (elsewhere / package / "__init__.py").write_text("raise ImportError('mine')\n")
    (elsewhere / "conftest.py").write_text("raise ImportError('mine')\n")
    (elsewhere / "pytest.ini").write_text("[pytest]\naddopts = --nonesuch\n")
    done = check("--only", "add", "--suite", "ops")
    assert done.returncode == 0, done.stdout + done.stderr


def heed_interrupts() -> None:
    """A shell starts what runs in the background with interrupts ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_is_2_and_keeps_what_there_is(elsewhere):
    env = {**os.environ, "TINY_FAULT": ""}
    process = subprocess.Popen(
        [*COMMAND, "check", f"{TINY}:Tiny", "--profile", "full"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, preexec_fn=heed_interrupts,
    )  # fmt: skip
    results = elsewhere / ".gradassay" / "tiny" / "results.jsonl"
    until = time.monotonic() + 20
    while time.monotonic() < until and not (
        results.is_file() and results.read_bytes().count(b'"record":"case"') > 50
    ):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 2, out
    records = read(results)
    assert sum(isinstance(r, Case) for r in records) > 50
    end = records[-1]
    assert isinstance(end, End)
    assert (end.status, end.exit_code) == ("interrupted", 2)
    assert sum(end.counts.values()) >= 50  # what was tried is counted
    assert "interrupted" in out
    assert results.with_name("report.html").is_file()


# ---- a part of a run leaves the whole one alone


def stand_in(folder: Path) -> Path:
    """Results of a whole run, as far as they are looked at: a text that a run would overwrite."""
    folder.mkdir(parents=True)
    for name in ("results.jsonl", "junit.xml", "report.html"):
        (folder / name).write_text("whole")
    return folder


def kept(folder: Path) -> bool:
    names = ("results.jsonl", "junit.xml", "report.html")
    return all((folder / name).read_text() == "whole" for name in names)


NARROWED = {
    "ops": ["--only", "sin"],
    "a suite": ["--suite", "graphs"],
    "names of tests": ["--", "-k", "sin and ops and float64"],
    "a marker": ["--", "-m", "graphs"],
    "tests left out": ["--", "--deselect", "test_state.py"],
}


@pytest.mark.parametrize("name", NARROWED)
def test_a_narrowed_run_leaves_the_whole_one_alone(name):
    stand_in(WHOLE)
    done = check("--in-process", *NARROWED[name])
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(WHOLE)
    assert read(PART / "results.jsonl")[-1].status == "incomplete"
    assert "testsuite" in (PART / "junit.xml").read_text()
    assert str(PART / "report.html") in done.stdout


def test_a_run_that_stopped_early_is_incomplete():
    done = check("--grade", "bronze", "--", "-x", fault="wrong gradient")
    assert done.returncode == 6, done.stdout + done.stderr
    end = read(PART / "results.jsonl")[-1]
    assert (end.status, end.grade) == ("incomplete", "")


CONFORMANCE = Path(conformance.__file__).parent
NAMED = {
    "a file": ("test_graphs.py",),
    "a test": ("test_ops.py::test_ops[sin-float64]",),
    "a file, spread": ("test_graphs.py", "-n", "2"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_run_of_named_tests_is_incomplete(name):
    file, *rest = NAMED[name]
    options = "--engine", f"{TINY}:Tiny", "--assay-profile", "smoke", "--assay-out", "out"
    command = [sys.executable, "-m", "pytest", f"{CONFORMANCE}/{file}", *options, *rest]
    env = {**os.environ, "TINY_FAULT": "", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read(Path("out/results.jsonl"))[-1].status == "incomplete"


def test_a_whole_run_leaves_the_narrowed_one_alone():
    stand_in(PART)
    assert check("--in-process").returncode == 1  # some checks of the standard do not hold
    assert kept(PART)
    assert read(WHOLE / "results.jsonl")[-1].status == "complete"
    assert "testsuite" in (WHOLE / "junit.xml").read_text()


def test_a_folder_that_is_named_is_taken_as_it_is():
    done = check("--only", "sin", "--suite", "ops", "--out", "mine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {op for op, _, _ in cases("mine")} == {"sin"}
    assert not Path("mine/narrowed").exists()


def test_what_a_project_always_leaves_out_is_no_narrowing():
    text = "[tool.gradassay]\nsuite = ['ops']\nonly = 'sin,add'\nout = 'mine'\n"
    Path("pyproject.toml").write_text(text)
    assert check("--in-process").returncode == 0
    assert {op for op, _, _ in cases("mine")} == {"sin", "add"}
    whole = Path("mine/results.jsonl").read_bytes()
    assert check("--only", "sin", "--in-process").returncode == 0
    assert {op for op, _, _ in cases("mine/narrowed")} == {"sin"}
    assert Path("mine/results.jsonl").read_bytes() == whole


def test_a_run_is_compared_with_what_it_writes_over():
    arguments = ("--only", "sin", "--suite", "ops", "--in-process", "--out", "mine")
    assert check(*arguments).returncode == 0
    done = check(*arguments, "--baseline", "mine", fault="wrong gradient")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Against tiny 1.0, smoke, seed 0: 1 new, 0 gone" in " ".join(done.stdout.split())


def test_collecting_only_writes_nothing():
    stand_in(WHOLE)
    assert check("--in-process", "--", "--collect-only", "-q").returncode == 0
    assert kept(WHOLE)
    assert not PART.exists()


def test_under_xdist_what_others_leave_out_makes_a_part_as_well():
    stand_in(WHOLE)
    Path("pyproject.toml").write_text("[tool.gradassay]\nsuite = ['ops']\nonly = 'sin,add'\n")
    done = check("--", "-n", "1", "--deselect", "test_ops.py::test_ops[sin-float64]")
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(WHOLE)
    assert {op for op, _, _ in cases(PART)} == {"add"}


@pytest.mark.parametrize("more", [[], ["-n", "1"]])
def test_under_pytest_too(more):
    stand_in(WHOLE)
    done = pytest_(
        "--engine",
        f"{TINY}:Tiny",
        "--assay-profile",
        "smoke",
        "-m",
        "ops",
        "-k",
        "add",
        "-q",
        *more,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(WHOLE)
    assert {op for op, _, _ in cases(PART)} == {"add"}


def test_failures_of_the_whole_run_are_what_last_failed_means():
    assert check("--in-process", "--", "-k", "ops", fault="wrong gradient").returncode == 1
    assert check("--in-process", "--", "--lf", fault="wrong gradient").returncode == 1
    assert {op for op, _, _ in cases(PART)} == {"sin"}


# ---- pytest, without the command


def pytest_(*arguments: str, cwd: Path | None = None):
    env = {**os.environ, "TINY_FAULT": "", "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs", "gradassay.suites",
         "--import-mode=importlib", *arguments],
        capture_output=True, text=True, env=env, cwd=cwd, check=False,
    )  # fmt: skip


def cases(out: str | Path) -> list[tuple[str, str, str]]:
    found = read(Path(out, "results.jsonl"))
    return sorted((r.op, r.id, r.outcome) for r in found if isinstance(r, Case))


def test_under_xdist_the_cases_are_the_same():
    common = ["--engine", f"{TINY}:Tiny", "--assay-profile", "smoke", "--assay-suite", "ops", "-q"]
    common += ["--assay-only", "sin,add"]
    for out, more in (("one", []), ("two", ["-n", "2"])):
        done = pytest_(*common, "--assay-out", out, *more)
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(cases("one")) > 180
    assert cases("one") == cases("two")


def test_pytest_without_an_engine_asks_for_one():
    done = pytest_()
    assert done.returncode == 4
    assert "Give --engine ENGINE" in done.stdout + done.stderr


def test_pytest_with_an_unknown_engine_is_a_usage_error():
    done = pytest_("--engine", "nonesuch")
    assert done.returncode == 4
    assert "there is no engine 'nonesuch'" in done.stdout + done.stderr


def test_pytest_itself_ends_with_the_code_of_a_grade_that_is_not_reached():
    asked = "--assay-suite", "ops", "--assay-profile", "smoke", "--assay-grade", "bronze"
    done = pytest_("--engine", f"{TINY}:Tiny", *asked)
    assert done.returncode == 6, done.stdout + done.stderr
    assert "failed" not in done.stdout.splitlines()[-1]


def test_arguments_after_two_dashes_are_for_pytest():
    done = check("--suite", "ops", "--", "-k", "sin", "-q")
    assert done.returncode == 0, done.stdout
    assert {op for op, _, _ in cases(PART)} == {"sin"}
    assert read(PART / "results.jsonl")[-1].status == "incomplete"


def test_the_plugin_costs_other_runs_nothing(elsewhere):
    code = """
        import sys
        import gradassay.suites.plugin
        heavy = {"numpy", "torch", "msgspec", "flint", "hypothesis"} & set(sys.modules)
        sys.exit(f"imported {heavy}" if heavy - set(sys.argv) else 0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---- report


def test_a_report_of_results_cut_short_says_so(wrong, capsys, elsewhere):
    whole = (wrong / PART / "results.jsonl").read_bytes()
    (elsewhere / "results.jsonl").write_bytes(whole[: len(whole) // 2])
    assert main(["report", "results.jsonl"]) == 0
    assert "cut short" in capsys.readouterr().out
    assert "cut short" in Path("report.html").read_text(encoding="utf-8")


def test_a_report_of_a_folder(wrong, capsys, elsewhere):
    assert main(["report", str(wrong / PART), "--out", "again.html"]) == 0
    assert capsys.readouterr().out == "again.html\n"
    made = (wrong / PART / "report.html").read_text(encoding="utf-8")
    assert Path("again.html").read_text(encoding="utf-8") == made


@pytest.mark.parametrize(
    "junk", [b"", b"hello\n", b"\xff\xfe\x00", b"{}\n", b'{"record":"end"}\n', b"[1]\n[2]\n"]
)
def test_a_report_of_junk_is_4(junk, capsys):
    Path("junk.jsonl").write_bytes(junk)
    assert main(["report", "junk.jsonl"]) == 4
    assert capsys.readouterr().err.startswith("gradassay: ")


def test_a_report_that_cannot_be_written_is_no_internal_error(wrong, capsys):
    code = main(["report", str(wrong / PART), "--out", "no/such/folder/x.html"])
    assert code == 4
    assert "internal error" not in capsys.readouterr().err


# ---- replay


def failure(wrong: Path) -> Path:
    return next((wrong / PART / "failures").glob("*.json"))


@pytest.mark.parametrize(("fault", "code"), [("wrong gradient", 1), ("", 0)])
def test_replay_is_1_while_it_is_wrong(wrong, capsys, monkeypatch, fault, code):
    monkeypatch.setenv("TINY_FAULT", fault)
    assert main(["replay", str(failure(wrong)), "--engine", f"{TINY}:Tiny"]) == code
    out = capsys.readouterr().out
    assert ("wrong gradient in sin: x0.grad is" in out) == bool(code)
    assert ("agrees" in out) == (not code)


def test_replay_finds_a_failure_by_its_id(wrong, capsys, monkeypatch):
    monkeypatch.chdir(wrong)
    assert main(["replay", failure(wrong).stem, "--engine", f"{TINY}:Tiny"]) == 0
    assert "sin(x0)" in capsys.readouterr().out


@pytest.mark.parametrize("where", [WHOLE, PART])
def test_replay_finds_a_failure_of_a_whole_and_of_a_narrowed_run(wrong, elsewhere, where, capsys):
    file = failure(wrong)
    folder = elsewhere / where / "failures"
    folder.mkdir(parents=True)
    (folder / file.name).write_bytes(file.read_bytes())
    assert main(["replay", file.stem, "--engine", f"{TINY}:Tiny"]) == 0
    assert "sin(x0)" in capsys.readouterr().out


def test_replay_takes_what_was_tried_last(wrong, elsewhere, capsys):
    file = failure(wrong)
    for where, dtype in ((WHOLE, "float64"), (PART, "float32")):
        folder = elsewhere / where / "failures"
        folder.mkdir(parents=True, exist_ok=True)
        text = file.read_text().replace('"dtype":"float64"', f'"dtype":"{dtype}"')
        (folder / file.name).write_text(text)
    assert main(["replay", file.stem, "--engine", f"{TINY}:Tiny"]) == 0
    assert "tiny 1.0, float32 on cpu" in capsys.readouterr().out


def test_replay_knows_the_engine_that_showed_the_failure(wrong, capsys, monkeypatch):
    monkeypatch.setenv("TINY_FAULT", "wrong gradient")
    assert main(["replay", str(failure(wrong))]) == 1
    assert "tiny 1.0, float64 on cpu" in capsys.readouterr().out


def test_replay_happens_on_the_device_of_the_failure(capsys, elsewhere):
    spec = f"{TINY}:Elsewhere"
    narrow = ["--only", "sin", "--suite", "ops", "--suite", "state", "--profile", "smoke"]
    assert main(["check", spec, *narrow, "--device", "there"]) == 1
    found = list(read(PART / "results.jsonl"))
    shown = next(r for r in found if isinstance(r, Verdict))
    check = next(r for r in found if isinstance(r, Check) and r.outcome == "differs")
    for failure in (shown, check):
        capsys.readouterr()
        assert main(shlex.split(failure.replay)[1:]) == 1
        assert "tiny 1.0, float64 on there" in capsys.readouterr().out
    assert main(["replay", shown.id, "--engine", spec, "--device", "cpu"]) == 0


def test_replay_of_a_check_takes_the_engine_of_the_project(capsys, elsewhere):
    Path("pyproject.toml").write_text(f"[tool.gradassay]\nengine = '{TINY}:Tiny'\n")
    main(["replay", "S1"])
    assert "tiny 1.0, float64 on cpu" in capsys.readouterr().out


def test_replay_takes_a_bare_program(capsys):
    leaf = {"kind": "real", "shape": [], "data": "AAAAAAAACEA=", "requires_grad": True}
    program = {"leaves": [leaf], "calls": [{"op": "multiply", "args": [0, 0]}], "outputs": [1]}
    Path("square.json").write_text(json.dumps(program), encoding="utf-8")
    assert main(["replay", "square.json", "--engine", f"{TINY}:Tiny"]) == 0
    assert "agrees (exact)" in capsys.readouterr().out


@pytest.mark.parametrize("junk", [b"", b"hello", b"\xff", b"{}", b'{"record":"run"}', b"[]",
    b'{"leaves":[],"calls":[{"op":"sinn","args":[]}],"outputs":[0]}'])  # fmt: skip
def test_replay_of_junk_is_4(junk, capsys):
    Path("junk.json").write_bytes(junk)
    assert main(["replay", "junk.json", "--engine", f"{TINY}:Tiny"]) == 4
    assert capsys.readouterr().err.startswith("gradassay: ")


def test_replay_of_a_record_that_is_no_failure_is_4(wrong):
    line = (wrong / PART / "results.jsonl").read_bytes().splitlines()[0]
    Path("run.json").write_bytes(line)
    assert main(["replay", "run.json", "--engine", f"{TINY}:Tiny"]) == 4


def test_replay_at_a_dtype_that_the_engine_lacks_says_so(wrong, capsys):
    code = main(["replay", str(failure(wrong)), "--engine", f"{TINY}:Tiny", "--dtype", "float16"])
    assert code == 4
    assert "float16" in capsys.readouterr().err


# ---- list, help, version


@pytest.mark.parametrize(
    ("arguments", "some"),
    [
        (["ops"], {"add", "matmul", "nn.functional.relu"}),
        (["engines"], {"reference", "torch", "autograd", "micrograd"}),
        (["suites"], {"ops", "graphs"}),
        (["oracles"], {"exact", "taylor", "pytorch"}),
        (["saboteurs"], set()),
        (["ops", "--engine", f"{TINY}:Tiny"], {"sin", "matmul"}),
    ],
)
def test_list_names_one_a_line(arguments, some, capsys):
    assert main(["list", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert some <= {line.split()[0] for line in lines}
    assert all(line == line.rstrip() for line in lines)


def test_list_says_which_ops_an_engine_offers(capsys):
    assert main(["list", "ops", "--engine", f"{TINY}:Tiny"]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (rows["sin"], rows["matmul"]) == ("offered: ops", "not offered")


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("gradassay 0.")


def test_help_is_quick():
    def cost() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = gradassay("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0
        assert "exit codes:" in done.stdout
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(cost() for _ in range(3)) < 0.2


@pytest.mark.parametrize("command", ["", "check", "report", "replay", "list"])
def test_help_needs_neither_numpy_nor_torch(command):
    code = """
        import sys
        sys.modules.update(dict.fromkeys(["numpy", "torch", "msgspec", "flint", "pytest"]))
        from gradassay.suites.cli import main
        main([*sys.argv[1:], "--help"])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *command.split()],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: gradassay")


def test_a_reader_that_leaves_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m gradassay list ops | head -n 1",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith("add")
