"""A family on docs/performance.md: its table, its plot's points, and who is not in it."""

from __future__ import annotations

from collections.abc import Iterator

from ...reports.records import Bench
from ..markdown import table
from .bench import late
from .families import FAMILIES
from .page_limits import figure
from .page_run import BESIDE, BY_HAND, NONE, BesideRun, beside, both, cheap, growth, slug
from .spread import Spread

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
