"""A pytest run that checks an engine: opens it, makes the plans tests, writes the records.

A run that the command narrows to a part leaves the results of the whole one as they are.
Registered by the plugin when `--engine` is given. Under xdist each worker has an engine of its own
and hands its records to the controller with the test reports; one writer writes them.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ..oracles.program import ProgramError
from ..oracles.vocabulary import VOCABULARY, find
from ..reports.grades import NOT_TRIED
from ..reports.records import (
    AnyRecord,
    Check,
    RecordsError,
    Tally,
    Verdict,
    Writer,
    decode,
    encode,
    read,
)
from . import facts, shown
from .accept import in_force
from .adapter import op_table
from .canary import spoils, told
from .checks import CLAUSES, Clause
from .checks.examine import Examiner, exact
from .host import EngineHandle, open_engine
from .outputs import NARROWED, default_folder, made, results_file, write_outputs
from .plans import SUITES, dtypes, known_device, plans
from .run import Plan, Session, run

PROPERTY = "gradassay_records"
OPENED = pytest.StashKey[EngineHandle]()
"""Where `gradassay check` leaves the engine that it has opened."""
WRITTEN = pytest.StashKey[Path]()
"""Where it finds the folder of the results, once there are any."""
UNSEEN = ("deselect", "lf", "stepwise")
"""Options that leave out tests, unseen by the controller under xdist, where others collect."""


class Assay:
    """One engine, one run: the state between pytest's hooks."""

    def __init__(self, config: pytest.Config, said: Set[str]) -> None:
        """Take the engine that `gradassay check` has opened, or open the one that is named.

        `said` names the options that the command gives; a project's settings give the others.
        """
        self.config, self.said = config, said
        self.started = time.time()
        self.cpu = time.process_time()
        self.worker = hasattr(config, "workerinput")
        self.buffer: list[str] = []
        self.interrupted = False
        self.undo: Callable[[], object] = lambda: None
        self._note_interrupts()
        self.found: dict[tuple[str, str], Verdict] = {}
        self.listeners: list[Callable[[AnyRecord], None]] = []
        self.spread = getattr(config.option, "dist", "no") != "no"
        narrowing = ("keyword", "markexpr", *(UNSEEN if self.spread else ()))
        self.narrowed = any(getattr(config.option, name, None) for name in narrowing)
        only = chosen_ops(config.getoption("--assay-only"))
        handle = config.stash.get(OPENED, None) or self._open()
        spec, python = config.getoption("--engine"), config.getoption("--assay-python") or ""
        self.session = Session(handle, spec=spec, python=python, only=only)
        self.dtypes = dtypes(
            self.session, config.getoption("--assay-dtype"), config.getoption("--assay-profile")
        )
        known_device(self.session, config.getoption("--assay-device"))
        device = config.getoption("--assay-device")
        self.session.accepted = in_force(config.getoption("--assay-accept"), spec)
        dtype = exact([*self.dtypes, *handle.hello.limits.dtypes])
        self.examiner = Examiner(handle, dtype, device, spec, python, self.session.accepted)
        self.profiles = list(self.session.probe())
        self.writer: Writer | None = None
        self.records: list[AnyRecord] = []
        if not self.worker:
            given = config.getoption("--assay-out")
            self.home = made(Path(given) if given else default_folder(handle.hello.name))
        before = config.getoption("--assay-baseline")  # read now: this run may write over it
        self.baseline = read(results_file(Path(before))) if before and not self.worker else []

    def _open(self) -> EngineHandle:
        option = self.config.getoption
        return open_engine(
            option("--engine"),
            op_table(VOCABULARY),
            python=option("--assay-python"),
            in_process=option("--assay-in-process"),
        )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test a plan, or a clause of the standard."""
        suite = metafunc.function.__name__.removeprefix("test_")
        if "clause" in metafunc.fixturenames:
            clauses = self._clauses()
            metafunc.parametrize("clause", clauses, ids=[c.id for c in clauses])
        if "plan" in metafunc.fixturenames and suite in SUITES:
            made = self._plans(suite)
            metafunc.parametrize("plan", made, ids=[f"{p.op or p.seed}-{p.dtype}" for p in made])

    def _plans(self, suite: str) -> list[Plan]:
        """The tests of a suite, if it is asked for."""
        option = self.config.getoption
        asked = option("--assay-suite")
        if asked and suite not in asked:
            return []
        profile, seed, device = (
            option(f"--assay-{name}") for name in ("profile", "seed", "device")
        )
        return list(plans(suite, self.session, profile, seed, self.dtypes, device))

    def _clauses(self) -> list[Clause]:
        """The clauses of the standard, if they are asked for."""
        asked = self.config.getoption("--assay-suite")
        wanted = "state" in asked if asked else not self.config.getoption("--assay-only")
        return list(CLAUSES.values()) if wanted else []

    def _whole(self, tests: int) -> bool:
        """Whether these are as many tests as there are plans and clauses."""
        return tests >= sum(len(self._plans(s)) for s in SUITES) + len(self._clauses())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Open the results, now that it is known whether some tests are left out."""
        if self.worker or self.config.option.collectonly:
            return
        if not self.spread:
            ours = [i for i in session.items if {"plan", "clause"} & {*parameters(i)}]
            self.narrowed = self.narrowed or not self._whole(len(ours))
        try:
            self.writer = Writer(self._folder() / "results.jsonl")
        except RecordsError as error:
            raise pytest.UsageError(f"gradassay: {error}") from None
        self.config.stash[WRITTEN] = self.writer.path.parent
        head = facts.run_record(self.session, self.config, self.dtypes)
        self.writer.write(head, *self.profiles)

    def _folder(self) -> Path:
        """Where results go: as said, or apart from those of a whole run if this is narrowed."""
        stops = self.config.option.maxfail  # -x: perhaps before the end
        part = self.narrowed or stops or {"assay_only", "assay_suite"} & self.said
        return self.home / NARROWED if part and "assay_out" not in self.said else self.home

    @pytest.fixture
    def engine_handle(self) -> EngineHandle:
        """The open engine itself, for what is timed."""
        return self.session.handle

    @pytest.fixture
    def assay(self) -> Iterator[Callable[[Plan], None]]:
        """Run a plan, write its records, fail the test on a difference."""
        yield self._run

    def _run(self, plan: Plan) -> None:
        verdicts: list[Verdict] = []
        counts: dict[str, int] = {}
        covered, blamed = self.session.covered.copy(), self.session.reduced.copy()
        for record in run(plan, self.session):
            self._take(record)
            if isinstance(record, Verdict) and facts.differs(record.outcome):
                verdicts.append(record)
            if isinstance(record, Tally):
                counts = record.counts
        if not counts:
            pytest.fail("nothing was run", pytrace=False)
        if any(map(facts.differs, counts)):
            again = (self.found.get(kind) for kind in self.session.reduced - blamed)
            earlier = [v for v in again if v is not None and v.outcome in counts]
            self.found = {(v.outcome, v.op): v for v in verdicts} | self.found
            pytest.fail(shown.of_programs(counts, verdicts, earlier), pytrace=False)
        if "accepted" in counts:
            known = self.session.covered - covered
            raise pytest.xfail.Exception("; ".join(entry.name for entry in known))

    @pytest.fixture
    def examine(self) -> Iterator[Callable[[Clause], None]]:
        """Try a clause, write its records, fail the test if a MUST does not hold."""
        yield self._examine

    def _examine(self, clause: Clause) -> None:
        if self.session.spoilt is not None:
            self.session.handle.renew()
        for record in self.examiner.records(clause):
            self._take(record)
        check = self.examiner.check(clause)
        if check.outcome == "differs" and spoils(self.session):
            for verdict in told(self.session, Plan(check="state", dtype=self.dtypes[0])):
                self._take(verdict)
        if facts.fails(check):
            pytest.fail(shown.of_check(check), pytrace=False)
        if check.outcome == "accepted":
            raise pytest.xfail.Exception(check.reason)
        if check.outcome in NOT_TRIED:
            pytest.skip(check.message)

    def _note_interrupts(self) -> None:
        """Remember Ctrl-C, which a destructor or a callback may swallow."""
        before = signal.getsignal(signal.SIGINT)
        if not callable(before) or threading.current_thread() is not threading.main_thread():
            return  # ignored on purpose, or not ours to take

        def noted(number: int, frame: FrameType | None) -> None:
            self.interrupted = True
            before(number, frame)

        signal.signal(signal.SIGINT, noted)
        self.undo = lambda: signal.signal(signal.SIGINT, before)

    def _take(self, record: AnyRecord) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        if self.worker:
            self.buffer.append(encode(record).decode())
        else:
            self._write(record)

    def _write(self, record: AnyRecord) -> None:
        if self.writer is not None:
            self.writer.write(record)
        for listen in self.listeners:
            listen(record)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        """The reason is one line; under xdist the records travel with the test's report."""
        report = yield
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is not None and {"plan", "clause"} & {*parameters(item)}:
            # Pytest repeats it beside the test's name, on CI all lines of it.
            crash.message = crash.message.removeprefix("Failed: ").partition("\n")[0]
        if self.worker and self.buffer:
            setattr(report, PROPERTY, self.buffer)
            self.buffer = []
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The controller writes what a worker's report brought."""
        if not self.worker:
            for line in getattr(report, PROPERTY, ()):
                self._write(decode(line))

    def pytest_deselected(self) -> None:
        """Some tests were left out."""
        self.narrowed = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the end, close the engine, and make every output from the records."""
        self.undo()
        self.session.handle.close()
        if self.writer is None:
            return
        records = read(self.writer.path)
        seconds = time.time() - self.started, time.process_time() - self.cpu
        only = bool(self.config.getoption("--assay-only") or self.config.getoption("--assay-suite"))
        covered = list(facts.covered(records, self.session))
        option = self.config.getoption
        whole = option("--assay-profile") != "smoke" and not option("--assay-dtype")
        stale = self.session.accepted.unused(records) if whole else []
        asked = facts.Asked(
            grade=option("--assay-grade"),
            stale=tuple(entry.name for entry in stale),
            baseline=self.baseline,
        )
        records += covered
        ended = sum(isinstance(record, Tally | Check) for record in records)  # each test leaves one
        part = self.narrowed or only or not self._whole(ended)
        end = facts.end_record(records, int(exitstatus), part, seconds, asked)
        self.writer.write(*covered, end)
        self.writer.close()
        self.records = [*records, end]
        write_outputs(self.writer.path.parent, self.records)
        session.exitstatus = exitstatus or end.exit_code  # no test fails for a grade out of reach

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The verdict, unless `gradassay check` says it."""
        if self.writer is None or not self.records or OPENED in self.config.stash:
            return
        terminalreporter.section("gradassay")
        for line in shown.closing(self.records, self.writer.path.parent):
            terminalreporter.write_line(line)


def parameters(item: pytest.Item) -> Mapping[str, Any]:
    """What a test is given, by name."""
    found: Mapping[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return found


def chosen_ops(text: str | None) -> frozenset[str] | None:
    """The ops that a list names; raises `ProgramError` for one that is none."""
    if not text:
        return None
    found = set()
    for name in text.replace(",", " ").split():
        try:
            found.add(find(name).name)
        except KeyError:
            raise ProgramError(facts.unknown_op(name)) from None
    return frozenset(found)


def chosen_suites(names: list[str] | None) -> None:
    """Raises `ProgramError` for a name that is no suite."""
    for name in names or ():
        if name not in SUITES:
            raise ProgramError(f"there is no suite {name!r}: there are {', '.join(SUITES)}")
