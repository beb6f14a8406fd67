"""The tables of docs/performance.md, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...reports.records import Bench, Gauge
from ..markdown import table
from .bench import late
from .families import FAMILIES
from .page_limits import figure
from .page_run import BesideRun, beside, both, cheap, growth
from .spread import Spread

NONE = "–"
BESIDE = "torch"
BY_HAND = "by-hand"
AGREE = 1.10
"""How far two runs of the same may lie apart in a ratio."""


def slug(name: str) -> str:
    """A name as part of a file's.

    >>> slug("causal attention")
    'causal-attention'
    """
    return name.replace(" ", "-")


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


# ---- families ----------------------------------------------------------------------------------

COLUMNS = ("forward µs", "backward µs", "µs a call", "total/forward", "× torch", "growth", "peak")


def family(run: BesideRun, name: str) -> str:
    """A family's heading, plot, table and who is not in it."""
    known = FAMILIES.get(name)
    says = f"{known.says}, {known.dtype}" if known else name
    plot = f"![{name}: time against size](images/performance-{slug(name)}.svg)"
    rows = [row for size in run.sizes(name) for row in _rows(run, name, size)]
    made = table([run.axis(name), "engine", *COLUMNS], rows, len(COLUMNS))
    left = list(_left_out(run, name))
    return "\n\n".join(
        [
            f"### {name}",
            f"{says if says.startswith('n ') else says[0].upper() + says[1:]}.",
            plot,
            made,
            *left,
        ]
    )


def _rows(run: BesideRun, name: str, size: int) -> Iterator[list[str]]:
    for b in run.at(name, size):
        if b.rounds:
            series = run.of(b.engine)[name]
            last = b is [x for x in series if x.rounds][-1]
            yield _row(b, growth(series) if last else None)


def _row(b: Bench, power: Spread | None) -> list[str]:
    forward, backward = (min(r[k] for r in b.rounds) for k in (0, 1))
    ratio = None if b.engine == BESIDE else beside(b)
    return [
        f"{b.size:,}",
        b.engine,
        figure(1e6 * forward),
        figure(1e6 * backward),
        figure(1e6 * both(b) / b.calls),
        f"{cheap(b).middle:.2f}",
        "1" if b.engine == BESIDE else str(ratio) if ratio else NONE,
        f"{power.middle:.2f}" if power else "",
        storage(b.memory["peak"]) if "peak" in b.memory else NONE,
    ]


def storage(count: int) -> str:
    """Bytes as a person reads them.

    >>> storage(800), storage(123456), storage(5 << 30)
    ('800 B', '121 KiB', '5.00 GiB')
    """
    value, units = float(count), ["B", "KiB", "MiB", "GiB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.0f} B" if units[0] == "B" else f"{figure(value)} {units[0]}"


def _left_out(run: BesideRun, name: str) -> Iterator[str]:
    """A line for each reason of each engine, with the sizes that it is about."""
    lines = []
    for engine in run.engines:
        reasons: dict[str, list[str]] = {}
        for b in run.of(engine).get(name, ()):
            if not b.rounds:
                reasons.setdefault(_reason(b, run), []).append(f"{b.size:,}")
        for reason, sizes in reasons.items():
            at = "" if len(sizes) == len(run.sizes(name)) else f" at {', '.join(sizes)}"
            lines.append(f"- {engine}{at}: {reason}")
    lines += [f"- {engine}: absent" for engine in run.absent]
    if lines:
        yield "\n".join(lines)


def _reason(b: Bench, run: BesideRun) -> str:
    if b.engine == BY_HAND:
        return "not written"
    if b.why_not.startswith(("has no", "failed")):
        return b.why_not
    if "no answer within" in b.why_not:
        return f"no answer {b.why_not.partition('no answer ')[2]} to the first passes"
    if "a smaller size" in b.why_not:
        return "not tried, for a smaller size took too long"
    return f"more than {run.longest:g} s a pass" if late(b.why_not) else f"`{b.why_not}`"


def plotted(run: BesideRun, name: str) -> dict[str, list[tuple[float, float]]]:
    """The points of each engine: size, seconds of both passes."""
    return {
        engine: [(float(b.size), both(b)) for b in run.of(engine).get(name, ()) if b.rounds]
        for engine in run.engines
    }


# ---- two runs ----------------------------------------------------------------------------------


def apart(run: BesideRun, again: BesideRun) -> list[tuple[float, Bench, float, float]]:
    """How far every ratio to torch lies apart in two runs, the farthest first.

    Each has the factor, at least 1, the timing in the first run, and both ratios.
    """
    later = {(b.workload, b.size, b.engine): b for b in again.benches}
    found = []
    for b in run.benches:
        other = later.get((b.workload, b.size, b.engine))
        one, two = beside(b), beside(other) if other else None
        if one and two:
            a, c = one.middle, two.middle
            found.append((max(a / c, c / a), b, a, c))
    return sorted(found, key=lambda row: -row[0])


def two_runs(run: BesideRun, again: BesideRun) -> str:
    """How far the ratios of two runs of the same lie apart."""
    found = apart(run, again)
    if not found:
        return "The second run shares no timing with the first."
    beyond = [row for row in found if row[0] > AGREE]
    factor, b, one, two = found[0]
    within = len(found) - len(beyond)
    said = (
        f"The same was run twice. Of {len(found)} ratios to torch, {within} agree within "
        f"{100 * (AGREE - 1):.0f} %; the worst, {b.engine} in {b.workload} at {b.size:,}, "
        f"was {figure(one)} and then {figure(two)}, {100 * (factor - 1):.0f} % apart. "
        f"In the median they are {100 * (found[len(found) // 2][0] - 1):.1f} % apart."
    )
    if not beyond:
        return said
    rows = [
        [b.workload, f"{b.size:,}", b.engine, figure(one), figure(two), f"{100 * (x - 1):.0f} %"]
        for x, b, one, two in beyond
    ]
    head = ["family", "size", "engine", "first", "second", "apart"]
    return f"{said}\n\n{table(head, rows, 3)}"
