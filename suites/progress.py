"""What a person sees while `gradassay check` runs, on standard error: one line that moves.

Where standard error is no terminal, as in CI, it is a line each minute. An engine that is so slow
that a run will take hours is said to be, once, with what its adapter can say.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from ..reports.outcomes import OUTCOMES
from ..reports.records import AnyRecord, Case
from .assay import OPENED, WRITTEN, Assay
from .host import EngineHandle

LIVE, PLAIN = 0.1, 60.0
"""The seconds between two lines: on a terminal, and elsewhere."""
LEISURE, SLOW = 20.0, 0.05
"""After how many seconds it is told that a program takes more than so many."""


class Progress:
    """A pytest plugin: hands over the opened engine, takes the place of pytest's own display."""

    def __init__(self, handle: EngineHandle, shown: bool) -> None:
        """`shown`: whether to replace pytest's terminal output."""
        self.handle, self.shown = handle, shown
        self.config: pytest.Config | None = None
        self.live = shown and sys.stderr.isatty()
        self.start = self.last = self.told = time.monotonic()
        self.total = self.done = self.programs = self.different = 0
        self.trying = 0.0  # seconds, without those in which failures are reduced
        self.test = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Leave the engine where `Assay` looks for it."""
        self.config = config
        config.stash[OPENED] = self.handle

    @property
    def written(self) -> Path | None:
        """The folder of the run's results; none if nothing was written."""
        return self.config.stash.get(WRITTEN, None) if self.config else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Silence pytest's own display, which has been set up by now."""
        if self.shown:
            session.config.pluginmanager.unregister(name="terminalreporter")

    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Say what begins."""
        assay = session.config.pluginmanager.get_plugin("gradassay-assay")
        if isinstance(assay, Assay):
            assay.listeners.append(self.take)
        self.total = len(items)
        hello = self.handle.hello
        slow = hello.limits.slow
        fewer = f", counts divided by {slow} as the engine is slow" * (slow > 1)
        print(
            f"{hello.name} {hello.version} ({hello.style}): {len(hello.offers)} ops, "
            f"{self.total} tests{fewer}",
            file=sys.stderr,
        )

    def take(self, record: AnyRecord) -> None:
        """Count programs and differences as they come."""
        now = time.monotonic()
        if isinstance(record, Case):
            self.programs += 1
            self.different += OUTCOMES[record.outcome].group == "difference"
            self.trying += now - self.last
            if self.trying > LEISURE:
                self._advise()
        self.last = now
        self._tell(now)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """The test that the line names."""
        self.test = nodeid.rpartition("::")[2]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Move the line."""
        if report.when == "call":
            self.done += 1
        self.last = time.monotonic()
        self._tell(self.last)

    def _tell(self, now: float) -> None:
        """How far it is, if that was not told just now."""
        if not self.shown or now - self.told < (LIVE if self.live else PLAIN):
            return
        self.told = now
        seconds = int(now - self.start)
        text = (
            f"{self.done}/{self.total}  {self.programs:,} programs  {self.different:,} differ  "
            f"{seconds // 60}:{seconds % 60:02}  {self.test}"
        )
        if not self.live:
            print(f"  {text}", file=sys.stderr, flush=True)
            return
        full = int(20 * self.done / max(1, self.total))
        width = shutil.get_terminal_size().columns - 1
        text = f"{'█' * full}{'░' * (20 - full)} {text}"[:width]
        print(f"\r{text:{width}}", end="", file=sys.stderr, flush=True)

    def _advise(self) -> None:
        """Say once that an engine is slow, and what helps."""
        each, self.trying = self.trying / self.programs, -1e9
        hello = self.handle.hello
        slow = hello.limits.slow
        fit = 10 * max(1, round(each / 0.2))
        if each < SLOW or fit <= slow:
            return
        self._clear()
        print(
            f"  {hello.name} takes {each:.2g} s a program: slow = {fit} in its adapter divides "
            "how many are tried, and the report says so",
            file=sys.stderr,
            flush=True,
        )

    def _clear(self) -> None:
        """Leave the line clean."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{'':{width}}\r", end="", file=sys.stderr, flush=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Nothing of the line stays."""
        self._clear()
