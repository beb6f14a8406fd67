"""The commands that a person is told to type: whole, so that a copy of one runs."""

from __future__ import annotations

import shlex


def command(*words: str, python: str = "") -> str:
    """A command of `gradassay`, with the interpreter that has the engine if it is not ours.

    >>> command("replay", "G8", "--engine", "mine.py:Mine", python="my env/bin/python")
    "gradassay replay G8 --engine mine.py:Mine --python 'my env/bin/python'"
    """
    return shlex.join(["gradassay", *words, *(["--python", python] if python else [])])
