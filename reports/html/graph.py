"""The graph of a program as SVG, with the first wrong value outlined."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Node, Verdict
from ..text import DASH, shorten
from .escape import Html, join, tag
from .layout import Box, Layout, Point, layouts

MOST = 60  # values drawn whole; of more, only a slice around the first wrong one
_SLICE = 16
_LETTERS = 30
_CHARACTER, _LINE, _PAD = 7.3, 17.0, 9.0


def draw_all(verdicts: Sequence[Verdict]) -> list[Html | None]:
    """The drawing of each verdict's graph, or None for a verdict without nodes."""
    drawn = [_sliced(v) for v in verdicts]
    made = layouts(
        [[_box(v, i, kept) for i in kept] for v, kept in zip(verdicts, drawn, strict=True)]
    )
    return [
        _figure(v, kept, plan) if kept else None
        for v, kept, plan in zip(verdicts, drawn, made, strict=True)
    ]


def _sliced(verdict: Verdict) -> list[int]:
    """The numbers of the values to draw: all, or those nearest to the first wrong one."""
    nodes = verdict.nodes
    if len(nodes) <= MOST:
        return list(range(len(nodes)))
    neighbours: list[set[int]] = [set(_args(n, i)) for i, n in enumerate(nodes)]
    for i, node in enumerate(nodes):
        for a in _args(node, i):
            neighbours[a].add(i)
    centre = verdict.first_wrong if 0 <= verdict.first_wrong < len(nodes) else len(nodes) - 1
    kept, front = [centre], [centre]
    seen = {centre}
    while front and len(kept) < _SLICE:
        front = sorted({n for f in front for n in neighbours[f]} - seen)
        seen.update(front)
        kept += front
    return sorted(kept[:_SLICE])


def _args(node: Node, place: int) -> list[int]:
    return [a for a in node.args if 0 <= a < place]


def _box(verdict: Verdict, i: int, kept: Sequence[int]) -> Box:
    place = {k: p for p, k in enumerate(kept)}
    node = verdict.nodes[i]
    lines = _lines(node)
    width = max(len(line) for line in lines) * _CHARACTER + 2 * _PAD
    args = tuple(place[a] for a in _args(node, i) if a in place)
    return Box(width, len(lines) * _LINE + _PAD, args)


def _lines(node: Node) -> list[str]:
    """What stands in a box: name and op, shape and value, and the true value of a wrong one."""
    shape = f"({', '.join(map(str, node.shape))})"
    first = (
        f"{node.name} = {node.op}" if node.op else f"{node.name} leaf{' ∇' * node.requires_grad}"
    )
    if not node.wrong:
        value = node.engine or node.truth
        return [shorten(first, _LETTERS), shorten(f"{shape} {value}".strip(), _LETTERS)]
    if node.engine and node.engine == node.truth:
        got, want = f"value {node.engine}, right", "gradient wrong from here"
    else:
        got, want = f"got  {node.engine or DASH}", f"want {node.truth or DASH}"
    return [shorten(f"{first} {shape}", _LETTERS), shorten(got, _LETTERS), shorten(want, _LETTERS)]


def _figure(verdict: Verdict, kept: Sequence[int], plan: Layout) -> Html:
    edges = [_edge(points, _wrong_edge(verdict, kept, a)) for a, _, points in plan.edges]
    boxes = [
        _node(verdict.nodes[i], centre, i == verdict.first_wrong)
        for i, centre in zip(kept, plan.centres, strict=True)
    ]
    svg = tag(
        "svg",
        tag("title", _described(verdict, kept)),
        *edges,
        *boxes,
        viewBox=f"0 0 {plan.width:.0f} {plan.height:.0f}",
        width=round(plan.width),
        height=round(plan.height),
        role="img",
        class_="graph",
    )
    region = tag("div", svg, class_="scroll", role="group", aria_label="Graph", tabindex=0)
    return tag("figure", region, tag("figcaption", _caption(verdict, kept)))


def _described(verdict: Verdict, kept: Sequence[int]) -> str:
    return "Graph of the program: " + "; ".join(
        f"{verdict.nodes[i].name} is {shorten(verdict.nodes[i].text, 60)}" for i in kept
    )


def _caption(verdict: Verdict, kept: Sequence[int]) -> str:
    parts = []
    if 0 <= verdict.first_wrong < len(verdict.nodes):
        parts.append(f"First wrong value: {verdict.nodes[verdict.first_wrong].name}, outlined.")
    if len(kept) < len(verdict.nodes):
        parts.append(f"{len(kept)} of {len(verdict.nodes)} values are drawn, those nearest to it.")
    return " ".join(parts) or "The program as a graph; what is computed flows downwards."


def _wrong_edge(verdict: Verdict, kept: Sequence[int], start: int) -> bool:
    return verdict.nodes[kept[start]].wrong


def _edge(points: Sequence[Point], wrong: bool) -> Html:
    (x, y), rest = points[0], points[1:]
    curve = f"M{x:.1f} {y:.1f}C" + " ".join(f"{a:.1f} {b:.1f}" for a, b in rest)
    path = tag("path", d=curve, fill="none", class_="edge")
    head = tag("path", d=_arrow(points[-2], points[-1]), class_="head")
    return tag("g", path, head, class_="wrong" if wrong else None)


def _arrow(before: Point, end: Point) -> str:
    """A small arrow head that ends at `end`."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    norm = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = dx / norm, dy / norm
    x, y = end[0] - 7 * dx, end[1] - 7 * dy
    return (
        f"M{end[0]:.1f} {end[1]:.1f}L{x - 3.2 * dy:.1f} {y + 3.2 * dx:.1f}"
        f"L{x + 3.2 * dy:.1f} {y - 3.2 * dx:.1f}Z"
    )


def _node(node: Node, centre: Point, first: bool) -> Html:
    lines = _lines(node)
    width = max(map(len, lines)) * _CHARACTER + 2 * _PAD
    height = len(lines) * _LINE + _PAD
    left, top = centre[0] - width / 2, centre[1] - height / 2
    kind = "node" + " wrong" * node.wrong + " first" * first + " leaf" * (not node.op)
    texts = [
        tag(
            "text",
            line,
            x=left + _PAD,
            y=top + _LINE * (k + 1) - 1,
            class_="value" if k else "name",
        )
        for k, line in enumerate(lines)
    ]
    rect = {"x": left, "y": top, "width": width, "height": height, "rx": 3.0 if node.op else 12.0}
    return join(
        tag(
            "g",
            tag("title", shorten(f"{node.name} = {node.text}", 200)),
            tag("rect", **rect),
            *texts,
            class_=kind,
        )
    )
