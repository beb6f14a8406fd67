"""`gradassay bench --compare` and `--against`: what is slower trips, what is not does not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gradassay.reports.records import Bench, End, Gauge, read
from gradassay.suites.cli import main
from gradassay.suites.performance.compare import compared, conclusion, judged
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.performance.measure import Timing
from gradassay.suites.performance.spread import Spread, exponent, median

ENGINE = """
class Value:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        {loop}
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))


def backward(output):
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((p, False) for p, _ in node.parents)]
    output.grad = 1.0
    for node in reversed(order):
        for parent, factor in node.parents:
            parent.grad += factor * node.grad
"""
ADAPTER = """
from tiny_engine.core import Value, backward


class Tiny:
    name, version, ranks, operators = "tiny", "1", {0}, "add multiply"

    def lift(self, array, requires_grad):
        return Value(float(array))

    def value(self, x):
        return x.data

    def grads(self, output, leaves):
        backward(output)
        return [x.grad for x in leaves]
"""
SLOW = "sum(range(1000))"


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Differences of many times show in a few passes."""
    monkeypatch.setattr("gradassay.suites.performance.measure.BLOCK", 2e-3)


def git(folder: Path, *command: str) -> None:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A project whose engine is a package, and its adapter a file beside it; one commit."""
    home = tmp_path / "project"
    (home / "tiny_engine").mkdir(parents=True)
    (home / "tiny_engine" / "__init__.py").touch()
    (home / "tiny_engine" / "core.py").write_text(ENGINE.format(loop="pass"))
    git(home, "init", "--quiet", "--initial-branch", "main")
    git(home, "add", ".")
    git(home, "commit", "--quiet", "--message", "an engine without an adapter")
    git(home, "tag", "bare")
    (home / "adapter.py").write_text(ADAPTER)
    git(home, "add", ".")
    git(home, "commit", "--quiet", "--message", "an adapter")
    return home


def run(home: Path, *args: str) -> int:
    narrow = ("--family", "chain", "--rounds", "5", "--out", str(home.parent / "out"))
    return main(["bench", f"{home / 'adapter.py'}:Tiny", *args, *narrow])


def gauges(home: Path) -> list[Gauge]:
    return [r for r in read(home.parent / "out" / "results.jsonl") if isinstance(r, Gauge)]


def worktrees(home: Path) -> int:
    told = subprocess.run(
        ["git", "worktree", "list"], cwd=home, check=True, capture_output=True, text=True
    )
    return len(told.stdout.splitlines())


def test_a_head_that_is_slower_trips(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "tiny_engine" / "core.py").write_text(ENGINE.format(loop=SLOW))
    assert run(repository, "--against", "HEAD") == 1
    shown = capsys.readouterr().out
    assert "3 tripped, of 3" in shown
    assert "working tree is slower than 1.25 times HEAD" in shown
    found = gauges(repository)
    assert all(g.low is not None and g.low > 1.25 for g in found)
    assert worktrees(repository) == 1


def test_a_head_that_is_unchanged_does_not(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(repository, "--against", "main") == 0
    assert "nothing is slower than 1.25 times beyond its spread" in capsys.readouterr().out
    assert {g.outcome for g in gauges(repository)} <= {"same", "faster", "slower"}


def test_a_head_that_is_faster_says_so(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "tiny_engine" / "core.py").write_text(ENGINE.format(loop=SLOW))
    git(repository, "commit", "--all", "--quiet", "--message", "slow")
    (repository / "tiny_engine" / "core.py").write_text(ENGINE.format(loop="pass"))
    assert run(repository, "--against", "HEAD") == 0
    assert "3 faster, of 3" in capsys.readouterr().out


def test_a_package_installed_in_place_is_no_way_into_the_base(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(repository))
    (repository / "tiny_engine" / "core.py").write_text(ENGINE.format(loop=SLOW))
    assert run(repository, "--against", "HEAD") == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--against", "nowhere"], "there is no revision 'nowhere' in project"),
        (["--against", "--help"], "expected one argument"),
        (["--against", "bare"], "adapter.py is not in revision bare"),
        (["--against", "HEAD", "--tripwire", "1"], "--tripwire is a ratio above 1"),
        (["torch", "--against", "HEAD"], "--against needs one ENGINE"),
        (["--compare", "torch", "torch"], "--compare names both engines"),
    ],
)
def test_a_mistake_is_one_line(
    repository: Path, args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        assert run(repository, *args) == 4
    except SystemExit as end:
        assert end.code == 4
    assert said in capsys.readouterr().err
    assert worktrees(repository) == 1


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--rounds", "4"], 4, "5 to compare"),
        (["--against", "HEAD"], 4, "two ways to name a pair"),
        (["--family", "perceptron"], 5, "nothing could be timed, or compared"),
    ],
)
def test_what_cannot_be_compared_does_not_pass(
    args: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = ["bench", "--compare", "by-hand", "micrograd", "--out", str(tmp_path)]
    assert main([*pair, *args]) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


def test_no_repository_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "adapter.py").write_text(ADAPTER)
    assert main(["bench", f"{tmp_path / 'adapter.py'}:Tiny", "--against", "HEAD"]) == 4
    assert "is in no git repository" in capsys.readouterr().err
    assert main(["bench", "cmd:worker", "--against", "HEAD"]) == 4
    assert "a command has no revisions" in capsys.readouterr().err


def test_an_engine_that_the_base_cannot_start_is_named(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "tiny_engine" / "later.py").touch()
    text = (repository / "adapter.py").read_text()
    (repository / "adapter.py").write_text("import tiny_engine.later\n" + text)
    git(repository, "commit", "--quiet", "--message", "broken", "adapter.py")
    assert run(repository, "--against", "HEAD") == 7
    said = capsys.readouterr().err
    assert "at HEAD" in said and "tiny_engine.later" in said
    assert worktrees(repository) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_worktree_behind(repository: Path, number: signal.Signals) -> None:
    out = repository.parent / "out"
    command = [sys.executable, "-m", "gradassay", "bench", f"{repository / 'adapter.py'}:Tiny"]
    command += ["--against", "HEAD", "--family", "doubling", "--rounds", "4000", "--out", str(out)]
    calm = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **calm) as process:
        assert process.stdout is not None
        while "doubling (" not in process.stdout.readline():
            pass
        assert worktrees(repository) == 2
        time.sleep(0.5)
        os.kill(process.pid, number)
        process.stdout.read()
    assert process.returncode == (2 if number == signal.SIGINT else 128 + number)
    assert worktrees(repository) == 1


def test_ctrl_c_keeps_what_was_measured_and_writes_the_report(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradassay", "bench", "--compare", "reference", "micrograd"]
    command += ["--family", "doubling", "--rounds", "30", "--out", str(tmp_path)]
    calm = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **calm) as process:
        assert process.stdout is not None
        while "micrograd" not in process.stdout.readline():
            pass
        os.kill(process.pid, signal.SIGINT)
        process.stdout.read()
    assert process.returncode == 2
    records = read(tmp_path / "results.jsonl")
    assert isinstance(records[-1], End)
    assert records[-1].status == "interrupted"
    assert {r.engine for r in records if isinstance(r, Bench)} == {"reference", "micrograd"}
    assert "interrupted" in (tmp_path / "report.html").read_text()


# ---- the figures -------------------------------------------------------------------------------


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    import random

    rng = random.Random(0)
    for n in (5, 7, 9, 15):
        found = [median([rng.expovariate(1.0) for _ in range(n)]) for _ in range(4000)]
        held = sum(s.low <= 0.6931 <= s.high for s in found if s.low and s.high)
        assert held / 4000 > 0.9


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        ((1.3, 1.5), "tripped"),
        ((1.2, 1.5), "slower"),
        ((1.01, 1.5), "same"),
        ((0.9, 1.01), "same"),
        ((0.7, 0.9), "faster"),
        ((None, None), "not known"),
    ],
)
def test_only_a_whole_interval_convicts(
    ends: tuple[float | None, float | None], outcome: str
) -> None:
    assert judged(Spread(1.4, *ends), 1.25) == outcome


def test_an_exponent_takes_the_least_favourable_ends() -> None:
    found = exponent(Spread(1.0, 0.9, 1.1), Spread(100.0, 90.0, 110.0), 10.0)
    assert found.middle == pytest.approx(2.0)
    assert found.low == pytest.approx(1.913, abs=1e-3)
    assert found.high == pytest.approx(2.087, abs=1e-3)


def test_what_fails_where_the_other_does_not_trips() -> None:
    first = Timing(FAMILIES["chain"], 10, "a", 10, rounds=[(1.0, 1.0)] * 5)
    failed = Timing(FAMILIES["chain"], 10, "b", 10, why_not="RecursionError: too deep")
    lacking = Timing(FAMILIES["chain"], 10, "b", 10, why_not="has no multiply")
    assert compared(first, failed).outcome == "tripped"
    assert compared(first, lacking).outcome == "not known"
    assert compared(failed, first).outcome == "not known"
    assert "nothing could be compared" in "".join(conclusion([]))
