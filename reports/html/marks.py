"""How an outcome is drawn: always a symbol, a word and a colour together."""

from __future__ import annotations

from ..digest import Digest
from ..groups import outcome
from ..outcomes import Group
from .escape import Html, tag

CLASS: dict[Group, str] = {
    "pass": "pass",
    "difference": "diff",
    "unproven": "unproven",
    "not run": "notrun",
}
HEADING: dict[Group, str] = {
    "pass": "agree",
    "difference": "differ",
    "unproven": "prove nothing",
    "not run": "not run",
}
_ORDER: tuple[Group, ...] = ("difference", "unproven", "pass", "not run")


def mark(name: str) -> Html:
    """The symbol and word of an outcome, in its colour."""
    known = outcome(name)
    return tag("span", symbol(known.symbol), " ", name, class_=f"mark {CLASS[known.group]}")


def symbol(sign: str) -> Html:
    """A symbol beside a word that says the same, so hidden from screen readers."""
    return tag("span", sign, class_="sym", aria_hidden="true")


def worst(counts: dict[str, int]) -> str:
    """The outcome that a cell with these counts is drawn as: the most serious one it holds."""
    names = [n for n, k in counts.items() if k]
    return min(names, key=lambda n: (_ORDER.index(outcome(n).group), -counts[n]), default="")


def state_class(digest: Digest) -> str:
    """The colour class of a whole run."""
    if digest.differences or digest.failed_checks:
        return "diff"
    return "pass" if digest.clean else "unproven"
