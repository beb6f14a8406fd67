"""The words of a verdict: every program that was tried gets exactly one outcome.

>>> OUTCOMES["wrong gradient"].group
'difference'
>>> [o.name for o in OUTCOMES.values() if o.group == "pass"]
['agrees']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["pass", "difference", "unproven", "not run"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome: its group decides how it counts, its symbol how it is drawn beside the word."""

    name: str
    group: Group
    symbol: str
    meaning: str


_ROWS: tuple[tuple[str, Group, str, str], ...] = (
    ("agrees", "pass", "✓", "value and every gradient are right"),
    ("wrong value", "difference", "✗", "a result of the forward pass is wrong"),
    ("wrong gradient", "difference", "✗", "a gradient is far outside the measured rounding noise"),
    ("wrong shape", "difference", "✗", "a value or gradient has another shape than it should"),
    ("wrong dtype", "difference", "✗", "a value or gradient has another dtype than its leaf"),
    ("missing gradient", "difference", "✗", "a leaf that was used got no gradient"),
    ("unasked gradient", "difference", "✗", "a leaf that asked for none got a gradient"),
    ("inaccurate", "unproven", "≈", "beyond the measured rounding noise, but not by far"),
    ("mutated input", "difference", "✗", "an input was changed by the engine"),
    ("not repeatable", "difference", "✗", "the same program gave another answer when run again"),
    ("raised", "difference", "!", "a valid program raised an exception"),
    ("crashed", "difference", "!", "the engine's process died"),
    ("timed out", "difference", "!", "no answer in time, also when run alone"),
    ("oracle error", "unproven", "?", "an oracle left the rigorous ball around the truth"),
    ("oracles disagree", "unproven", "?", "the oracles disagree and no rigorous ball settles it"),
    (
        "no power",
        "unproven",
        "?",
        "nothing tells right from wrong: noise drowns it, or it is a choice",
    ),
    ("tie", "unproven", "?", "the program came too close to a kink"),
    ("declined", "not run", "\u2013", "the engine said that it does not support this"),
    ("not offered", "not run", "\u2013", "the engine has no such op or keyword"),
    ("accepted", "not run", "a", "a known difference, accepted with a reason"),
)

OUTCOMES: dict[str, Outcome] = {row[0]: Outcome(*row) for row in _ROWS}


def group(outcome: str) -> Group:
    """How an outcome counts: pass, difference, unproven or not run."""
    return OUTCOMES[outcome].group
