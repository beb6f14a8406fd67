"""The plots of docs/trust.md: SVG as text, with all of its style inside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from .gradcheck import Rival
from .measures import Kill
from .planted import PLACES, Detection

Point = tuple[float, float]
COLOURS = ("#0b6e99", "#b3541e", "#4f7f2a", "#7a4f9a")
DASHES = ("", "7 4", "2 3", "10 3 2 3")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 60, 620, 16, 240
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'font-family="sans-serif" font-size="12" fill="#333"><title>{title}</title>'
    '<rect width="{width}" height="{height}" fill="#fff"/>'
)


def plot(
    title: str,
    x_label: str,
    decades: tuple[int, int],
    series: Mapping[str, Sequence[Point]],
    levels: Mapping[float, str],
    joined: bool = True,
) -> str:
    """Lines, or dots, over ten to the x; heights go from 0 to 1, and `levels` names some.

    Points outside the decades stand at their edge.
    """
    low, high = decades
    parts = [HEAD.format(width=WIDTH, height=HEIGHT, title=escape(title))]
    for k in range(low, high + 1):
        parts += _across(_place((k, 0), decades)[0], f"1e{k}")
    parts += [_text((LEFT + RIGHT) / 2, BOTTOM + 36, x_label, "middle")]
    for height, name in levels.items():
        y = _place((low, height), decades)[1]
        parts += [_grid(f"M{LEFT} {y:.1f}H{RIGHT}"), _text(LEFT - 7, y + 4, name, "end")]
    for i, (name, points) in enumerate(series.items()):
        on = [_place(p, decades) for p in points]
        parts += _lines(on, i) if joined else _dots(on, i)
        parts += _key(i, name)
    return "\n".join([*parts, "</svg>", ""])


def _place(point: Point, decades: tuple[int, int]) -> Point:
    low, high = decades
    x = min(max(point[0], low), high)
    return LEFT + (x - low) / (high - low) * (RIGHT - LEFT), BOTTOM - point[1] * (BOTTOM - TOP)


def _grid(path: str) -> str:
    return f'<path d="{path}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _across(x: float, label: str) -> Iterator[str]:
    yield _grid(f"M{x:.1f} {TOP}V{BOTTOM}")
    yield _text(x, BOTTOM + 17, label, "middle")


def _lines(points: Sequence[Point], i: int) -> Iterator[str]:
    if points:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        style = f'stroke="{COLOURS[i]}" stroke-width="2" stroke-dasharray="{DASHES[i]}"'
        yield f'<path d="{path}" fill="none" {style}/>'


def _dots(points: Sequence[Point], i: int) -> Iterator[str]:
    for x, y in points:
        fill = "none" if i else COLOURS[i]
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{COLOURS[i]}"/>'


def _key(i: int, name: str) -> Iterator[str]:
    x, y = LEFT + (i % 2) * 280, BOTTOM + 56 + (i // 2) * 18
    yield from _lines([(x, y - 4), (x + 34, y - 4)], i)
    yield _text(x + 42, y, name, "start")


def sizes(found: Sequence[Detection], dtype: str) -> str:
    """The share of planted factors that were found, by size, at one dtype."""
    series: dict[str, list[Point]] = {}
    for place in PLACES:
        mine = [d for d in found if d.dtype == dtype and d.place == place]
        tiers = {
            "exact": [(d.size, d.exact_found, d.exact) for d in mine],
            "truth": [(d.size, d.convicted, d.other) for d in mine],
        }
        for tier, counts in tiers.items():
            points = [(math.log10(size), part / whole) for size, part, whole in counts if whole]
            series[f"{tier}: {place}"] = points
    low = round(math.log10(min(d.size for d in found)))
    levels = {0.0: "0 %", 0.5: "50 %", 1.0: "100 %"}
    title = f"Share of planted relative errors found at {dtype}"
    return plot(title, "planted relative error", (low, -1), series, levels)


def seconds(kills: Sequence[Kill], others: Sequence[Rival]) -> str:
    """CPU seconds to the first kill, saboteurs ordered by ours; the uncaught at the right edge."""
    rivals = {o.name: o for o in others}
    ordered = sorted(kills, key=lambda k: k.seconds if k.outcome else math.inf)
    step = 1 / max(len(ordered), 1)
    ours: list[Point] = []
    theirs: list[Point] = []
    for i, k in enumerate(ordered):
        other = rivals.get(k.name)
        caught = other is not None and other.caught
        ours.append((math.log10(max(k.seconds, 1e-4)) if k.outcome else 9, (i + 0.5) * step))
        spent = other.seconds if other is not None and caught else 1e9
        theirs.append((math.log10(max(spent, 1e-4)), (i + 0.5) * step))
    series = {"gradassay": ours, "gradcheck slow (right edge: not caught)": theirs}
    title = "CPU seconds to the first kill, one row a saboteur"
    return plot(title, "CPU seconds to the first kill", (-3, 2), series, {}, joined=False)
