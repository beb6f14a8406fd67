import os
import time
import uuid
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def mark(monkeypatch):
    """A mark that every process started from here carries; none may be left at the end."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv("DOOR_MARK", mark)
    yield mark
    left = until_gone(mark)
    assert not left, f"processes left behind: {left}"


def until_gone(mark: str, patience: float = 3.0) -> list[str]:
    """The processes that still carry the mark after some patience."""
    until = time.monotonic() + patience
    while (left := marked(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def marked(mark: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.name != str(os.getpid()) and mark in (process / "environ").read_text():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except (OSError, UnicodeDecodeError):
            continue
    return found


@pytest.fixture(scope="session")
def ops():
    """An op table of the door's own tests."""

    def row(args, operator=None, aliases=(), params=(), many=False):
        return {
            "args": args,
            "list": many,
            "params": list(params),
            "operator": operator,
            "aliases": list(aliases),
        }

    return {
        "add": row(2, "+"),
        "subtract": row(2, "-"),
        "multiply": row(2, "*"),
        "negative": row(1, "neg", ["neg"]),
        "pow": row(2, "**", ["power"]),
        "exp": row(1),
        "where": row(3),
        "nn.functional.relu": row(1, aliases=["relu"]),
        "sum": row(1, params=["axis", "keepdims"]),
        "concat": row(2, params=["axis"], aliases=["concatenate"], many=True),
        "getitem": row(1, "[]", params=["key"]),
    }
