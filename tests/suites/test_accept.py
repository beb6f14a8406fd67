"""accept.toml: what it covers is shown and not failed, and it cannot outlive what it excuses."""

import datetime
from pathlib import Path

import pytest
from gradassay.oracles.program import ProgramError
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Check, End, Verdict, read
from gradassay.suites.accept import Accepted, Entry, load
from gradassay.suites.adapter import op_table
from gradassay.suites.cli import main
from gradassay.suites.facts import Asked, end_record
from gradassay.suites.host import inside
from gradassay.suites.run import Plan, Session, run
from gradassay.suites.worker import Engine

from . import tiny

TODAY = datetime.date(2026, 1, 1)
POW = Entry(op="pow", outcome="raised", message="ZeroDivision", kind="bug", reason="known")


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_an_entry_covers_its_op_outcome_and_message_alone() -> None:
    assert POW.covers("pow", "raised", "ZeroDivisionError: …")
    assert not POW.covers("divide", "raised", "ZeroDivisionError: …")
    assert not POW.covers("pow", "wrong gradient", "ZeroDivisionError: …")
    assert not POW.covers("pow", "raised", "TypeError: …")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[accept", "no TOML"),
        (
            '[[accept]]\nop = "pow"\nkind = "bug"\nreason = "r"\n',
            r"names an op without its outcome \(wrong value, .*, timed out\): pow: r$",
        ),
        ('[[accept]]\nkind = "bug"\nreason = "r"\n', "names neither a check nor an op"),
        (
            '[[accept]]\noutcome = "raised"\nkind = "bug"\nreason = "r"\n',
            "names neither a check nor an op",
        ),
        (
            '[[accept]]\ncheck = "G6"\nop = "pow"\nkind = "bug"\nreason = "r"\n',
            "names a check and an op",
        ),
        (
            '[[accept]]\ncheck = "G6"\nkind = "bug"\nreason = "TODO"\n',
            "an entry for G6 has a reason that is still TODO",
        ),
        ('[[accept]]\ncheck = "G6"\nkind = "bug"\nreason = " "\n', "gives no reason"),
        ('[[accept]]\ncheck = "G6"\nkind = "whim"\nreason = "r"\n', "kind"),
        ('[[accept]]\ncheck = "G6"\nkind = "bug"\nreason = "r"\nbecause = ""\n', "because"),
        (
            '[[accept]]\nop = "pow"\noutcome = "agrees"\nkind = "bug"\nreason = "r"\n',
            "no difference",
        ),
        (
            '[[accept]]\ncheck = "G6"\nmessage = "("\nkind = "bug"\nreason = "r"\n',
            "no regular expression",
        ),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        load(written(tmp_path / "accept.toml", text), TODAY)


def test_what_has_expired_is_a_difference_again(tmp_path: Path) -> None:
    text = '[[accept]]\ncheck = "G6"\nkind = "bug"\nreason = "r"\nexpires = 2026-01-01\n'
    file = written(tmp_path / "accept.toml", text)
    assert load(file, TODAY).entries == ()
    assert len(load(file, TODAY - datetime.timedelta(days=1)).entries) == 1


def test_an_entry_that_covers_nothing_is_named() -> None:
    check = Check(
        id="G6",
        level="",
        requirement="MUST",
        outcome="accepted",
        specification="",
        reason="G6: why",
    )
    used = Entry(check="G6", kind="bug", reason="why")
    assert Accepted((used, POW)).unused([check]) == [POW]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """micrograd checked, a draft made and given reasons, and checked again with it."""
    out = tmp_path_factory.mktemp("runs")
    plain = ["check", "micrograd", "--only", "pow", "--suite", "numerics", "--suite", "state"]
    assert main([*plain, "--out", str(out / "a"), "--write-accept", str(out / "accept.toml")]) == 1
    draft = (out / "accept.toml").read_text()
    written(out / "accept.toml", draft.replace("TODO", "known"))
    accepting = ["--accept", str(out / "accept.toml"), "--baseline", str(out / "a")]
    assert main([*plain, "--out", str(out / "b"), *accepting]) == 0
    return out


def test_a_draft_with_reasons_accepts_what_the_run_found(runs: Path) -> None:
    records = read(runs / "b" / "results.jsonl")
    verdicts = [r for r in records if isinstance(r, Verdict)]
    assert {v.outcome for v in verdicts} == {"accepted"}
    assert verdicts[0].reason.startswith("pow raised: known")
    accepted = {r.id for r in records if isinstance(r, Check) and r.outcome == "accepted"}
    assert {"G6", "G8"} <= accepted
    assert not any(r.outcome == "differs" for r in records if isinstance(r, Check))


def test_a_draft_is_refused_before_it_has_reasons(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (runs / "accept.toml").read_text().replace("known", "TODO")
    file = written(tmp_path / "accept.toml", text)
    assert main(["check", "micrograd", "--accept", str(file)]) == 4
    assert "still TODO" in capsys.readouterr().err


def test_a_draft_never_replaces_a_file(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["check", "micrograd", "--only", "add", "--suite", "ops", "--out", str(runs / "c")]
    assert main([*args, "--write-accept", str(runs / "accept.toml")]) == 4
    assert "cannot write" in capsys.readouterr().err


def test_the_baseline_says_what_changed(runs: Path) -> None:
    end = read(runs / "b" / "results.jsonl")[-1]
    assert isinstance(end, End)
    assert end.change.startswith("Against micrograd")
    assert "gone" in end.change


def test_diff_ends_with_1_if_the_second_is_worse(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(runs / "a"), str(runs / "b")]) == 0
    assert main(["diff", str(runs / "b"), str(runs / "a")]) == 1
    assert "+ raised in pow (float64): ZeroDivisionError" in capsys.readouterr().out


def test_an_accepted_difference_that_is_gone_fails_a_whole_run(runs: Path) -> None:
    records = [r for r in read(runs / "b" / "results.jsonl") if not isinstance(r, End)]
    asked = Asked(stale=("multiply raised: was",))
    end = end_record(records, 0, False, (1.0, 1.0), asked)
    assert end.exit_code == 1
    assert "not seen any more: multiply raised: was" in end.reason
    assert end_record(records, 0, False, (1.0, 1.0)).exit_code == 0


class Tired(tiny.Tiny):
    """Its sin raises, and the reason changes."""

    ops = {**tiny.Tiny.ops, "sin": lambda x: Tired._sin(x)}  # noqa: RUF012
    _reason = "known"

    @classmethod
    def _sin(cls, x: object) -> None:
        raise ValueError(cls._reason)


def test_what_is_accepted_hides_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry(op="sin", outcome="raised", message="known", kind="bug", reason="known")
    with inside(Engine(Tired, op_table(VOCABULARY))) as handle:
        session = Session(handle)
        session.accepted = Accepted((entry,))

        def verdicts(seed: int) -> list[str]:
            plan = Plan(check="ops", op="sin", count=4, seed=seed)
            return [r.outcome for r in run(plan, session) if isinstance(r, Verdict)]

        assert [verdicts(seed) for seed in range(5)] == [["accepted"]] * 3 + [[]] * 2
        monkeypatch.setattr(Tired, "_reason", "new")
        assert verdicts(5)[0] == "raised"
