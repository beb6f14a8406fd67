"""What is shown of a run while it lasts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from gradassay.reports.records import Case, Tally
from gradassay.suites import progress
from gradassay.suites.progress import Progress

CASE = Case(check="ops", op="exp", dtype="float64", device="cpu", outcome="agrees", id="0")
WRONG = Case(check="ops", op="exp", dtype="float64", device="cpu", outcome="wrong value", id="1")
TALLY = Tally(check="ops", op="exp", area="", dtype="float64", device="cpu", counts={})


class Clock:
    """Time that passes when it is told to."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def shown(clock: Clock, slow: int = 1, live: bool = False) -> Progress:
    """The display of an engine's run."""
    hello = SimpleNamespace(name="mine", limits=SimpleNamespace(slow=slow))
    made = Progress(SimpleNamespace(hello=hello), shown=True)  # type: ignore[arg-type]
    made.live, made.total = live, 7
    made.pytest_runtest_logstart("file.py::test_ops[exp-float64]")
    return made


def take(clock: Clock, made: Progress, each: float, *records: object) -> None:
    for record in records:
        clock.now += each
        made.take(record)  # type: ignore[arg-type]


def test_without_a_terminal_there_is_a_line_each_minute(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    take(clock, shown(clock), 1 / 64, *[CASE] * 3839)
    assert capsys.readouterr().err == ""
    made = shown(clock)
    take(clock, made, 1 / 64, *[CASE] * 3840, WRONG, *[CASE] * 3839)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[-1] == "  0/7  7,680 programs  1 differ  2:00  test_ops[exp-float64]"


def test_on_a_terminal_the_line_moves_within_a_test(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    made = shown(clock, live=True)
    take(clock, made, 0.2, CASE, WRONG)
    err = capsys.readouterr().err
    assert "1 programs" in err
    assert "2 programs  1 differ" in err
    assert "\n" not in err


@pytest.mark.parametrize(
    ("each", "slow", "said"),
    [
        (0.06, 1, "mine takes 0.06 s a program: slow = 10 in its adapter"),
        (1.0, 1, "mine takes 1 s a program: slow = 50"),
        (1.0, 10, "slow = 50"),
        (0.2, 10, ""),
        (0.04, 1, ""),
    ],
)
def test_a_slow_engine_is_told_what_helps_once(
    clock: Clock, capsys: pytest.CaptureFixture[str], each: float, slow: int, said: str
) -> None:
    made = shown(clock, slow)
    take(clock, made, each, *[CASE] * int(50 / each))
    err = capsys.readouterr().err
    assert said in err
    assert err.count("slow =") == bool(said)


def test_what_is_slow_about_a_failure_is_not_the_engine(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    made = shown(clock)
    take(clock, made, 0.001, *[CASE] * 100)
    take(clock, made, 50.0, TALLY)
    take(clock, made, 0.001, *[CASE] * 100)
    assert "slow =" not in capsys.readouterr().err
