"""The tables of docs/performance.md, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from ...reports.records import Bench, Gauge
from ..markdown import table
from .bench import late
from .page_limits import figure
from .page_run import BESIDE, BY_HAND, NONE, BesideRun, beside, slug


def heading(run: BesideRun) -> str:
    """When, where and how, in two paragraphs."""
    first, where = run.run, run.run.environment
    versions = first.configuration.get("versions", {})
    listed = ", ".join(f"{e} {versions[e]}" for e in run.engines if e in versions and e != BY_HAND)
    took = f"took {run.end.seconds / 60:.1f} minutes" if run.end else "**was cut short**"
    if run.end and run.end.status != "complete":
        took += f" and is {run.end.status}"
    return (
        f"Made by `make bench` from one run on {first.started[:10]}, which {took}. Timed were\n"
        f"{listed},\n"
        "and numpy by hand (`by-hand`): what a careful programmer writes without an engine. One\n"
        "thread an engine, the garbage collector off while passes are timed; Python "
        f"{where.get('python', '?')},\nnumpy {where.get('numpy', '?')}; load at the start "
        f"{where.get('load', '?')}."
    )


def glance(run: BesideRun) -> str:
    """A row a family, a column an engine: how many times torch's time at the largest size."""
    rows = []
    for name in run.families:
        largest = run.sizes(name)[-1]
        found = {b.engine: b for b in run.at(name, largest)}
        rows.append(
            [
                f"[{name}](#{slug(name)})",
                f"{largest:,} {run.axis(name)}",
                *(_cell(found.get(e), e in run.absent) for e in run.everyone),
            ]
        )
    return table(["family", "size", *run.everyone], rows, len(run.everyone))


def _cell(b: Bench | None, absent: bool) -> str:
    if b is None:
        return "absent" if absent else NONE
    if b.engine == BESIDE and b.rounds:
        return "1"
    if b.rounds:
        found = beside(b)
        return figure(found.middle) if found else NONE
    return why(b)


def why(b: Bench) -> str:
    """Why there is no time, in two words."""
    if b.why_not.startswith("has no"):
        return "no op"
    if b.engine == BY_HAND:
        return NONE
    return "too long" if late(b.why_not) else "fails"


def absences(run: BesideRun) -> str:
    """Who is absent, and why."""
    said = [f"- `{name}` is absent: {why}." for name, why in run.absent.items()]
    return "\n".join(["", *said, ""]) if said else ""


def hot(gauges: Sequence[Gauge], engines: Sequence[str]) -> str:
    """The functions that had most of each engine's samples."""
    rows = []
    for engine in engines:
        mine = [g for g in gauges if g.engine == engine and " " in g.rule and g.measured]
        top = sorted(mine, key=lambda g: -(g.measured or 0))[:4]
        said = ", ".join(
            f"`{g.rule.replace(' ', ':').replace('|', '/')}` {100 * (g.measured or 0):.0f} %"
            for g in top
        )
        if said:
            rows.append([engine, f"{top[0].size:,}", top[0].text.partition(" of ")[2], said])
    if not rows:
        return "No samples were taken in this run."
    return table(["engine", "chain of", "taken", "where most of them fell"], rows)


def goals(gauges: Sequence[Gauge]) -> str:
    """What was to be reached, beside what was measured."""
    found = [g for g in gauges if g.kind == "goal"]
    if not found:
        return "No goals were looked at in this run."
    rows = [
        [
            g.rule,
            f"{g.limit or 0:g}" + (f" × {g.beside}" if g.beside else ""),
            measured(g),
            "holds" if g.outcome == "holds" else f"**{g.outcome}**",
        ]
        for g in found
    ]
    held = sum(g.outcome == "holds" for g in found)
    said = (
        f"{held} of {len(found)} hold. These are of the bare engine, written as its users write it,"
        " in one process with torch and numpy by hand; the tables below go through adapters, which"
        " costs every engine a little. A goal holds if the median keeps it."
    )
    return f"{said}\n\n{table(['goal', 'at most', 'measured', 'outcome'], rows)}"


def measured(g: Gauge) -> str:
    """A figure with its interval."""
    if g.measured is None:
        return NONE
    if g.low is None or g.high is None or g.low == g.high:
        return figure(g.measured)
    return f"{figure(g.measured)} ({figure(g.low)} to {figure(g.high)})"


def verdicts(gauges: Sequence[Gauge], engines: Sequence[str]) -> str:
    """Counts an engine, then what is broken in words."""
    found = [g for g in gauges if g.kind == "verdict"]
    rows, broken = [], []
    for engine in engines:
        mine = [g for g in found if g.engine == engine]
        bad = [g for g in mine if g.outcome == "broken"]
        held = sum(g.outcome == "holds" for g in mine)
        if mine:
            rows.append([engine, held, len(bad), len(mine) - held - len(bad)])
        broken += [f"- {engine}, {g.rule}, {g.workload}: {' '.join(g.text.split())}" for g in bad]
    if not rows:
        return "No verdicts were given in this run."
    head = table(["engine", "hold", "broken", "not known"], rows, 3)
    return "\n\n".join(part for part in (head, "\n".join(broken)) if part)
