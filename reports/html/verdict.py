"""The head of the page: the verdict in words, who was tried with what, and the counts."""

from __future__ import annotations

from ..digest import Digest
from ..groups import outcome
from ..outcomes import Group
from ..text import number, plural, share
from .escape import Html, code, join, tag
from .marks import CLASS, HEADING, state_class, symbol
from .seal import seal


def head(digest: Digest) -> Html:
    """Verdict, banner, facts and the command that does it again."""
    run = digest.run
    title = tag(
        "h1",
        tag(
            "span",
            f"{'Speed of' if digest.only_timed else 'Conformance report on'} ",
            class_="quiet",
        ),
        run.engine,
        " " if run.engine_version else None,
        tag("span", run.engine_version, class_="version"),
    )
    return tag(
        "header",
        None if digest.only_timed else tag("div", seal(digest), class_="marks"),
        title,
        tag("p", digest.sentence, class_=f"sentence {state_class(digest)}"),
        tag("p", digest.graded, class_="grade") if digest.graded else None,
        tag("p", digest.untried, class_="quiet") if digest.checks else None,
        _banner(digest),
        _facts(digest),
        _again(run.command),
        class_="head",
    )


def _banner(digest: Digest) -> Html | None:
    if not digest.warning:
        return None
    return tag("p", symbol("!"), " ", digest.warning, class_="banner", role="note")


def _facts(digest: Digest) -> Html:
    """What was tried, on what and by whom judged; the rest stands under Environment."""
    run = digest.run
    on = " on ".join(", ".join(names) for names in (run.dtypes, run.devices) if names)
    facts = [
        ("Tried", _tried(digest)),
        ("Dtypes", on),
        ("Suites", ", ".join(run.suites)),
        ("Judged by", ", ".join(f"{k} {v}".strip() for k, v in run.oracles.items())),
    ]
    pairs = [tag("div", tag("dt", k), tag("dd", v)) for k, v in facts if v]
    return tag("dl", *pairs, class_="facts")


def _tried(digest: Digest) -> str:
    if digest.only_timed:
        return plural(sum(bool(b.seconds) for b in digest.benches), "timing")
    ops = f" of {plural(len(digest.run.offered), 'op')}" if digest.run.offered else ""
    return f"{plural(digest.executed, 'program')}{ops}, profile {digest.run.profile}"


def _again(command: str) -> Html:
    return join(tag("p", "Do it again:", class_="label"), code("Command that reruns this", command))


def counts(digest: Digest) -> Html:
    """How many programs ended how, by group, with the share that proved nothing."""
    groups: tuple[Group, ...] = ("difference", "unproven", "pass", "not run")
    return join(
        _bar(digest),
        tag("div", *(_column(digest, g) for g in groups), class_="tally"),
        tag("p", digest.proved_nothing, " ", digest.held, class_="nothing"),
    )


def _column(digest: Digest, group: Group) -> Html:
    total = digest.total(group)
    rows = [
        tag(
            "li",
            tag("a", _counted(name, n), href=f"#cases?outcome={name.replace(' ', '+')}"),
            tag("span", outcome(name).meaning, class_="meaning"),
        )
        for name, n in digest.counts.items()
        if outcome(name).group == group
    ]
    return tag(
        "div",
        tag("h3", tag("b", number(total)), " ", HEADING[group]),
        tag("ul", *rows) if rows else tag("p", "none", class_="meaning"),
        class_=f"group {CLASS[group]}" + ("" if total else " empty"),
    )


def _counted(name: str, n: int) -> Html:
    return join(
        symbol(outcome(name).symbol),
        " ",
        tag("span", name, class_="said"),
        " ",
        tag("b", number(n)),
    )


def _bar(digest: Digest) -> Html:
    """All programs as one bar; a group that has any is at least a visible sliver."""
    groups: tuple[Group, ...] = ("difference", "unproven", "pass", "not run")
    totals = {g: digest.total(g) for g in groups if digest.total(g)}
    whole = sum(totals.values())
    if not whole:
        return tag("p", "Nothing was tried.", class_="nothing")
    least = {g: max(8.0, 1000.0 * n / whole) for g, n in totals.items()}
    scale = 1000.0 / sum(least.values())
    parts, x = [], 0.0
    for g, width in least.items():
        parts.append(
            tag("rect", x=x, y=0, width=max(1.0, width * scale - 3), height=14, class_=CLASS[g])
        )
        x += width * scale
    said = ", ".join(f"{number(n)} {HEADING[g]} ({share(n, whole)})" for g, n in totals.items())
    return tag(
        "svg",
        tag("title", f"Of {number(whole)} programs: {said}"),
        *parts,
        viewBox="0 0 1000 14",
        preserveAspectRatio="none",
        role="img",
        class_="bar",
    )
