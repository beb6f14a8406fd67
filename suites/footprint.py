"""How much memory an engine's processes hold together, as far as the system tells.

One process is weighed by its resident pages, which is cheap and done often. Several share pages,
so each is weighed by its share (`Pss`), which is dear and done rarely.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from .guard import carriers

PAGE = os.sysconf("SC_PAGE_SIZE")
SEARCH = 1.0
"""Seconds between two searches for processes that the worker has started."""


class Footprint:
    """The memory of a worker and of all that carries its mark."""

    def __init__(self, pid: int, mark: str) -> None:
        """Watch the process `pid`, which runs with this mark in its environment."""
        self._pid, self._mark = pid, mark
        self._started: list[int] = []
        self._searched = time.monotonic()

    def bytes(self) -> int | None:
        """The bytes held now; none where the system does not tell, or when the process is gone."""
        now = time.monotonic()
        if now - self._searched > SEARCH:
            self._started = [pid for pid in carriers(self._mark) if pid != self._pid]
            self._searched = time.monotonic()
        own = resident(self._pid)
        if own is None or not self._started:
            return own
        shares = [share(pid) for pid in (self._pid, *self._started)]
        return max(own, sum(size for size in shares if size is not None))


def resident(pid: int) -> int | None:
    """The resident bytes of a process."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return None


def share(pid: int) -> int | None:
    """The bytes of a process, those that it shares counted in part."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return resident(pid)
    found = [int(row.split()[1]) << 10 for row in rows if row.startswith("Pss:")]
    return found[0] if found else None
