"""The palette: every colour of text is readable on every ground it stands on, in both schemes."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

STYLE = files("gradassay.reports.html").joinpath("style.css").read_text("utf-8")
TEXT = ("ink", "soft", "gold", "link", "pass", "diff", "unproven", "notrun")
GROUNDS = ("paper", "sheet")
TINTED = ("pass", "diff", "unproven", "notrun")


def palette(scheme: str) -> dict[str, str]:
    """The colours of a scheme; dark, the second of the roots, replaces what light set."""
    roots = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
    rules = roots[: {"light": 1, "dark": 2}[scheme]] if scheme != "print" else roots[::2]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", " ".join(rules)))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """Contrast ratio, WCAG 2.1, success criterion 1.4.3."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_is_readable_on_its_ground(scheme: str) -> None:
    colours = palette(scheme)
    pairs = [(t, g) for t in TEXT for g in GROUNDS]
    pairs += [(t, f"{t}-tint") for t in TINTED] + [("sheet", "diff"), ("paper", "gold")]
    pairs += [("paper", t) for t in TINTED] + [("ink", "unproven-tint"), ("ink", "diff-tint")]
    low = {(t, g): contrast(colours[t], colours[g]) for t, g in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
