"""The row of punches at the head of the page, after the hallmarks on silver and gold.

Four punches: the engine's initials, how many programs of a thousand agree (the fineness), the
office's ∇, and the verdict. They are filled only when a complete run found no difference; a
piece that fails is not hallmarked, so its punches stay outlines.
"""

from __future__ import annotations

import re

from ..digest import Digest
from ..text import DASH, clean
from .escape import Html, join, tag
from .marks import state_class

_SIZE, _STEP = 84, 100
# Outlines of the punches in a square of 84: cut corners, oval, shield, circle.
_SHAPES = {
    "maker": "M14 6H70L80 16V68L70 78H14L4 68V16Z",
    "fineness": "M42 8C66 8 82 22 82 42S66 76 42 76S2 62 2 42S18 8 42 8Z",
    "office": "M8 6H76V40C76 60 62 72 42 80C22 72 8 60 8 40Z",
    "verdict": "M42 3A39 39 0 1 1 41.9 3Z",
}
_INNER = "translate(42 42) scale(.88) translate(-42 -42)"


def seal(digest: Digest) -> Html:
    """The punches as one drawing."""
    letters = initials(digest.run.engine)
    punches = [
        ("maker", letters, "engine", 34 if len(letters) < 3 else 27),
        ("fineness", fineness(digest), "agree ‰", 29),
        ("office", "∇", "assayed", 40),
        ("verdict", _sign(digest), _word(digest), 44),
    ]
    if digest.end and digest.end.grade:
        punches.append(("fineness", initials(digest.end.grade), digest.end.grade, 34))
    struck = "struck" if digest.clean else "unstruck"
    return tag(
        "svg",
        tag("title", _described(digest)),
        *(_punch(i, *p) for i, p in enumerate(punches)),
        viewBox=f"-2 -2 {_STEP * len(punches) - 12} 112",
        width=_STEP * len(punches) - 12,
        height=112,
        role="img",
        class_=f"seal {struck} {state_class(digest)}",
    )


def _punch(place: int, shape: str, sign: str, word: str, size: int) -> Html:
    outline = _SHAPES[shape]
    return tag(
        "g",
        tag("path", d=outline, class_="punch"),
        tag("path", d=outline, transform=_INNER, class_="bead", fill="none"),
        tag("text", sign, x=42, y=42 + size * 0.35, font_size=size, class_="glyph"),
        tag("text", word, x=42, y=104, class_="word"),
        transform=f"translate({place * _STEP} 0)",
        class_=shape,
    )


def initials(name: str) -> str:
    """Up to three letters for a name.

    >>> initials("micrograd"), initials("my tiny engine"), initials("<<>>")
    ('Mi', 'MTE', '*')
    """
    words: list[str] = re.findall(r"[^\W_]+", clean(name))
    if not words:
        return "*"
    if len(words) == 1:
        return words[0][:2].capitalize()
    return "".join(w[0].upper() for w in words[:3])


def fineness(digest: Digest) -> str:
    """How many programs of a thousand executed agree, rounded down so that 1000 means all."""
    if not digest.executed:
        return DASH
    return str(1000 * digest.total("pass") // digest.executed)


def _sign(digest: Digest) -> str:
    signs = {"pass": "✓", "diff": "✗", "unproven": "?"}
    return signs[state_class(digest)]


def _word(digest: Digest) -> str:
    return {"pass": "agrees", "diff": "differs", "unproven": "no verdict"}[state_class(digest)]


def _described(digest: Digest) -> Html:
    struck = "Hallmark, struck" if digest.clean else "Hallmark, not struck"
    return join(f"{struck}: {fineness(digest)} of 1000 programs agree; {_word(digest)}")
