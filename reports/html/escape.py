"""Elements of HTML built as values, so that text from an engine can never become markup.

>>> print(tag("p", "1 < 2", class_="sum"))
<p class="sum">1 &lt; 2</p>
>>> print(tag("b", "<script>alert(1)</script>"))
<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from ..text import clean

_VOID = frozenset({"br", "col", "input", "link", "meta"})
_SAFE_LINKS = ("#", "https://")


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"
Value: TypeAlias = str | int | float | bool | None


def text(raw: str) -> Html:
    """Text, escaped; text that is HTML already stays as it is."""
    return raw if isinstance(raw, Html) else Html(escape(clean(raw)))


def join(*children: Child) -> Html:
    """Children one after another: `Html` as it is, text escaped, `None` left out."""
    return Html("".join(_parts(children)))


def _parts(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, str):
            yield text(child)
        elif isinstance(child, int):
            yield str(child)
        elif child is not None:
            yield from _parts(child)


def tag(name: str, /, *children: Child, **attributes: Value) -> Html:
    """An element. `class_` is the attribute `class`, `data_x` is `data-x`; `None` leaves one out.

    Inline styles and handlers are refused, because the page's security policy forbids them, and
    so are links that lead anywhere but into the page or to https.
    """
    opening = name + "".join(_attribute(k, v) for k, v in attributes.items())
    if name in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(*children)}</{name}>")


def _attribute(key: str, value: Value) -> str:
    key = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if key == "style" or key.startswith("on"):
        raise ValueError(f"the page's security policy forbids the attribute {key}")
    if key == "href" and not str(value).startswith(_SAFE_LINKS):
        raise ValueError(f"a link may lead into the page or to https, not to {value!r}")
    if value is True:
        return f" {key}"
    if isinstance(value, float):
        value = f"{value:.6g}"
    return f' {key}="{escape(clean(str(value)))}"'


def table(caption: str, head: Iterable[Child], /, *rows: Html, **attributes: Value) -> Html:
    """A table with a caption and one row of column headers, in a region that scrolls by itself."""
    cells = [h if _is_header(h) else tag("th", h, scope="col") for h in head]
    made = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *cells)),
        tag("tbody", *rows) if rows else None,
        **attributes,
    )
    return scroller(caption, made)


def _is_header(child: Child) -> bool:
    return isinstance(child, Html) and child.startswith("<th")


def scroller(label: str, *children: Child) -> Html:
    """A region that scrolls sideways by itself and that the keyboard can reach."""
    return tag("div", *children, class_="scroll", role="group", aria_label=label, tabindex=0)


def row(*cells: Child, **attributes: Value) -> Html:
    """A row whose first cell is its header."""
    first, *rest = cells
    made = [c if _is_cell(c) else tag("td", c) for c in rest]
    return tag("tr", tag("th", first, scope="row"), *made, **attributes)


def _is_cell(child: Child) -> bool:
    return isinstance(child, Html) and child.startswith("<td")


def code(label: str, body: str, copy: bool = True) -> Html:
    """A block of code that scrolls by itself; with `copy` the page's script adds a button."""
    block = tag("pre", tag("code", body), tabindex=0, role="group", aria_label=label)
    return tag("div", block, class_="code", data_copy=copy)
