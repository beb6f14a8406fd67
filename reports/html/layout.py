"""Where the values of a program go on paper: by Graphviz where it is, else by our own layers.

Lengths are in pixels, y grows downwards, positions are the centres of boxes. An edge is a list of
points: one start, then three for each cubic Bézier segment.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Point = tuple[float, float]
_DPI = 72.0
_GAP_X, _GAP_Y, _MARGIN = 22.0, 34.0, 8.0


@dataclass(frozen=True)
class Box:
    """A value to place: its size and the boxes it takes, by their place in the list."""

    width: float
    height: float
    args: tuple[int, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes and paths of the edges (from, to, points)."""

    width: float
    height: float
    centres: list[Point]
    edges: list[tuple[int, int, list[Point]]]


def layouts(graphs: Sequence[Sequence[Box]]) -> list[Layout]:
    """A layout for each graph; one run of Graphviz for all of them."""
    program = _graphviz()
    if program and graphs:
        try:
            return _by_graphviz(program, graphs)
        except (OSError, ValueError, IndexError, subprocess.SubprocessError):
            pass  # a layout is no reason to lose a report: our own layers serve
    return [layered(g) for g in graphs]


def _graphviz() -> str | None:
    """The command of the graphviz-pure wheel, installed beside this interpreter or on the path."""
    beside = Path(sys.executable).with_name("graphviz-pure")
    return str(beside) if beside.exists() else shutil.which("graphviz-pure")


def _by_graphviz(program: str, graphs: Sequence[Sequence[Box]]) -> list[Layout]:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{i}.dot" for i in range(len(graphs))]
        for file, graph in zip(files, graphs, strict=True):
            file.write_text(_dot(graph), encoding="utf-8")
        done = subprocess.run(
            [program, "-Tplain", *map(str, files)],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    texts = done.stdout.split("stop\n")[: len(graphs)]
    return [_read_plain(t, len(g)) for t, g in zip(texts, graphs, strict=True)]


def _dot(boxes: Sequence[Box]) -> str:
    """The graph in dot's language; boxes are numbers, so nothing needs quoting."""
    lines = ["digraph {", "nodesep=0.3; ranksep=0.42", "node [shape=box fixedsize=true label=x]"]
    lines.append("edge [arrowhead=none]")
    for i, box in enumerate(boxes):
        lines.append(f"{i} [width={box.width / _DPI:.4f} height={box.height / _DPI:.4f}]")
        lines += [f"{a} -> {i}" for a in box.args]
    return "\n".join([*lines, "}"])


def _read_plain(plain: str, count: int) -> Layout:
    centres: list[Point] = [(0.0, 0.0)] * count
    edges: list[tuple[int, int, list[Point]]] = []
    width = height = 0.0
    for words in map(str.split, plain.splitlines()):
        if words[0] == "graph":
            width, height = float(words[2]) * _DPI, float(words[3]) * _DPI
        elif words[0] == "node":
            centres[int(words[1])] = (float(words[2]) * _DPI, height - float(words[3]) * _DPI)
        elif words[0] == "edge":
            n = int(words[3])
            xy = [float(w) * _DPI for w in words[4 : 4 + 2 * n]]
            points = [(x, height - y) for x, y in zip(xy[::2], xy[1::2], strict=True)]
            edges.append((int(words[1]), int(words[2]), points))
    return _with_margin(width, height, centres, edges)


def layered(boxes: Sequence[Box]) -> Layout:
    """Our own layout: each value one layer below the last value it takes, ordered by its args."""
    depth: list[int] = []
    for box in boxes:
        depth.append(1 + max((depth[a] for a in box.args), default=-1))
    for i in reversed(range(len(boxes))):  # a leaf stands just above its first use
        users = [depth[j] for j, b in enumerate(boxes) if i in b.args]
        if not boxes[i].args and users:
            depth[i] = min(users) - 1
    layers: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for i, d in enumerate(depth):
        layers[d].append(i)
    wide = max((_width(boxes, layer) for layer in layers), default=0.0)
    centres = [(0.0, 0.0)] * len(boxes)
    top = 0.0
    for layer in layers:
        layer.sort(key=lambda i: _mean(centres, boxes[i].args))
        tall = max(boxes[i].height for i in layer)
        left = (wide - _width(boxes, layer)) / 2
        for i in layer:
            centres[i] = (left + boxes[i].width / 2, top + tall / 2)
            left += boxes[i].width + _GAP_X
        top += tall + _GAP_Y
    edges = [e for i in range(len(boxes)) for e in _edges_into(i, boxes, centres)]
    return _with_margin(wide, max(0.0, top - _GAP_Y), centres, edges)


def _width(boxes: Sequence[Box], layer: Sequence[int]) -> float:
    return sum(boxes[i].width for i in layer) + _GAP_X * (len(layer) - 1)


def _mean(centres: Sequence[Point], args: Sequence[int]) -> float:
    return sum(centres[a][0] for a in args) / len(args) if args else 0.0


def _edges_into(
    i: int, boxes: Sequence[Box], centres: Sequence[Point]
) -> list[tuple[int, int, list[Point]]]:
    """Curves from each argument to box i, side by side where it takes several."""
    edges = []
    for k, a in enumerate(boxes[i].args):
        shift = (k - (len(boxes[i].args) - 1) / 2) * 16
        x0, y0 = centres[a][0] + shift / 2, centres[a][1] + boxes[a].height / 2
        x1, y1 = centres[i][0] + shift, centres[i][1] - boxes[i].height / 2
        bend = (y1 - y0) / 2
        edges.append((a, i, [(x0, y0), (x0, y0 + bend), (x1, y1 - bend), (x1, y1)]))
    return edges


def _with_margin(
    width: float,
    height: float,
    centres: Sequence[Point],
    edges: Sequence[tuple[int, int, list[Point]]],
) -> Layout:
    m = _MARGIN
    moved = [(a, b, [(x + m, y + m) for x, y in points]) for a, b, points in edges]
    return Layout(width + 2 * m, height + 2 * m, [(x + m, y + m) for x, y in centres], moved)
