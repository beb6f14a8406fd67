"""The smaller sections: checks, conventions, accuracy, coverage, environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..digest import Digest
from ..groups import outcome
from ..records import Check, Coverage
from ..text import DASH, duration, number, plural
from .charts import bar, steps
from .escape import Html, join, row, table, tag
from .marks import mark


def checks(digest: Digest) -> Html:
    """The standard's checks by level, each level folded unless something in it does not hold."""
    levels: dict[str, list[Check]] = {}
    for check in digest.checks:
        levels.setdefault(check.level, []).append(check)
    return join(*(_level(name, found) for name, found in levels.items()))


def _level(name: str, found: list[Check]) -> Html:
    groups = [outcome(c.outcome).group for c in found]
    held, tried = groups.count("pass"), len(found) - groups.count("not run")
    rows = [
        row(tag("code", c.id), c.requirement, _specified(c), mark(c.outcome), _shown(c))
        for c in found
    ]
    head = ["check", "asked", "specification", "outcome", "message"]
    said = f" {held} of {tried} applicable hold" if tried else " none of it was applicable"
    title = tag("summary", tag("span", name, class_="what"), said)
    body = table(f"Checks of {name}", head, *rows)
    return tag("details", title, body, open="difference" in groups)


def _specified(check: Check) -> Html:
    blocked = f" Blocked by {', '.join(check.blocked_by)}." if check.blocked_by else ""
    needs = f" Needs {', '.join(check.needs)}." if check.needs else ""
    more = needs + blocked
    return join(check.specification, tag("small", more) if more else None)


def _shown(check: Check) -> Html:
    """What is wrong; under it the script that shows it, what it means, and how to play it again."""
    if not check.text:
        return join(check.message)
    return join(
        tag("p", check.message),
        tag("pre", check.text),
        tag("p", check.hint) if check.hint else None,
        tag("p", tag("code", check.replay)) if check.replay else None,
    )


def conventions(digest: Digest) -> Html:
    """What the engine chose where mathematics leaves a choice, beside torch and jax."""
    rows = [
        row(
            p.name,
            tag("td", p.observed, class_="num"),
            _beside(p.observed, p.torch),
            _beside(p.observed, p.jax),
        )
        for p in digest.profiles
    ]
    return table("Conventions at kinks", ["where", "this engine", "torch", "jax"], *rows)


def _beside(observed: str, other: str) -> Html:
    if not other:
        return tag("td", DASH, class_="num")
    return tag("td", "= " if other == observed else "≠ ", other, class_="num")


def accuracy(digest: Digest) -> Html:
    """The distribution of the errors, an oracle at a time."""
    scores: dict[str, list[float]] = {}
    for case in digest.cases:
        if case.score >= 0:
            scores.setdefault(case.oracle or "no oracle named", []).append(case.score)
    said = (
        "The share of programs whose error, in units of their tolerance, is at most x. Right of "
        "the upright line lies what was not accepted; a line that climbs late is close to it."
    )
    label = "error in units of the tolerance"
    return join(tag("p", said, class_="quiet"), steps(scores, 1.0, label))


def declined(digest: Digest) -> Html:
    """Which ops declined, how often, and what the engine said."""
    rows = [
        row(tag("code", r.op), tag("td", number(r.count), class_="num"), r.message or DASH)
        for r in digest.declined
    ]
    said = "What an engine declines is no difference, but says nothing of the op either."
    head = ["op", "programs", "what the engine said first"]
    return join(tag("p", said, class_="quiet"), table("Declined", head, *rows))


def coverage(digest: Digest) -> Html:
    """What was generated and what never was, a dimension at a time."""
    return join(*(_dimension(c) for c in digest.coverage))


def _dimension(c: Coverage) -> Html:
    most = max(c.drawn.values(), default=0)
    ordered = sorted(c.drawn.items(), key=lambda kv: (-kv[1], kv[0]))
    rows = [row(name, tag("td", number(n), class_="num"), bar(n, most)) for name, n in ordered]
    never = f"Never drawn: {', '.join(c.never)}." if c.never else "All of it was drawn."
    title = tag(
        "summary",
        tag("span", c.dimension, class_="what"),
        f" {number(len(c.drawn))} drawn, {number(len(c.never))} never",
    )
    listed = table(f"Drawn: {c.dimension}", ["", "times", "share"], *rows) if rows else None
    return tag("details", title, tag("p", never), listed)


def environment(digest: Digest) -> Html:
    """Where and how it ran, so that it can be done again."""
    run, end = digest.run, digest.end
    facts: dict[str, Any] = {
        "made by": f"gradassay {run.gradassay}".strip(),
        "started": run.started,
        "took": _took(end.seconds, end.cpu_seconds) if end else "unknown: no closing record",
        "seed": "" if digest.only_timed else str(run.seed),
        "engine": run.spec,
        "style": run.style,
        "adapter": f"{len(run.adapter.splitlines())} lines" if run.adapter else "",
        **run.environment,
    }
    chosen = {**{f"limit: {k}": v for k, v in run.limits.items()}, **run.configuration}
    return join(
        _dictionary("Environment", facts),
        _dictionary("Configuration", chosen),
        _named(f"Offered: {plural(len(run.offered), 'op')}", run.offered),
        _named(f"Not offered: {plural(len(run.not_offered), 'op')}", run.not_offered),
    )


def _took(seconds: float, cpu: float) -> str:
    return duration(seconds) + (f" ({duration(cpu)} of CPU)" if cpu else "")


def _dictionary(title: str, values: Mapping[str, Any]) -> Html | None:
    rows = [row(k, tag("td", _plain(v), class_="long")) for k, v in values.items() if v != ""]
    return table(title, ["what", "value"], *rows) if rows else None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _named(title: str, names: list[str]) -> Html | None:
    if not names:
        return None
    listed = tag("p", *(join(tag("code", n), " ") for n in sorted(names)), class_="names")
    return tag("details", tag("summary", title), listed)
