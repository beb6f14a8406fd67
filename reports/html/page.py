"""The page put together: sections in their order, style, script, data and security policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

from ..digest import Digest
from ..records import AnyRecord
from . import sections, speed
from .cases import LIMIT, cases_data, records_data, sampled, section
from .escape import Html, join, tag
from .failures import groups, smallest
from .matrix import matrix
from .verdict import counts, head

REST = 80_000  # characters of the head, the environment, style and script


def assemble(digest: Digest, records: Sequence[AnyRecord]) -> str:
    """The whole document."""
    listed = list(_sections(digest))
    others = records_data(records)
    fixed = REST + sum(len(body) for _, _, body in listed) + len(others)
    kept, left_out = sampled(digest.cases, LIMIT - fixed)
    if not digest.only_timed:
        listed.append(("cases", "All cases", section(digest, len(kept), left_out)))
    listed.append(("environment", "Environment", _environment(digest)))
    body = tag(
        "body",
        tag("a", "Skip to the verdict", href="#verdict", class_="skip"),
        _top([(name, title) for name, title, _ in listed]),
        tag(
            "main",
            tag("div", head(digest), id="verdict", tabindex=-1),
            *(_section(*entry) for entry in listed),
        ),
        _foot(digest),
        cases_data(kept),
        others,
        tag("script", Html(_asset("report.js"))),
    )
    document = tag("html", _head(digest), body, lang="en")
    return f"<!DOCTYPE html>\n{document}\n"


def _sections(digest: Digest) -> Iterator[tuple[str, str, Html]]:
    """Name, title and content of each section that has something to say, in order."""
    rows = [
        ("counts", "Outcomes", counts, not digest.only_timed),
        ("smallest", "Smallest failure", smallest, not digest.only_timed),
        ("failures", "Failure groups", groups, not digest.only_timed),
        ("matrix", "Op by dtype", matrix, bool(digest.cells)),
        ("declined", "Declined", sections.declined, bool(digest.declined)),
        ("checks", "Checks", sections.checks, bool(digest.checks)),
        ("conventions", "Conventions", sections.conventions, bool(digest.profiles)),
        ("accuracy", "Accuracy", sections.accuracy, any(c.score >= 0 for c in digest.cases)),
        ("comparison", "Comparison", speed.comparison, bool(speed.of_kind(digest, "comparison"))),
        ("goals", "Goals", speed.goals, bool(speed.of_kind(digest, "goal"))),
        ("slowness", "Slowness", speed.verdicts, bool(speed.of_kind(digest, "verdict"))),
        ("performance", "Time and memory", speed.curves, any(b.seconds for b in digest.benches)),
        ("timings", "Timings", speed.timings, bool(digest.benches)),
        ("coverage", "Coverage", sections.coverage, bool(digest.coverage)),
    ]
    for name, title, make, wanted in rows:
        if wanted:
            yield name, title, make(digest)


def _section(name: str, title: str, body: Html) -> Html:
    heading = tag("h2", title, id=f"{name}-title")
    inner = tag("div", body, class_="body")
    return tag("section", heading, inner, id=name, aria_labelledby=f"{name}-title")


def _top(titles: Sequence[tuple[str, str]]) -> Html:
    links = [tag("li", tag("a", title, href=f"#{name}")) for name, title in titles]
    brand = tag("a", "gradassay", href="#verdict", class_="brand")
    return tag("nav", brand, tag("ul", *links), class_="top", aria_label="Sections")


def _environment(digest: Digest) -> Html:
    button = tag("button", "Download the data (results.jsonl)", type="button", id="download")
    note = "The page holds its data; errors of single cases are rounded to two digits in it."
    return join(
        sections.environment(digest),
        tag("p", button, hidden=True, id="download-line"),
        tag("p", note, class_="quiet"),
    )


def _foot(digest: Digest) -> Html:
    made = f"Made by gradassay {digest.run.gradassay}".strip()
    return tag("footer", tag("p", f"{made} from the records of one run, and from nothing else."))


def _head(digest: Digest) -> Html:
    style, script = _asset("style.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    run = digest.run
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", join(f"{run.engine} {run.engine_version}".strip(), ": conformance report")),
        tag("style", Html(style)),
    )


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(content: str) -> str:
    """The hash that lets the policy admit exactly this style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
