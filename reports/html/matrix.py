"""Op × dtype, one table an area; every cell links to its programs."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from ..digest import Digest
from ..groups import outcome
from ..records import Tally
from ..text import DASH, number
from .escape import Html, join, scroller, tag
from .marks import CLASS, symbol, worst

Counts = dict[str, int]
_PREFIXES = ("linalg", "special", "fft", "nn")


def area(tally: Tally) -> str:
    """The part of the vocabulary an op belongs to: as recorded, else by its prefix, else check."""
    if tally.area:
        return tally.area
    prefix = tally.op.split(".")[0]
    if "." in tally.op and prefix in _PREFIXES:
        return prefix
    return tally.check.replace("/", ".").split(".")[0] or "other"


def matrix(digest: Digest) -> Html:
    """The tables of all areas."""
    if not digest.cells:
        return tag("p", "The run recorded no tally, so there is nothing to lay out.")
    areas: dict[str, dict[str, dict[str, Counts]]] = {}
    devices = {t.device for t in digest.cells}
    columns: dict[str, tuple[str, str]] = {}
    for t in digest.cells:
        key = f"{t.dtype} {t.device}" if len(devices) > 1 else t.dtype
        columns[key] = (t.dtype, t.device if len(devices) > 1 else "")
        cell = areas.setdefault(area(t), {}).setdefault(t.op, {}).setdefault(key, {})
        for name, n in t.counts.items():
            cell[name] = cell.get(name, 0) + n
    known = {name: i for i, name in enumerate(digest.run.dtypes)}
    columns = dict(sorted(columns.items(), key=lambda kv: (known.get(kv[1][0], 99), kv[0])))
    made = [_table(a, ops, columns) for a, ops in sorted(areas.items())]
    return join(_legend(), tag("div", *made, class_="areas"))


def _legend() -> Html:
    said = (
        "Each cell: programs that agree / programs executed. It is marked after the most serious "
        "outcome it holds, and links to its programs."
    )
    keys = [
        tag("span", symbol(s), f" {word}", class_=f"mark {c}")
        for s, word, c in (
            ("✗", "difference", "diff"),
            ("?", "proved nothing", "unproven"),
            ("✓", "all agree", "pass"),
            (DASH, "not run", "notrun"),
        )
    ]
    key = tag("p", *(join(k, " ") for k in keys), class_="key")
    return join(tag("p", said, class_="quiet"), key)


def _table(
    name: str, ops: dict[str, dict[str, Counts]], columns: dict[str, tuple[str, str]]
) -> Html:
    used = [c for c in columns if any(c in cells for cells in ops.values())]
    head = tag("tr", tag("th", "op", scope="col"), *(tag("th", c, scope="col") for c in used))
    rows = [
        tag(
            "tr",
            tag("th", op, scope="row"),
            *(_cell(op, columns[c], cells.get(c, {})) for c in used),
        )
        for op, cells in sorted(ops.items())
    ]
    return scroller(
        name,
        tag(
            "table",
            tag("caption", name, " ", tag("small", _summed(ops.values()))),
            tag("thead", head),
            tag("tbody", *rows),
            class_="matrix",
        ),
    )


def _summed(rows: Iterable[dict[str, Counts]]) -> str:
    cells = [c for r in rows for c in r.values()]
    agree, executed = sum(map(_agree, cells)), sum(map(_executed, cells))
    return f"{number(agree)} of {number(executed)} agree"


def _agree(counts: Counts) -> int:
    return sum(n for k, n in counts.items() if outcome(k).group == "pass")


def _executed(counts: Counts) -> int:
    return sum(n for k, n in counts.items() if outcome(k).group != "not run")


def _cell(op: str, column: tuple[str, str], counts: Counts) -> Html:
    most = worst(counts)
    if not most:
        return tag("td", tag("span", "·", aria_label="not tried", role="img"), class_="none")
    known, executed = outcome(most), _executed(counts)
    body = f"{_agree(counts)}/{executed}" if executed else most
    query = {"op": op, "dtype": column[0]} | ({"device": column[1]} if column[1] else {})
    said = ", ".join(f"{n} {k}" for k, n in counts.items() if n)
    link = tag(
        "a",
        symbol(known.symbol),
        " ",
        body,
        href="#cases?" + urlencode(query, errors="replace"),
        title=said,
    )
    return tag("td", link, class_=CLASS[known.group])
