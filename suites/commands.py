"""What each command of `gradassay` does. Errors end as one clear line and the right exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..oracles.program import ProgramError
from ..oracles.vocabulary import VOCABULARY
from ..reports.changes import changes
from ..reports.records import End, RecordsError, read
from ..reports.terminal import summary
from .accept import draft, in_force
from .adapter import EngineError, UnknownEngine, op_table
from .checks import CLAUSES
from .facts import oracles
from .host import open_engine
from .outputs import default_folder, failures, made, results_file
from .plans import SUITES, dtypes, known_device
from .replaying import replay
from .run import Session
from .settings import settings
from .templates import adapter

USAGE, FAILED, NO_ENGINE = 4, 3, 7
LOG = 120
"""Columns of a log, where there is no terminal."""


def guarded(options: argparse.Namespace, for_pytest: list[str], argv: Sequence[str]) -> int:
    """Run a command; whatever goes wrong is one line on standard error."""
    try:
        if options.command == "check":
            return check(options, for_pytest, argv)
        if options.command == "bench":
            from .performance.bench import bench

            return bench(options, argv)
        commands = {"report": report, "diff": diff, "replay": replay, "list": list_}
        commands["new-adapter"] = new_adapter
        return int(commands[options.command](options))
    except (UnknownEngine, RecordsError, ProgramError) as error:
        return _fail(options, error, USAGE)
    except EngineError as error:
        return _fail(options, error, NO_ENGINE)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _fail(options, error, FAILED)


def _fail(options: argparse.Namespace, error: Exception, code: int) -> int:
    if options.debug:
        print(getattr(error, "traceback", "") or traceback.format_exc(), file=sys.stderr)
    what = f"internal error, {type(error).__name__}: " if code == FAILED else ""
    more = " (--debug shows where)" if code in (FAILED, NO_ENGINE) and not options.debug else ""
    print(f"gradassay: {what}{error}{more}", file=sys.stderr)
    return code


def check(options: argparse.Namespace, for_pytest: list[str], argv: Sequence[str]) -> int:
    """Check an engine: pytest on the conformance suites, then the verdict."""
    import pytest

    from .assay import chosen_ops, chosen_suites
    from .progress import Progress

    said = argparse.Namespace(**vars(options))
    _complete(options)
    chosen_ops(options.only)
    chosen_suites(options.suite)
    if options.baseline:
        read(results_file(Path(options.baseline)))  # a mistake shows before the run
    _accepting(options)
    handle = open_engine(
        options.engine,
        op_table(VOCABULARY),
        python=options.python,
        in_process=options.in_process,
    )
    with handle:
        home = made(Path(options.out) if options.out else default_folder(handle.hello.name))
        session = Session(handle, spec=options.engine)
        dtypes(session, options.dtype, options.profile)  # mistakes show before the run
        known_device(session, options.device)
        session.first()
        command = shlex.join(["gradassay", *argv, *(["--", *for_pytest] if for_pytest else [])])
        progress = Progress(handle, shown=not {"-v", "-vv", "--verbose"} & {*for_pytest})
        args = _pytest_args(options, said, home, command) + (for_pytest or ["-q"])
        status = int(pytest.main(args, [progress]))
    out = progress.written
    if out is None:
        return status  # an earlier run's results say nothing of this one
    with contextlib.suppress(FileNotFoundError):
        _junit(home).replace(out / "junit.xml")
    if options.write_accept:
        _write_draft(Path(options.write_accept), out)
    return conclude(out, status)


def _accepting(options: argparse.Namespace) -> None:
    """A mistake in the file of known differences shows before the run, which may be to draft it."""
    accept, write = (
        Path(p).resolve() if p else None for p in (options.accept, options.write_accept)
    )
    if accept and accept == write and not accept.exists():
        options.accept = os.devnull
    in_force(options.accept, options.engine)


def _junit(home: Path) -> Path:
    """Where pytest writes, before it is known which folder the results go to."""
    return home / "pytest-cache" / "junit.xml"


def _complete(options: argparse.Namespace) -> None:
    """Take from the project's pyproject.toml what the command does not say."""
    for key, value in settings(Path.cwd()).items():
        if getattr(options, key, None) is None:
            setattr(options, key, value)
    if options.engine is None:
        raise ProgramError("which engine? Give ENGINE, or name it in [tool.gradassay]")


def _write_draft(path: Path, out: Path) -> None:
    """A draft of an accept.toml, never over one that is there."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(draft(read(out / "results.jsonl")))
    except OSError as error:
        raise ProgramError(f"cannot write {path}: {error.strerror}") from None
    print(f"drafted {path}: give each entry a reason, then use --accept {path}")


def _pytest_args(
    options: argparse.Namespace, said: argparse.Namespace, home: Path, command: str
) -> list[str]:
    """The same run as a command line for pytest.

    What was `said` of its parts and its folder is passed on, and no more: where results go depends
    on it. The plugin takes the rest from the settings again.
    """
    tests = str(Path(__file__).parent / "conformance")
    args = [tests, "-c", os.devnull, "--rootdir", tests, "--import-mode=importlib"]
    args += ["-o", f"cache_dir={_junit(home).parent.resolve()}", "-p", "no:benchmark"]
    args += [f"--junitxml={_junit(home)}"]
    args += ["--engine", options.engine, "--assay-command", command]
    args += ["--assay-profile", options.profile, "--assay-seed", str(options.seed)]
    args += ["--assay-device", options.device]
    for suite in said.suite or ():
        args += ["--assay-suite", suite]
    for dtype in options.dtype or ():
        args += ["--assay-dtype", dtype]
    if said.only:
        args += ["--assay-only", said.only]
    if said.out:
        args += ["--assay-out", said.out]
    if options.baseline:
        args += ["--assay-baseline", str(results_file(Path(options.baseline)).resolve())]
    if options.accept:
        args += ["--assay-accept", str(Path(options.accept).resolve())]
    if options.grade:
        args += ["--assay-grade", options.grade]
    if options.python:
        args += ["--assay-python", options.python]
    if options.in_process:
        args += ["--assay-in-process"]
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        args += ["-p", "gradassay.suites.plugin"]
    return args


def conclude(out: Path, status: int) -> int:
    """The terminal's summary, the verdict last; the exit code."""
    records = read(out / "results.jsonl")
    end = next((r for r in records if isinstance(r, End)), None)
    paths = [f"report    {out / 'report.html'}"]
    count = len(failures(records))
    if count:
        paths.append(f"failures  {out / 'failures'}  ({count}, each with a script that runs alone)")
    width = shutil.get_terminal_size((LOG, 24)).columns
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(summary(records, color=color, width=width, paths=paths), end="")
    return end.exit_code if end else status


def report(options: argparse.Namespace) -> int:
    """The HTML report of a run, also of one that was cut short."""
    from ..reports.html import render

    path = results_file(Path(options.results))
    records = read(path)
    out = Path(options.out) if options.out else path.with_name("report.html")
    try:
        out.write_text(render(records), encoding="utf-8")
    except OSError as error:
        raise RecordsError(f"cannot write {out}: {error.strerror}") from None
    if not any(isinstance(r, End) for r in records):
        print(f"note: {path} has no last record: the run was cut short, and the report says so")
    print(out)
    return 0


def diff(options: argparse.Namespace) -> int:
    """What the second of two runs shows that the first did not; 1 if it is worse."""
    before, after = (read(results_file(Path(p))) for p in (options.before, options.after))
    found = changes(before, after)
    print("\n".join(found.lines()))
    return int(found.worse)


def new_adapter(options: argparse.Namespace) -> int:
    """A file to begin an adapter with; never over one that is there."""
    if not options.name.isidentifier():
        raise ProgramError(f"{options.name!r} is no name of a package")
    path = Path(options.out or f"{options.name}_adapter.py")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(adapter(options.name, options.style))
    except OSError as error:
        raise ProgramError(f"cannot write {path}: {error.strerror}") from None
    print(f"{path}: fill in what differs, then try")
    print(f"  gradassay list ops --engine {path}:Adapter")
    print(f"  gradassay check {path}:Adapter --profile smoke")
    print("If the engine has an environment of its own: --python PATH/bin/python")
    return 0


def list_(options: argparse.Namespace) -> int:
    """Names, one a line, with a few words each; of an engine if `--engine` is said."""
    if options.engine is not None:
        options.engine = options.engine or None  # said without a name: the project's
        _complete(options)
    rows: list[tuple[str, str]] = {
        "ops": _ops,
        "engines": _engines,
        "checks": _checks,
        "families": _families,
        "suites": lambda _: list(SUITES.items()),
        "oracles": lambda _: list(oracles().items()),
        "saboteurs": _saboteurs,
    }[options.what](options)
    width = max(len(name) for name, _ in rows)
    for name, say in rows:
        print(f"{name:{width}}  {say}".rstrip())
    return 0


def _ops(options: argparse.Namespace) -> list[tuple[str, str]]:
    if not options.engine:
        return [(op.name, ", ".join([op.area, *op.params])) for op in VOCABULARY.values()]
    with open_engine(options.engine, op_table(VOCABULARY), python=options.python) as handle:
        offers = handle.hello.offers
    return [(op, _whence(offers[op]) if op in offers else "not offered") for op in VOCABULARY]


def _whence(offer: Mapping[str, str]) -> str:
    """Where an engine has an op, in words.

    >>> _whence({"namespace": "sigmoid"}), _whence({"operator": "+"}), _whence({"ops": "exp"})
    ('offered: namespace.sigmoid', 'offered: operator +', 'offered: ops')
    """
    if "namespace" in offer:
        return f"offered: namespace{offer.get('part', '')}.{offer['namespace']}"
    return f"offered: operator {offer['operator']}" if "operator" in offer else "offered: ops"


def _checks(options: argparse.Namespace) -> list[tuple[str, str]]:
    if not options.engine:
        return [(c.id, f"{c.level} {c.requirement} {c.grade}: {c.says}") for c in CLAUSES.values()]
    from .checks.examine import Examiner, exact

    with open_engine(options.engine, op_table(VOCABULARY), python=options.python) as handle:
        known_device(Session(handle), options.device)
        dtype = exact(handle.hello.limits.dtypes)
        examiner = Examiner(handle, dtype, options.device, options.engine)
        found = [examiner.check(clause) for clause in CLAUSES.values()]
    return [(c.id, f"{c.outcome}{': ' * bool(c.message)}{c.message}") for c in found]


def _families(options: argparse.Namespace) -> list[tuple[str, str]]:
    from .performance.bench import show_families

    return show_families()


def _engines(options: argparse.Namespace) -> list[tuple[str, str]]:
    from importlib.metadata import entry_points

    from .engines import BUNDLED

    bundled = [(name, target) for name, target in BUNDLED.items()]
    return bundled + [(p.name, p.value) for p in entry_points(group="gradassay.engines")]


def _saboteurs(options: argparse.Namespace) -> list[tuple[str, str]]:
    from .saboteurs import SABOTEURS

    return [(s.name, s.says) for s in SABOTEURS.values()]
