"""A short account in Markdown, for the summary of a CI job: always below 60 KB."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .digest import Digest
from .groups import FailureGroup, outcome
from .records import AnyRecord, Refusal, Verdict
from .text import DASH, clean, number, shorten

LIMIT = 60_000  # bytes
MOST_GROUPS, MOST_CODE = 25, 6_000


def summary_md(records: Sequence[AnyRecord]) -> str:
    """The verdict, the counts, the failure groups and the smallest failing program.

    Raises `RecordsError` if there is no `Run` among the records.
    """
    digest = Digest.of(records)
    run = digest.run
    parts = [
        f"## gradassay: {escaped(f'{run.engine} {run.engine_version}'.strip(), 200)}",
        f"**{escaped(digest.sentence, 1_000)}**",
        f"> {escaped(digest.warning, 1_000)}" if digest.warning else "",
        escaped(digest.graded, 1_000),
        escaped(digest.untried, 400) if digest.checks else "",
        _counts(digest),
        escaped(digest.proved_nothing, 300),
        _checks(digest),
        _groups(digest.failures),
        escaped(digest.shared, 400),
        _declined(digest.declined),
        _example(digest.smallest),
        "Do it again:\n\n" + fenced(run.command[:2_000], "sh"),
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def escaped(text: str, most: int) -> str:
    """Text on one line, in which nothing is markup, Markdown's or HTML's.

    >>> escaped("<b>|`*_", 20)
    '&lt;b&gt;\\\\|\\\\`\\\\*\\\\_'
    """
    text = shorten(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]#!|~@])", r"\\\1", text)


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence is longer than any run of backticks inside."""
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    return f"{fence}{language}\n{clean(text)}\n{fence}"


def _counts(digest: Digest) -> str:
    rows = [
        f"| {outcome(name).symbol} {escaped(name, 60)} | {number(n)} |"
        for name, n in list(digest.counts.items())[:40]
    ]
    return "\n".join(["| outcome | programs |", "| --- | ---: |", *rows])


def _checks(digest: Digest) -> str:
    rows = [
        f"- {outcome(c.outcome).symbol} **{escaped(c.id, 40)}** "
        f"{escaped(c.specification.rstrip('.'), 200)}: {escaped(c.message or c.outcome, 200)}"
        for c in digest.failed_checks[:MOST_GROUPS]
    ]
    left_out = len(digest.failed_checks) - len(rows)
    more = [f"- and {number(left_out)} more"] if left_out else []
    return "\n".join([digest.held, "", *rows, *more]).strip() if digest.checks else ""


def _groups(failures: Sequence[FailureGroup]) -> str:
    if not failures:
        return ""
    rows = [
        f"| {g.outcome.symbol} {g.outcome.name} | {escaped(g.op, 80)} | "
        f"{escaped(g.wrong_op, 80)} | {number(g.seen)} | {escaped(g.smallest.message, 300)} |"
        for g in failures[:MOST_GROUPS]
    ]
    head = [
        "| outcome | op | first wrong at | seen | message |",
        "| --- | --- | --- | ---: | --- |",
    ]
    left_out = len(failures) - len(rows)
    more = f"\n\nand {number(left_out)} more groups in the report." if left_out else ""
    return "\n".join([*head, *rows]) + more


def _declined(refusals: Sequence[Refusal]) -> str:
    if not refusals:
        return ""
    rows = [
        f"| {escaped(r.op, 80)} | {number(r.count)} | {escaped(r.message, 200) or DASH} |"
        for r in refusals[:MOST_GROUPS]
    ]
    left_out = len(refusals) - len(rows)
    more = f"\n\nand {number(left_out)} more ops in the report." if left_out else ""
    head = ["| op | declined | the engine said |", "| --- | ---: | --- |"]
    return "\n".join([*head, *rows]) + more


def _example(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    parts = [
        "### The smallest failing program",
        escaped(verdict.message, 1_000),
        fenced(verdict.text[:MOST_CODE]) if verdict.text else "",
        fenced(verdict.script[:MOST_CODE], "python") if verdict.script else "",
        fenced(verdict.replay[:1_000], "sh") if verdict.replay else "",
    ]
    return "\n\n".join(p for p in parts if p)
