"""What a person is told to do: about an exception, and commands, whole, so that a copy runs."""

from __future__ import annotations

import re
import shlex


def command(*words: str, python: str = "") -> str:
    """A command of `gradassay`, with the interpreter that has the engine if it is not ours.

    >>> command("replay", "G8", "--engine", "mine.py:Mine", python="my env/bin/python")
    "gradassay replay G8 --engine mine.py:Mine --python 'my env/bin/python'"
    """
    return shlex.join(["gradassay", *words, *(["--python", python] if python else [])])


def of_exception(message: str) -> str:
    """What may be meant by an exception, from where it was raised; nothing in a sweep.

    >>> of_exception("RuntimeError: no kernel for float64 (call 0)").split(",")[0]
    'If the engine does not claim this'
    >>> of_exception("ZeroDivisionError: 0.0 cannot be raised to a negative power (sweep)")
    ''
    """
    where = re.search(r"\((call|leaf) \d+\)$", message)
    if where is None:
        return ""
    if where[1] == "call":
        return (
            "If the engine does not claim this, let `declines` in its adapter match the message; "
            "then it is counted apart."
        )
    strides = "strid" in message
    return "`lift` gets arrays of any layout; `array.copy()` has no negative strides." * strides
