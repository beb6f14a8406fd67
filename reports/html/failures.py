"""The smallest failing example in full, and the groups of everything that did not simply agree."""

from __future__ import annotations

from collections.abc import Sequence

from ..digest import Digest
from ..groups import FailureGroup
from ..records import Row, Verdict
from ..text import DASH, TIMES, clip, number, plural, shorten
from .escape import Html, code, join, row, table, tag
from .graph import draw_all
from .marks import mark

MOST_GROUPS, MOST_OTHERS, MOST_ROWS, MOST_IDS = 50, 15, 24, 12
MOST_TEXT, MOST_MESSAGE, MOST_VALUE = 12_000, 2_000, 200  # characters


def smallest(digest: Digest) -> Html:
    """The smallest failing program, or the sentence that there is none."""
    verdict = digest.smallest
    if verdict is None:
        found = plural(digest.differences, "difference")
        said = (
            f"{found} counted, but none is recorded in full."
            if digest.differences
            else (
                f"No program that was executed shows a difference ({number(digest.executed)} were)."
            )
        )
        return tag("p", said)
    return tag("div", example(verdict, draw_all([verdict])[0]), class_="exhibit")


def example(verdict: Verdict, graph: Html | None) -> Html:
    """One verdict in full: what is wrong, the program, the numbers, the graph, how to replay it."""
    meta = tag(
        "p", mark(verdict.outcome), " · ", _where(verdict), " · ", _id(verdict.id), class_="meta"
    )
    left = tag(
        "div",
        code("Program", clip(verdict.text, MOST_TEXT)) if verdict.text else None,
        _said("Hint", verdict.hint),
        _said("Reason", verdict.reason),
    )
    right = tag("div", graph, class_="drawn") if graph else None
    return join(
        tag("p", clip(verdict.message, MOST_MESSAGE), class_="message"),
        meta,
        tag("div", left, right, class_="pair" if right else None),
        _numbers(verdict),
        _runnable(verdict),
        _folded("Traceback", verdict.traceback),
    )


def _where(verdict: Verdict) -> str:
    parts = [verdict.check, verdict.dtype, verdict.device]
    if verdict.oracle:
        parts.append(f"decided by {verdict.oracle}")
    if verdict.seen > 1:
        parts.append(f"seen {number(verdict.seen)} times")
    return " · ".join(p for p in parts if p)


def _id(name: str) -> Html:
    return tag("code", name)


def _said(label: str, words: str) -> Html | None:
    return (
        tag("p", tag("b", f"{label}. "), clip(words, MOST_MESSAGE), class_="hint")
        if words
        else None
    )


def _runnable(verdict: Verdict) -> Html:
    return join(
        tag("p", "Replay it:", class_="label") if verdict.replay else None,
        code("Replay command", clip(verdict.replay, MOST_TEXT)) if verdict.replay else None,
        _folded("A script that shows it without gradassay", verdict.script),
    )


def _folded(label: str, body: str) -> Html | None:
    return (
        tag("details", tag("summary", label), code(label, clip(body, MOST_TEXT))) if body else None
    )


def _numbers(verdict: Verdict) -> Html | None:
    """The compared entries; without rows, what was got and wanted."""
    if not verdict.rows:
        if not (verdict.got or verdict.want):
            return None
        only = Row(entry="result", got=verdict.got, want=verdict.want)
        return _table(verdict, [only])
    wrong = [r for r in verdict.rows if r.wrong]
    kept = (wrong + [r for r in verdict.rows if not r.wrong])[:MOST_ROWS]
    left_out = len(verdict.rows) - len(kept)
    note = f"{plural(left_out, 'entry', 'entries')} more, not drawn." if left_out else ""
    return join(_table(verdict, kept), tag("p", note, class_="quiet") if note else None)


def _table(verdict: Verdict, rows: Sequence[Row]) -> Html:
    oracles = list(dict.fromkeys(name for r in rows for name in r.oracles))
    error = tag("th", "error", tag("small", " in tolerances"), scope="col")
    head = ["entry", "engine", "should be", *oracles, error]
    tolerance = f"Tolerance: {verdict.tolerance}" if verdict.tolerance else "Compared entries"
    made = [
        row(
            tag("code", r.entry),
            tag("td", shorten(r.got, MOST_VALUE), class_="num got"),
            tag("td", shorten(r.want, MOST_VALUE), class_="num"),
            *(tag("td", r.oracles.get(name, DASH), class_="num") for name in oracles),
            tag("td", "✗ " if r.wrong else "✓ " if r.error else "", r.error or DASH, class_="num"),
            class_="wrong" if r.wrong else None,
        )
        for r in rows
    ]
    return table(tolerance, head, *made)


def groups(digest: Digest) -> Html:
    """Failure groups, each folded; then what proved nothing and what was not run."""
    if not (digest.failures or digest.unproven or digest.not_run):
        return tag("p", "None.")
    return join(
        tag("p", digest.shared) if digest.shared else None,
        _listed(digest.failures, "No difference was found."),
        _more("What proved nothing", digest.unproven),
        _more("Accepted, declined or not offered", digest.not_run),
    )


def _more(title: str, found: Sequence[FailureGroup]) -> Html | None:
    return join(tag("h3", title), _listed(found, "None.", MOST_OTHERS)) if found else None


def _listed(found: Sequence[FailureGroup], none: str, most: int = MOST_GROUPS) -> Html:
    if not found:
        return tag("p", none)
    drawn = found[:most]
    graphs = draw_all([g.smallest for g in drawn])
    left_out = found[most:]
    rest = (
        f"{plural(len(left_out), 'group')} more ({plural(sum(g.seen for g in left_out), 'program')}"
        ") are in the table of all cases and in the data."
    )
    return join(
        *(_group(g, graph) for g, graph in zip(drawn, graphs, strict=True)),
        tag("p", rest, class_="quiet") if left_out else None,
    )


def _group(found: FailureGroup, graph: Html | None) -> Html:
    verdict = found.smallest
    title = tag(
        "summary",
        mark(found.outcome.name),
        tag("span", _title(found), class_="what"),
        tag("span", f"{TIMES} {number(found.seen)}", class_="seen"),
        tag("span", shorten(verdict.message, 160), class_="short"),
    )
    body = tag("div", example(verdict, graph), _others(found), class_="exhibit")
    return tag("details", title, body, class_="fault", id=f"g-{verdict.id}")


def _title(found: FailureGroup) -> str:
    if found.wrong_op and found.wrong_op != found.op:
        return f"{found.op}, first wrong at {found.wrong_op}"
    return found.op


def _others(found: FailureGroup) -> Html | None:
    """Links to the other programs of the group."""
    others = [v for v in found.verdicts if v.id != found.smallest.id]
    if not others:
        return None
    links = [
        tag("a", tag("code", v.id), href=f"#cases?q={_plain((v.cases or [v.id])[0])}")
        for v in others[:MOST_IDS]
    ]
    more = len(others) - len(links)
    return tag(
        "p",
        "Also shown by ",
        *(join(link, " ") for link in links),
        f"and {number(more)} more" if more else None,
        class_="quiet",
    )


def _plain(word: str) -> str:
    return "".join(c for c in word if c.isalnum() or c in "-_.")
