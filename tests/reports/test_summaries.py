"""The terminal and the Markdown summary."""

from __future__ import annotations

import re

import pytest
from gradassay.reports.digest import Digest
from gradassay.reports.records import AnyRecord, Refusal, Tally
from gradassay.reports.summary import summary_md
from gradassay.reports.terminal import summary

from . import sample

RUNS = {"failing": sample.failing, "passing": sample.passing, "cut": sample.cut,
        "attacked": sample.attacked}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_comes_last(name: str) -> None:
    records = RUNS[name]()
    text = " ".join(summary(records, color=False, width=80).split())
    assert text.endswith(Digest.of(records).sentence)


def test_the_terminal_summary_stays_short() -> None:
    many = [sample.changed(sample.raised(), op=f"op{k}", id=f"{k:012x}") for k in range(60)]
    failed = [sample.changed(c, outcome="wrong value") for c in sample.CHECKS]
    records = [*sample.assembled(sample.run(), [*many, sample.division()], 600)[:-1], *failed]
    lines = summary(records, color=False, width=80, paths=["report: r.html"] * 3).splitlines()
    assert len(lines) <= 42
    assert any("more groups in the report" in line for line in lines)


def test_the_terminal_summary_shows_the_smallest_program_and_its_replay() -> None:
    text = summary(sample.failing(), color=False, width=80, paths=["report: r.html"])
    assert "v2 = divide(x0, x1)" in text
    assert "gradassay replay" in text
    assert "report: r.html" in text


def test_a_graded_run_says_what_it_says_nothing_of() -> None:
    records = sample.failing()
    end = sample.changed(records[-1], short_of="Short of bronze: 69 programs differ.")
    said = summary([*records[:-1], end], color=False, width=200, paths=[])
    assert "Nothing is said of: 3 ops that the engine does not offer; bfloat16" in said
    assert "Nothing is said of" in summary_md([*records[:-1], end])


def without_refusals(records: list[AnyRecord]) -> list[AnyRecord]:
    """The records as if nothing had been declined."""
    return [
        sample.changed(r, counts={o: n for o, n in r.counts.items() if o != "declined"})
        if isinstance(r, Tally)
        else r
        for r in records
    ]


def test_what_declined_is_named_with_what_the_engine_said() -> None:
    lines = summary(sample.refusing(), color=False, width=80).splitlines()
    (most,) = (line for line in lines if "declined:" in line)
    assert most == "– declined: sort ×49  NotImplementedError: sort has no gradient here"
    (others,) = (line for line in lines if "declined too:" in line)
    assert "stack ×2" in others
    assert all(len(line) <= 80 for line in lines)


def test_where_nothing_declined_nothing_is_said_of_it() -> None:
    records = without_refusals(sample.passing())
    assert "declined" not in summary(records, color=False, width=80).split("proved nothing")[1]
    assert "the engine said" not in summary_md(records)


def test_markdown_says_what_declined() -> None:
    text = summary_md(sample.refusing("ValueError: <b>|"))
    assert "| op | declined | the engine said |\n| --- | ---: | --- |\n| sort | 49 |" in text
    assert "ValueError: &lt;b&gt;\\|" in text
    assert "| stack | 2 | – |" in text


def test_no_engine_steers_the_terminal() -> None:
    assert "\x1b" not in summary(sample.attacked(), color=False, width=80)
    assert "\u202e" not in summary(sample.attacked(), color=True, width=80)


def test_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b[31m" in summary(sample.failing(), color=True, width=80)
    assert "\x1b" not in summary(sample.failing(), color=False, width=80)


@pytest.mark.parametrize("name", RUNS)
def test_markdown_says_the_verdict_first(name: str) -> None:
    text = summary_md(RUNS[name]())
    assert text.startswith("## gradassay: ")
    assert text.index("**") < text.index("| outcome")


def test_markdown_stays_below_sixty_kilobytes() -> None:
    long = {"text": "x\n" * 99_999, "script": "y" * 99_999, "message": "é" * 9_999}
    big = sample.changed(sample.raised(), **long)
    many = [sample.changed(big, op=f"{k}" * 99, id=f"{k:012x}") for k in range(90)]
    declined = [Refusal(op=f"{k}" * 99, count=1, message="é" * 200) for k in range(90)]
    tally = sample.changed(sample.refusing()[-2], declined=declined)
    records = [*sample.assembled(sample.run(), many, 900), tally]
    assert len(summary_md(records).encode()) < 60_000


def test_markdown_escapes_what_an_engine_says() -> None:
    text = summary_md(sample.attacked())
    outside = re.sub(r"(?ms)^(```+).*?^\1$", "", text)
    assert "alert" in outside
    assert "<" not in outside
    assert "| &lt;/td&gt;" in text
