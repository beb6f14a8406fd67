"""Four small charts as SVG: steps of a distribution, lines on logarithmic axes, bars, intervals.

Series differ in dash as well as in colour and carry their name, so nothing rests on colour alone.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .escape import Html, join, tag

_DASHES = ("", "7 4", "2 3", "10 3 2 3", "14 5", "1 4")
_STEPS = 160
Axis: TypeAlias = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a chart, and where in it the axes end."""

    width: float = 760.0
    height: float = 300.0
    left: float = 58.0
    right: float = 742.0
    top: float = 14.0
    bottom: float = 256.0


WIDE = Frame()
SMALL = Frame(width=400.0, height=260.0, left=52.0, right=378.0, top=12.0, bottom=216.0)
"""For charts that stand beside one another."""


def power(n: int) -> str:
    """Ten to the n, as a person writes it.

    >>> power(-3), power(0)
    ('10⁻³', '1')
    """
    if n in (0, 1):
        return "10" if n else "1"
    return "10" + str(n).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def steps(series: Mapping[str, Sequence[float]], limit: float, x_label: str) -> Html:
    """The share of each series' values at or below x, x on a logarithmic axis.

    Zeros stand at the left edge. `limit` is drawn as an upright line.
    """
    positive = [v for vs in series.values() for v in vs if v > 0 and math.isfinite(v)]
    low = math.floor(math.log10(min([*positive, limit])))
    high = math.ceil(math.log10(max([*positive, limit])) + 1e-9)
    low, high = max(low, high - 24), max(high, low + 1)
    x = _scale(low, high, WIDE.left, WIDE.right)
    parts = [_log_axis(x, low, high, x_label), _share_axis()]
    at = x(math.log10(limit))
    parts.append(tag("path", d=f"M{at:.1f} {WIDE.top}V{WIDE.bottom}", class_="limit"))
    parts.append(tag("text", "tolerance", x=at + 7, y=WIDE.bottom - 9, class_="tick"))
    for i, values in enumerate(series.values()):
        parts.append(_step_line(sorted(values), x, low, high, i))
    said = f"Cumulative distributions over {x_label}: {', '.join(series)}"
    return join(_svg(said, parts), legend({k: f"{k} ({len(v):,})" for k, v in series.items()}))


def _step_line(values: Sequence[float], x: Axis, low: int, high: int, place: int) -> Html:
    path, count = [], len(values)
    for k in range(_STEPS + 1):
        exponent = low + (high - low) * k / _STEPS
        share = bisect.bisect_right(values, 10.0**exponent * (1 + 1e-12)) / count
        y = WIDE.bottom - share * (WIDE.bottom - WIDE.top)
        path.append(f"{'H' if k else 'M'}{x(exponent):.1f}{'V' if k else ' '}{y:.1f}")
    return _line("".join(path), place)


def _line(path: str, place: int) -> Html:
    dash = _DASHES[place % len(_DASHES)]
    kind = f"series s{place % 6}"
    return tag("path", d=path, fill="none", class_=kind, stroke_dasharray=dash or None)


def legend(names: Mapping[str, str]) -> Html:
    """The names of the series, each with a piece of its line."""
    keys = [
        tag(
            "li",
            tag("svg", _line("M0 6H34", i), width=34, height=12, aria_hidden="true"),
            f" {name}",
        )
        for i, name in enumerate(names.values())
    ]
    return tag("ul", *keys, class_="legend")


def lines(
    series: Mapping[str, Sequence[tuple[float, float]]],
    x_label: str,
    y_label: str,
    frame: Frame = WIDE,
    places: Mapping[str, int] | None = None,
) -> Html:
    """Lines on two logarithmic axes; points are (x, y), and those not positive are left out.

    `places` says which style each series has; then no legend is drawn, for several charts share it.
    """
    drawn = {k: sorted(p for p in ps if _positive(p)) for k, ps in series.items()}
    points = [p for ps in drawn.values() for p in ps]
    if not points:
        return tag("p", "Nothing to draw.")
    across, up = (_decades([p[k] for p in points]) for k in (0, 1))
    x, y = _scale(*across, frame.left, frame.right), _scale(*up, frame.bottom, frame.top)
    parts = [_log_axis(x, *across, x_label, frame)]
    for exponent, label in ticks(*up):
        parts.append(_level(y(exponent), label, frame))
    for i, (name, ps) in enumerate(drawn.items()):
        on = [(x(math.log10(a)), y(math.log10(b))) for a, b in ps]
        place = i if places is None else places[name]
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in on)
        parts.append(_line(path, place) if on else Html(""))
        parts += [tag("circle", cx=a, cy=b, r=2.5, class_=f"dot d{place % 6}") for a, b in on]
    parts.append(tag("text", y_label, x=frame.left + 7, y=frame.top + 14, class_="tick"))
    said = f"{y_label} against {x_label}: {', '.join(series)}"
    drawing = _svg(said, parts, frame)
    return drawing if places is not None else join(drawing, legend({k: k for k in series}))


def _positive(point: tuple[float, float]) -> bool:
    return all(v > 0 and math.isfinite(v) for v in point)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values)) - 1e-9))


def _scale(low: float, high: float, start: float, stop: float) -> Axis:
    return lambda v: start + (v - low) / (high - low) * (stop - start)


def ticks(low: int, high: int) -> list[tuple[float, str]]:
    """Exponents of ten and their labels: 1, 2, 5 over few decades, else about eight powers.

    >>> [label for _, label in ticks(0, 1)]
    ['1', '2', '5', '10']
    """
    if high - low > 2:
        stride = max(1, (high - low) // 8)
        return [(n, power(n) if (n - low) % stride == 0 else "") for n in range(low, high + 1)]
    fine = [(n, d) for n in range(low, high) for d in (1, 2, 5)] + [(high, 1)]
    return [(n + math.log10(d), _times(d, n)) for n, d in fine]


def _times(digit: int, n: int) -> str:
    if 0 <= n <= 3:
        return f"{digit * 10**n:,}"
    return power(n) if digit == 1 else f"{digit}·{power(n)}"


def _log_axis(x: Axis, low: int, high: int, label: str, frame: Frame = WIDE) -> Html:
    bottom, parts = frame.bottom, []
    for exponent, name in ticks(low, high):
        at = x(exponent)
        parts.append(tag("path", d=f"M{at:.1f} {frame.top}V{bottom}", class_="grid"))
        parts.append(tag("text", name, x=at, y=bottom + 17, class_="tick middle"))
    middle = (frame.left + frame.right) / 2
    parts.append(tag("text", label, x=middle, y=frame.height - 6, class_="tick middle"))
    return join(*parts)


def _level(at: float, label: str, frame: Frame = WIDE) -> Html:
    line = tag("path", d=f"M{frame.left} {at:.1f}H{frame.right}", class_="grid")
    return join(line, tag("text", label, x=frame.left - 8, y=at + 4, class_="tick end"))


def _share_axis() -> Html:
    height = WIDE.bottom - WIDE.top
    levels = (0, 25, 50, 75, 100)
    return join(*(_level(WIDE.bottom - p / 100 * height, f"{p} %") for p in levels))


def bar(part: float, whole: float) -> Html:
    """A bar beside a number; hidden from screen readers, which have the number."""
    width = 120 * part / whole if whole else 0.0
    rect = tag("rect", x=0, y=2, width=max(width, 1.0 if part else 0.0), height=8, class_="barfill")
    return tag("svg", rect, width=120, height=12, aria_hidden="true", class_="minibar")


def interval(
    middle: float, low: float, high: float, marks: Sequence[float], span: tuple[float, float]
) -> Html:
    """A median with its interval on a logarithmic scale, and upright lines at some values.

    The last of `marks` is drawn strong: a limit. It is hidden from screen readers, for it stands
    beside the numbers. What lies outside the span stands at its edge.
    """
    ends = [math.log10(v) for v in span]
    scale = _scale(ends[0], ends[1], 4.0, 196.0)

    def x(value: float) -> float:
        return scale(math.log10(min(max(value, span[0]), span[1])))

    lines = [
        tag("path", d=f"M{x(m):.1f} 1V17", class_="limit" if k == len(marks) - 1 else "grid")
        for k, m in enumerate(marks)
    ]
    reach = tag("path", d=f"M{x(low):.1f} 9H{x(high):.1f}", class_="reach")
    dot = tag("circle", cx=x(middle), cy=9, r=3.5, class_="barfill")
    return tag(
        "svg", *lines, reach, dot, width=200, height=18, aria_hidden="true", class_="minibar"
    )


def _svg(said: str, parts: Sequence[Html], frame: Frame = WIDE) -> Html:
    return tag(
        "svg",
        tag("title", said),
        *parts,
        viewBox=f"0 0 {frame.width:.0f} {frame.height:.0f}",
        role="img",
        class_="chart",
    )
