"""Three small charts as SVG: steps of a distribution, lines on logarithmic axes, bars.

Series differ in dash as well as in colour and carry their name, so nothing rests on colour alone.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence

from .escape import Html, join, tag

_W, _H, _LEFT, _RIGHT, _TOP, _BOTTOM = 760.0, 300.0, 58.0, 18.0, 14.0, 44.0
_DASHES = ("", "7 4", "2 3", "10 3 2 3", "14 5", "1 4")
_STEPS = 160


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


def _step_line(values: Sequence[float], x: object, low: int, high: int, place: int) -> Html:
    assert callable(x)
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
    """Lines on two logarithmic axes; points are (x, y), both positive."""
    points = [p for ps in series.values() for p in ps if min(p) > 0]
    if not points:
        return tag("p", "Nothing to draw.")
    bounds = [_decades([p[k] for p in points]) for k in (0, 1)]
    x = _scale(*bounds[0], _LEFT, _W - _RIGHT)
    y = _scale(*bounds[1], _H - _BOTTOM, _TOP)
    parts = [_log_axis(x, *bounds[0], x_label)]
    for n in range(bounds[1][0], bounds[1][1] + 1):
        parts.append(tag("path", d=f"M{_LEFT} {y(n):.1f}H{_W - _RIGHT}", class_="grid"))
        parts.append(tag("text", power(n), x=_LEFT - 8, y=y(n) + 4, class_="tick end"))
    for i, ps in enumerate(series.values()):
        on = [
            f"{x(math.log10(a)):.1f} {y(math.log10(b)):.1f}" for a, b in sorted(ps) if min(a, b) > 0
        ]
        parts.append(_line("M" + "L".join(on), i) if on else Html(""))
    parts.append(tag("text", y_label, x=_LEFT + 7, y=_TOP + 14, class_="tick"))
    said = f"{y_label} against {x_label}: {', '.join(series)}"
    return join(_svg(said, parts), legend({k: k for k in series}))


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values)) - 1e-9))


def _scale(low: float, high: float, start: float, stop: float):  # type: ignore[no-untyped-def]
    return lambda v: start + (v - low) / (high - low) * (stop - start)


def _log_axis(x: object, low: int, high: int, label: str) -> Html:
    assert callable(x)
    bottom, parts = _H - _BOTTOM, []
    stride = max(1, (high - low) // 8)
    for n in range(low, high + 1):
        parts.append(tag("path", d=f"M{x(n):.1f} {_TOP}V{bottom}", class_="grid"))
        if (n - low) % stride == 0:
            parts.append(tag("text", power(n), x=x(n), y=bottom + 17, class_="tick middle"))
    middle = (_LEFT + _W - _RIGHT) / 2
    parts.append(tag("text", label, x=middle, y=_H - 6, class_="tick middle"))
    return join(*parts)


def _share_axis() -> Html:
    parts = []
    for percent in (0, 25, 50, 75, 100):
        y = _H - _BOTTOM - percent / 100 * (_H - _BOTTOM - _TOP)
        parts.append(tag("path", d=f"M{_LEFT} {y:.1f}H{_W - _RIGHT}", class_="grid"))
        parts.append(tag("text", f"{percent} %", x=_LEFT - 8, y=y + 4, class_="tick end"))
    return join(*parts)


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
