"""Small words: numbers, shares and plurals as a person reads them, and text made harmless.

>>> number(20000), share(17, 20000), plural(1, "program")
('20,000', '0.085 %', '1 program')
>>> share(19999, 20000), share(0, 7)
('99.995 %', '0 %')
"""

from __future__ import annotations

import re

DASH = "\u2013"  # stands where there is no value
TIMES = "\u00d7"

# Control characters would steer a terminal; marks of direction would reorder what is read.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with control characters and marks of direction replaced by U+FFFD.

    >>> clean("red: \\x1b[31m")
    'red: \ufffd[31m'
    """
    return _HARMFUL.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The text cleaned and on one line."""
    return " ".join(clean(text).split())


def shorten(text: str, width: int) -> str:
    """The text on one line, at most `width` characters, with an ellipsis where it was cut."""
    text = one_line(text)
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def placeless(message: str) -> str:
    """A failure's message without the place in its program.

    >>> placeless("ValueError: no (call 3)"), placeless("ValueError: f(x) (sweep)")
    ('ValueError: no', 'ValueError: f(x)')
    """
    return re.sub(r" \(\w+( \d+)?\)$", "", message)


def clip(text: str, most: int) -> str:
    """At most `most` characters of a text, saying how many were left out.

    >>> print(clip("abcdef", 3))
    abc
    … 3 more characters, in the data
    """
    left_out = len(text) - most
    if left_out <= 0:
        return text
    return f"{text[:most]}\n… {number(left_out)} more characters, in the data"


def number(n: int) -> str:
    """A count with thousands apart."""
    return f"{n:,}"


def plural(n: int, word: str, words: str = "") -> str:
    """A count with its noun."""
    return f"{number(n)} {word if n == 1 else words or word + 's'}"


def share(part: int, whole: int) -> str:
    """A percentage that says 0 % and 100 % only when it is exactly that."""
    if not whole or not part:
        return "0 %"
    if part == whole:
        return "100 %"
    percent = 100 * part / whole
    for digits in range(12):
        text = f"{percent:.{digits}f}"
        small = min(percent, 100 - percent)
        shown = min(float(text), 100 - float(text))
        if shown > 0 and abs(shown - small) <= 0.05 * small:
            return f"{text} %"
    return f"{percent} %"


def duration(seconds: float) -> str:
    """A time in seconds, or minutes and seconds.

    >>> duration(0.42), duration(75)
    ('0.4 s', '1 min 15 s')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
