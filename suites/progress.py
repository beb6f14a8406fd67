"""What a person sees while `gradassay check` runs: one line that moves, on standard error."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from ..reports.outcomes import OUTCOMES
from ..reports.records import AnyRecord, Tally
from .assay import OPENED, WRITTEN, Assay
from .host import EngineHandle


class Progress:
    """A pytest plugin: hands over the opened engine, takes the place of pytest's own display."""

    def __init__(self, handle: EngineHandle, shown: bool) -> None:
        """`shown`: whether to replace pytest's terminal output."""
        self.handle, self.shown = handle, shown
        self.config: pytest.Config | None = None
        self.live = shown and sys.stderr.isatty()
        self.start = time.monotonic()
        self.total = self.done = self.programs = self.different = 0

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
        if isinstance(record, Tally):
            self.programs += sum(record.counts.values())
            self.different += sum(
                n for o, n in record.counts.items() if OUTCOMES[o].group == "difference"
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Move the line."""
        if report.when != "call":
            return
        self.done += 1
        if not self.live:
            return
        share = self.done / max(1, self.total)
        bar = "█" * int(20 * share) + "░" * (20 - int(20 * share))
        seconds = int(time.monotonic() - self.start)
        text = (
            f"{bar} {self.done}/{self.total}  {self.programs:,} programs  "
            f"{self.different:,} differ  {seconds // 60}:{seconds % 60:02}  "
            f"{report.nodeid.rpartition('::')[2]}"
        )
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{text[:width]:{width}}", end="", file=sys.stderr, flush=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave the line clean."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{'':{width}}\r", end="", file=sys.stderr, flush=True)
