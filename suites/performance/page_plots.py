"""The plots of docs/performance.md: time against size, SVG as text with all of its style inside.

Every engine has a colour, a dash and a mark of its own, so that nothing rests on colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ...reports.html.charts import ticks

Point = tuple[float, float]
COLOURS = (
    *("#0072b2", "#000000", "#d55e00", "#009e73"),
    *("#a6568b", "#8a6d00", "#2a8fbd", "#6b6b6b"),
)
DASHES = ("", "2 3", "8 4", "10 3 2 3", "", "4 3", "8 4", "2 3")
MARKS = (
    "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z",  # a disc
    "M-4-4L4 4M-4 4L4-4",  # a cross
    "M-4-4H4V4H-4Z",  # a square
    "M0-5L5 4H-5Z",  # a triangle
    "M0-5.5L5.5 0L0 5.5L-5.5 0Z",  # a diamond
    "M0-5V5M-5 0H5",  # a plus
    "M0 5L5-4H-5Z",  # a triangle upside down
    "M-5 0H5M-4-4L4 4M-4 4L4-4",  # a star
)
LINES_ALONE = (1, 5, 7)
"""Marks that have no inside."""
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 680, 64, 660, 28, 300
COLUMNS, STEP = 4, 150
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'font-family="sans-serif" font-size="12" fill="#333"><title>{title}</title>'
    '<rect width="{width}" height="{height}" fill="#fff"/>'
)


def plot(
    title: str,
    x_label: str,
    y_label: str,
    series: Mapping[str, Sequence[Point]],
    places: Mapping[str, int],
) -> str:
    """Lines on two logarithmic axes; `places` gives each series its style, from 0.

    Points whose coordinates are not positive and finite are left out.
    """
    drawn = {k: sorted(p for p in ps if positive(p)) for k, ps in series.items()}
    drawn = {k: ps for k, ps in drawn.items() if ps}
    points = [p for ps in drawn.values() for p in ps] or [(1.0, 1.0)]
    across, up = (decades([p[k] for p in points]) for k in (0, 1))
    height = BOTTOM + 62 + 20 * math.ceil(len(drawn) / COLUMNS)
    parts = [HEAD.format(width=WIDTH, height=height, title=escape(title))]
    for exponent, label in ticks(*across):
        parts += _upright(_place(exponent, across, LEFT, RIGHT), label)
    for exponent, label in ticks(*up):
        parts += _level(_place(exponent, up, BOTTOM, TOP), label)
    parts += [_text((LEFT + RIGHT) / 2, BOTTOM + 38, x_label, "middle")]
    parts += [_text(LEFT, TOP - 10, y_label, "start")]
    for k, (name, ps) in enumerate(drawn.items()):
        on = [
            (
                _place(math.log10(x), across, LEFT, RIGHT),
                _place(math.log10(y), up, BOTTOM, TOP),
            )
            for x, y in ps
        ]
        parts += _curve(on, places[name])
        parts += _key(k, name, places[name])
    return "\n".join([*parts, "</svg>", ""])


def positive(point: Point) -> bool:
    """Whether a point has a place on logarithmic axes."""
    return all(v > 0 and math.isfinite(v) for v in point)


def decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that enclose the values, at least one apart.

    >>> decades([3.0, 1000.0])
    (0, 3)
    """
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values)) - 1e-9))


def _place(exponent: float, ends: tuple[int, int], start: float, stop: float) -> float:
    low, high = ends
    return start + (exponent - low) / (high - low) * (stop - start)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _upright(x: float, label: str) -> Iterator[str]:
    yield f'<path d="M{x:.1f} {TOP}V{BOTTOM}" stroke="#e4e4e4"/>'
    yield _text(x, BOTTOM + 17, label, "middle")


def _level(y: float, label: str) -> Iterator[str]:
    yield f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="#e4e4e4"/>'
    yield _text(LEFT - 7, y + 4, label, "end")


def _curve(points: Sequence[Point], place: int) -> Iterator[str]:
    colour, path = COLOURS[place], "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dash = f' stroke-dasharray="{DASHES[place]}"' if DASHES[place] else ""
    yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>'
    inside = "none" if place in LINES_ALONE else colour
    for x, y in points:
        at = f'transform="translate({x:.1f} {y:.1f})" stroke="{colour}" stroke-width="1.6"'
        yield f'<path d="{MARKS[place]}" {at} fill="{inside}"/>'


def _key(k: int, name: str, place: int) -> Iterator[str]:
    x, y = LEFT + (k % COLUMNS) * STEP, BOTTOM + 64 + (k // COLUMNS) * 20
    yield from _curve([(x, y - 4), (x + 36, y - 4)], place)
    yield _text(x + 46, y, name, "start")
