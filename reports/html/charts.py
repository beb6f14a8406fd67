"""Three small charts as SVG: steps of a distribution, lines on logarithmic axes, bars.

Series differ in dash as well as in colour and carry their name, so nothing rests on colour alone.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from .escape import Html, join, tag

_W, _H, _LEFT, _RIGHT, _TOP, _BOTTOM = 760.0, 300.0, 58.0, 18.0, 14.0, 44.0
_DASHES = ("", "7 4", "2 3", "10 3 2 3", "14 5", "1 4")
_STEPS = 160
Axis: TypeAlias = Callable[[float], float]


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
    x = _scale(low, high, _LEFT, _W - _RIGHT)
    parts = [_log_axis(x, low, high, x_label), _share_axis()]
    at = x(math.log10(limit))
    parts.append(tag("path", d=f"M{at:.1f} {_TOP}V{_H - _BOTTOM}", class_="limit"))
    parts.append(tag("text", "tolerance", x=at + 7, y=_H - _BOTTOM - 9, class_="tick"))
    for i, values in enumerate(series.values()):
        parts.append(_step_line(sorted(values), x, low, high, i))
    said = f"Cumulative distributions over {x_label}: {', '.join(series)}"
    return join(_svg(said, parts), legend({k: f"{k} ({len(v):,})" for k, v in series.items()}))


def _step_line(values: Sequence[float], x: Axis, low: int, high: int, place: int) -> Html:
    path, count = [], len(values)
    for k in range(_STEPS + 1):
        exponent = low + (high - low) * k / _STEPS
        share = bisect.bisect_right(values, 10.0**exponent * (1 + 1e-12)) / count
        y = _H - _BOTTOM - share * (_H - _BOTTOM - _TOP)
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


def lines(series: Mapping[str, Sequence[tuple[float, float]]], x_label: str, y_label: str) -> Html:
    """Lines on two logarithmic axes; points are (x, y), and those not positive are left out."""
    drawn = {k: sorted(p for p in ps if _positive(p)) for k, ps in series.items()}
    points = [p for ps in drawn.values() for p in ps]
    if not points:
        return tag("p", "Nothing to draw.")
    across, up = (_decades([p[k] for p in points]) for k in (0, 1))
    x, y = _scale(*across, _LEFT, _W - _RIGHT), _scale(*up, _H - _BOTTOM, _TOP)
    parts = [_log_axis(x, *across, x_label)]
    for exponent, label in ticks(*up):
        parts.append(_level(y(exponent), label))
    for i, ps in enumerate(drawn.values()):
        on = [f"{x(math.log10(a)):.1f} {y(math.log10(b)):.1f}" for a, b in ps]
        parts.append(_line("M" + "L".join(on), i) if on else Html(""))
    parts.append(tag("text", y_label, x=_LEFT + 7, y=_TOP + 14, class_="tick"))
    said = f"{y_label} against {x_label}: {', '.join(series)}"
    return join(_svg(said, parts), legend({k: k for k in series}))


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


def _log_axis(x: Axis, low: int, high: int, label: str) -> Html:
    bottom, parts = _H - _BOTTOM, []
    for exponent, name in ticks(low, high):
        at = x(exponent)
        parts.append(tag("path", d=f"M{at:.1f} {_TOP}V{bottom}", class_="grid"))
        parts.append(tag("text", name, x=at, y=bottom + 17, class_="tick middle"))
    middle = (_LEFT + _W - _RIGHT) / 2
    parts.append(tag("text", label, x=middle, y=_H - 6, class_="tick middle"))
    return join(*parts)


def _level(at: float, label: str) -> Html:
    line = tag("path", d=f"M{_LEFT} {at:.1f}H{_W - _RIGHT}", class_="grid")
    return join(line, tag("text", label, x=_LEFT - 8, y=at + 4, class_="tick end"))


def _share_axis() -> Html:
    height = _H - _BOTTOM - _TOP
    levels = (0, 25, 50, 75, 100)
    return join(*(_level(_H - _BOTTOM - p / 100 * height, f"{p} %") for p in levels))


def bar(part: float, whole: float) -> Html:
    """A bar beside a number; hidden from screen readers, which have the number."""
    width = 120 * part / whole if whole else 0.0
    rect = tag("rect", x=0, y=2, width=max(width, 1.0 if part else 0.0), height=8, class_="barfill")
    return tag("svg", rect, width=120, height=12, aria_hidden="true", class_="minibar")


def _svg(said: str, parts: Sequence[Html]) -> Html:
    return tag(
        "svg",
        tag("title", said),
        *parts,
        viewBox=f"0 0 {_W:.0f} {_H:.0f}",
        role="img",
        class_="chart",
    )
