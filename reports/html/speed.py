"""What `gradassay bench` found: comparison, goals, verdicts, curves of time and memory, timings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..digest import Digest
from ..records import Bench, Gauge
from ..text import DASH, TIMES, number, plural
from .charts import SMALL, interval, legend, lines
from .escape import Html, join, row, table, tag
from .marks import symbol

BESIDE = "torch"
"""The engine that ratios are given against, where it took part."""
SIGNS = {
    "holds": ("✓", "pass"),
    "faster": ("▲", "pass"),
    "same": ("=", "notrun"),
    "slower": ("▼", "unproven"),
    "not known": ("?", "unproven"),
    "missed": ("✗", "diff"),
    "broken": ("✗", "diff"),
    "tripped": ("✗", "diff"),
}


def of_kind(digest: Digest, kind: str) -> list[Gauge]:
    """The gauges of one kind, in their order."""
    return [g for g in digest.gauges if g.kind == kind]


def _mark(outcome: str) -> Html:
    sign, kind = SIGNS.get(outcome, ("?", "unproven"))
    return tag("span", symbol(sign), " ", outcome, class_=f"mark {kind}")


# ---- comparison --------------------------------------------------------------------------------


def comparison(digest: Digest) -> Html:
    """Each family and size of two engines: the ratio, its interval, and what that says."""
    found = of_kind(digest, "comparison")
    first, limit = found[0], found[0].limit or 1.0
    said = (
        f"The time of both passes of {first.engine} over that of {first.beside}: the median of the "
        "rounds, and the interval that holds the true one in nine of ten cases. Faster or slower "
        "is said only where the whole interval lies more than 5 % from 1 (the thin line), tripped "
        f"where it lies beyond {limit:g} (the strong one)."
    )
    ends = [v for g in found for v in (g.low, g.high, g.measured) if v]
    span = (min([0.5, *ends]), max([2.0, *ends]))
    rows = [
        row(
            g.workload,
            tag("td", number(g.size), class_="num"),
            tag("td", _interval(g), class_="num"),
            _drawn(g, (1.0, limit), span),
            tag("td", _mark(g.outcome), "" if g.measured else f" {g.text}"),
        )
        for g in found
    ]
    head = ["family", "size", f"{first.engine} / {first.beside}", "", "outcome"]
    return join(tag("p", said, class_="quiet"), table("Compared, family by family", head, *rows))


def _interval(g: Gauge) -> str:
    """A figure with its interval; one that was counted has none."""
    if g.measured is None:
        return DASH
    if g.low is None or g.high is None or g.low == g.high:
        return _figure(g.measured)
    return f"{_figure(g.measured)} ({_figure(g.low)} to {_figure(g.high)})"


def _figure(x: float) -> str:
    """Three figures that count.

    >>> _figure(1.2345), _figure(0.5), _figure(12345.6), _figure(0.0)
    ('1.23', '0.500', '12,346', '0')
    """
    if x == 0:
        return "0"
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:#.3g}".rstrip(".")


def _drawn(g: Gauge, marks: Sequence[float], span: tuple[float, float]) -> Html:
    if not g.measured or not g.low or not g.high:
        return tag("td", "")
    return tag("td", interval(g.measured, g.low, g.high, marks, span))


# ---- goals -------------------------------------------------------------------------------------


def goals(digest: Digest) -> Html:
    """What was to be reached, and what was measured."""
    found = of_kind(digest, "goal")
    held = sum(g.outcome == "holds" for g in found)
    rows = [
        row(
            g.rule,
            tag("td", f"{g.limit or 0:g}" + (f" {TIMES} {g.beside}" if g.beside else "")),
            tag("td", _interval(g), class_="num"),
            _drawn(g, (g.limit or 1.0,), ((g.limit or 1.0) / 4, (g.limit or 1.0) * 2)),
            tag("td", _mark(g.outcome)),
        )
        for g in found
    ]
    head = [f"{found[0].engine}", "at most", "measured", "", "outcome"]
    said = f"{held} of {plural(len(found), 'goal')} hold. The strong line is the goal."
    return join(tag("p", said, class_="quiet"), table("Goals", head, *rows))


# ---- verdicts ----------------------------------------------------------------------------------


def verdicts(digest: Digest) -> Html:
    """Rules by engines, what is broken in words, and all of it folded."""
    found = of_kind(digest, "verdict")
    engines, rules = _names(found, "engine"), _names(found, "rule")
    rows = [
        row(rule, *(_cell([g for g in found if (g.rule, g.engine) == (rule, e)]) for e in engines))
        for rule in rules
    ]
    wrong = [g for g in found if g.outcome == "broken"]
    listed = [
        tag("li", tag("b", f"{g.engine}, {g.workload}"), f" {DASH} {g.rule}: {g.text}")
        for g in wrong
    ]
    return join(
        table("Verdicts on slowness", ["what should hold", *engines], *rows),
        tag("ul", *listed) if listed else tag("p", "None is broken."),
        tag("details", tag("summary", "Each verdict with its figure"), _every(found)),
    )


def _names(found: Sequence[Gauge], what: str) -> list[str]:
    return list(dict.fromkeys(getattr(g, what) for g in found))


def _cell(found: Sequence[Gauge]) -> Html:
    """The worst of some verdicts, and how many hold."""
    if not found:
        return tag("td", DASH)
    order = ("broken", "not known", "holds")
    worst = min((g.outcome for g in found), key=order.index)
    held = sum(g.outcome == "holds" for g in found)
    return tag("td", _mark(worst), " ", tag("small", f"{held}/{len(found)}"))


def _every(found: Sequence[Gauge]) -> Html:
    rows = [
        row(
            f"{g.rule}: {g.workload}",
            g.engine,
            tag("td", _interval(g), class_="num"),
            tag("td", DASH if g.limit is None else _figure(g.limit), class_="num"),
            tag("td", _mark(g.outcome)),
            g.text,
        )
        for g in found
    ]
    head = ["verdict", "engine", "measured", "at most", "outcome", "in words"]
    return table("All verdicts", head, *rows)


# ---- curves and timings ------------------------------------------------------------------------


def curves(digest: Digest) -> Html:
    """Time and memory against size, a chart for each family, a line for each engine."""
    timed = [b for b in digest.benches if b.seconds]
    places = {engine: k for k, engine in enumerate(dict.fromkeys(b.engine for b in timed))}
    said = "Both passes against size, both axes logarithmic: a line is a power of the size."
    weighed = [b for b in timed if b.memory.get("peak")]
    return join(
        tag("p", said, class_="quiet"),
        legend({e: e for e in places}),
        _charts(timed, places, "seconds, both passes", lambda b: sum(b.seconds.values())),
        tag(
            "details",
            tag("summary", "Memory at its peak"),
            _charts(weighed, places, "bytes at the peak", lambda b: float(b.memory["peak"])),
        )
        if weighed
        else None,
    )


def _charts(
    timed: Sequence[Bench], places: dict[str, int], label: str, of: Callable[[Bench], float]
) -> Html:
    charts = []
    for workload in dict.fromkeys(b.workload for b in timed):
        mine = [b for b in timed if b.workload == workload]
        series: dict[str, list[tuple[float, float]]] = {}
        for b in mine:
            series.setdefault(b.engine, []).append((float(b.size), of(b)))
        drawing = lines(series, mine[0].axis or "size", label, SMALL, places)
        charts.append(tag("figure", tag("figcaption", workload), drawing))
    return tag("div", *charts, class_="charts")


def timings(digest: Digest) -> Html:
    """The numbers, a table for each family."""
    folds = []
    for workload in dict.fromkeys(b.workload for b in digest.benches):
        mine = [b for b in digest.benches if b.workload == workload]
        title = tag("summary", tag("span", workload, class_="what"), f" {plural(len(mine), 'row')}")
        folds.append(tag("details", title, _timed(workload, mine)))
    return join(*folds)


def _timed(workload: str, mine: Sequence[Bench]) -> Html:
    others = dict.fromkeys(name for b in mine for name in b.beside)
    beside = BESIDE if BESIDE in others else next(iter(others), "")
    rows = [
        row(
            tag("span", number(b.size), class_="num"),
            b.engine,
            *(tag("td", text, class_="num") for text in _numbers(b, beside)),
        )
        if b.seconds
        else row(tag("span", number(b.size), class_="num"), b.engine, b.why_not)
        for b in mine
    ]
    head = [mine[0].axis or "size", "engine", "forward", "backward", "a call", "both / forward"]
    head += ["collector on", "peak", "after the sweep", f"{TIMES} {beside}" if beside else ""]
    return table(f"{workload} on {mine[0].device}", head, *rows)


def _numbers(b: Bench, beside: str) -> list[str]:
    forward, backward = b.seconds.get("forward", 0.0), b.seconds.get("backward", 0.0)
    total = forward + backward
    least = min((sum(r) for r in b.collected), default=0.0)
    return [
        _seconds(forward),
        _seconds(backward),
        _seconds(total / b.calls) if b.calls else DASH,
        _figure(total / forward) if forward else DASH,
        f"{TIMES} {_figure(least / total)}" if least and total else DASH,
        *(_bytes(b.memory[k]) if k in b.memory else DASH for k in ("peak", "live")),
        _ratio(b.beside.get(beside, [])),
    ]


def _ratio(found: Sequence[float]) -> str:
    if not found:
        return DASH
    ends = f" ({_figure(found[1])} to {_figure(found[2])})" if len(found) > 2 else ""
    return f"{_figure(found[0])}{ends}"


def _seconds(x: float) -> str:
    """A time in the unit that suits it.

    >>> _seconds(1.5e-5), _seconds(0.02), _seconds(3.0)
    ('15.0 µs', '20.0 ms', '3.00 s')
    """
    unit, name = next((u for u in ((1.0, "s"), (1e-3, "ms")) if x >= u[0]), (1e-6, "µs"))
    return f"{_figure(x / unit)} {name}"


def _bytes(n: int) -> str:
    """Bytes in the unit that suits them.

    >>> _bytes(512), _bytes(4_811_816)
    ('512 B', '4.81 MB')
    """
    unit, name = next((u for u in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")) if n >= u[0]), (1, "B"))
    return f"{n} B" if name == "B" else f"{_figure(n / unit)} {name}"
