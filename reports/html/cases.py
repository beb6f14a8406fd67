"""All cases: the controls of the table, and the data it opens, gzipped and in base64.

The columns are compact: words once in a list and then by number, identifiers in one string,
scores to two digits. Everything else that was recorded travels as a second block, so that the
page can hand out `results.jsonl` again.
"""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from ..digest import Digest
from ..groups import outcome
from ..outcomes import OUTCOMES
from ..records import AnyRecord, Case, encode
from ..text import number
from .escape import Html, join, row, table, tag
from .marks import CLASS, mark

LIMIT = 5_000_000  # characters of a whole page
_WORDS = ("check", "op", "dtype", "device", "outcome", "oracle")


def pack(data: bytes) -> str:
    """Bytes gzipped and in base64; the same bytes always give the same text."""
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()


def columns(cases: Sequence[Case]) -> dict[str, Any]:
    """The cases by column; also how each outcome is drawn.

    Identifiers of one length stand without separators; `id_width` is 0 where they do not.
    """
    ids = [c.id.replace(" ", "_") or "?" for c in cases]
    widths = {len(name) for name in ids}
    width = widths.pop() if len(widths) == 1 else 0
    made: dict[str, Any] = {"n": len(cases), "id_width": width}
    made["id"] = ("" if width else " ").join(ids)
    for name in _WORDS:
        words: dict[str, int] = {}
        made[name] = [words.setdefault(getattr(c, name), len(words)) for c in cases]
        made[f"{name}_words"] = list(words)
    made["score"] = [_rounded(c.score, 2) for c in cases]
    made["resolution"] = [_rounded(c.resolution, 1) for c in cases]
    known = {w: outcome(w) for w in [*OUTCOMES, *made["outcome_words"]]}
    made["outcomes"] = {w: [o.symbol, CLASS[o.group], o.group] for w, o in known.items()}
    return made


def _rounded(x: float, digits: int) -> float:
    """A few digits, as much as an error in units of a tolerance can say."""
    return float(f"{x:.{digits}g}") if math.isfinite(x) else 1e308


def sampled(cases: Sequence[Case], budget: int) -> tuple[list[Case], int]:
    """Cases that fit about `budget` characters: every one that is no pass, and evenly some passes.

    Returns them with the number of passes left out.
    """
    blob = len(pack(msgspec.json.encode(columns(cases)))) if cases else 0
    if blob <= budget:
        return list(cases), 0
    passes = [i for i, c in enumerate(cases) if outcome(c.outcome).group == "pass"]
    others = len(cases) - len(passes)
    room = max(0, int(len(cases) * budget / blob) - others)
    step = len(passes) / room if room else 0.0
    kept = {passes[int(k * step)] for k in range(min(room, len(passes)))}
    dropped = set(passes) - kept
    return [c for i, c in enumerate(cases) if i not in dropped], len(dropped)


def cases_data(cases: Sequence[Case]) -> Html:
    """The block that the table of all cases opens."""
    return _block("cases-data", msgspec.json.encode(columns(cases)))


def records_data(records: Sequence[AnyRecord]) -> Html:
    """The block with all other records as JSON lines, for details and for the download."""
    rest = b"".join(encode(r) + b"\n" for r in records if not isinstance(r, Case))
    return _block("records-data", rest)


def _block(name: str, content: bytes) -> Html:
    return tag("script", Html(pack(content)), type="text/plain", id=name)


def section(digest: Digest, kept: int, left_out: int) -> Html:
    """The controls and an empty table for the script; the static table for when there is none."""
    note = (
        f"This page would be larger than {LIMIT // 1_000_000} MB: {number(left_out)} cases that "
        "agree are left out, evenly; every case that does not agree is here. results.jsonl has all."
    )
    head = ["program", "outcome", "op", "check", "dtype", "device", "oracle"]
    numbers = ["error in tolerances", "resolution"]
    headers = [
        tag("th", h, scope="col", data_key=k)
        for h, k in zip(
            [*head, *numbers],
            ["id", "outcome", "op", "check", "dtype", "device", "oracle", "score", "resolution"],
            strict=True,
        )
    ]
    live = tag(
        "div",
        _controls(),
        tag("p", f"{number(kept)} cases", id="case-count", role="status", class_="quiet"),
        tag("div", id="case-detail", tabindex=-1),
        table("Cases", headers, Html(""), id="case-table"),
        _pager(),
        id="case-live",
        hidden=True,
    )
    static = tag("div", _static(digest), id="case-static")
    return join(tag("p", note, class_="banner", role="note") if left_out else None, live, static)


def _static(digest: Digest, most: int = 100) -> Html:
    """The first cases that do not agree, as a table that needs no script."""
    found = [c for c in digest.cases if outcome(c.outcome).group != "pass"][:most]
    rows = [
        row(tag("code", c.id), mark(c.outcome), c.op, c.check, c.dtype, c.device) for c in found
    ]
    head = ["program", "outcome", "op", "check", "dtype", "device"]
    return table("Programs that do not simply agree, the first hundred", head, *rows)


def _controls() -> Html:
    fields = [_field("q", "Search", tag("input", type="search", id="f-q", name="q"))]
    fields += [
        _field(name, name.capitalize(), tag("select", id=f"f-{name}", name=name))
        for name in ("outcome", "op", "dtype", "device", "check")
    ]
    clear = tag("button", "Clear", type="reset")
    return tag("form", *fields, clear, id="case-form", aria_label="Filter the cases")


def _field(name: str, label: str, control: Html) -> Html:
    return tag("div", tag("label", label, for_=f"f-{name}"), control, class_="field")


def _pager() -> Html:
    return tag(
        "nav",
        tag("button", "← Previous", type="button", id="page-previous"),
        tag("span", "", id="page-of"),
        tag("button", "Next →", type="button", id="page-next"),
        aria_label="Pages of cases",
        class_="pager",
    )
