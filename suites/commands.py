"""What each command of `gradassay` does. Errors end as one clear line and the right exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..oracles.program import Program, ProgramError
from ..oracles.vocabulary import VOCABULARY
from ..reports.changes import changes
from ..reports.outcomes import OUTCOMES
from ..reports.records import Check, End, RecordsError, Run, Verdict, decode, read
from ..reports.terminal import summary
from .accept import draft, in_force
from .adapter import EngineError, UnknownEngine, op_table
from .checks import CLAUSES
from .facts import oracles
from .findings import investigate
from .host import open_engine
from .outputs import default_folder, failures, results_file
from .plans import SUITES, dtypes, known_device
from .run import Session
from .settings import settings
from .templates import adapter

USAGE, FAILED, NO_ENGINE = 4, 3, 7


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
        out = Path(options.out) if options.out else default_folder(handle.hello.name)
        before = _state(out / "results.jsonl")
        command = shlex.join(["gradassay", *argv, *(["--", *for_pytest] if for_pytest else [])])
        progress = Progress(handle, shown=not {"-v", "-vv", "--verbose"} & {*for_pytest})
        args = _pytest_args(options, out, command) + (for_pytest or ["-q"])
        status = int(pytest.main(args, [progress]))
    if _state(out / "results.jsonl") == before:
        return status  # nothing was written: an earlier run's results say nothing of this one
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


def _state(path: Path) -> tuple[int, int] | None:
    """What tells whether a file was written anew; none if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _complete(options: argparse.Namespace) -> None:
    """Take from the project's pyproject.toml what the command does not say."""
    for key, value in settings(Path.cwd()).items():
        if getattr(options, key) is None:
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


def _pytest_args(options: argparse.Namespace, out: Path, command: str) -> list[str]:
    """The same run as a command line for pytest."""
    home = str(Path(__file__).parent / "conformance")
    args = [home, "-c", os.devnull, "--rootdir", home, "--import-mode=importlib"]
    args += ["-o", f"cache_dir={(out / 'pytest-cache').resolve()}", "-p", "no:benchmark"]
    args += [f"--junitxml={out / 'junit.xml'}", "--assay-out", str(out)]
    args += ["--engine", options.engine, "--assay-command", command]
    args += ["--assay-profile", options.profile, "--assay-seed", str(options.seed)]
    args += ["--assay-device", options.device]
    for suite in options.suite or ():
        args += ["--assay-suite", suite]
    for dtype in options.dtype or ():
        args += ["--assay-dtype", dtype]
    if options.only:
        args += ["--assay-only", options.only]
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
    width = shutil.get_terminal_size().columns
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


def replay(options: argparse.Namespace) -> int:
    """Run one program or check again on an engine, and say what is wrong; 1 if something is."""
    options.engine = options.engine or _engine_of(options.program)
    if options.program in CLAUSES or _is_check(options.program):
        return _replay_check(options)
    from .numerics import judged
    from .run import Plan
    from .trial import Trial

    program, seen = _load(options.program)
    dtype = options.dtype or (seen.dtype if seen else "float64")
    special = seen is not None and seen.check == "numerics"
    trial = Trial.of(program, judged=judged if special else None)
    handle = open_engine(
        options.engine,
        op_table(VOCABULARY),
        python=options.python,
        in_process=options.in_process,
    )
    with handle:
        session = Session(handle, spec=options.engine)
        dtypes(session, [dtype], "smoke")
        known_device(session, options.device)
        list(session.probe())
        judgement = session.try_(trial, dtype, options.device)
        plan = Plan(check="replay", dtype=dtype, device=options.device)
        print(f"{handle.hello.name} {handle.hello.version}, {dtype} on {options.device}\n")
        if OUTCOMES[judgement.outcome].group == "difference":
            found = investigate(plan, session, trial, judgement)
            print(explained(found) if found else judgement.message)
            return 1
    by = f" ({judgement.oracle})" if judgement.oracle else ""
    print(
        f"{program}\n\n{judgement.outcome}{by}{': ' * bool(judgement.message)}{judgement.message}"
    )
    return 0


def _is_check(name: str) -> bool:
    """Whether a file holds the record of a check."""
    try:
        return isinstance(decode(Path(name).read_bytes()), Check)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return False


def _replay_check(options: argparse.Namespace) -> int:
    """Play one check again."""
    from .checks.examine import exact
    from .checks.replay import named, played

    with open_engine(
        options.engine,
        op_table(VOCABULARY),
        python=options.python,
        in_process=options.in_process,
    ) as handle:
        script = named(options.program, handle.hello)
        if script is None:
            raise ProgramError(f"{options.program} is a check that holds: it has no script")
        known_device(Session(handle), options.device)
        dtype = options.dtype or exact(handle.hello.limits.dtypes)
        text, holds = played(script, handle, dtype, options.device)
        print(f"{handle.hello.name} {handle.hello.version}, {dtype} on {options.device}\n\n{text}")
    return 0 if holds else 1


def explained(verdict: Verdict) -> str:
    """A verdict as a person reads it: program, entries, what is wrong."""
    lines = [verdict.text, ""]
    if verdict.rows:
        oracles = sorted({o for r in verdict.rows for o in r.oracles})
        table = [["entry", "engine", f"truth ({verdict.oracle})", *oracles, "error / tolerance"]]
        table += [
            [r.entry, r.got, r.want, *(r.oracles.get(o, "") for o in oracles), r.error]
            for r in verdict.rows
        ]
        widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
        lines += ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in table]
        lines.append("")
    lines.append(f"{verdict.outcome} in {verdict.op}: {verdict.message}")
    return "\n".join([*lines, *([verdict.hint] if verdict.hint else [])])


def _file(name: str) -> Path:
    """The file of a program or of a failure, by its path or the failure's ID."""
    path = Path(name)
    if path.is_file():
        return path
    if path.name != name:
        raise ProgramError(f"there is no file {name}: a later run may have replaced it")
    found = sorted(Path(".gradassay").glob(f"*/failures/{path.stem}.json"))
    if not found:
        raise ProgramError(
            f"there is no file {name}, and no failure {name} under .gradassay/: give the path "
            "of a failures/ID.json"
        )
    return found[0]


def _engine_of(name: str) -> str:
    """The engine of the run that a failure is of, or the one that the project names."""
    with contextlib.suppress(ProgramError, OSError, msgspec.MsgspecError):
        with (_file(name).parent.parent / "results.jsonl").open("rb") as file:
            run = decode(file.readline())
        if isinstance(run, Run):
            return run.spec
    engine: str | None = settings(Path.cwd()).get("engine")
    if engine is None:
        raise ProgramError("which engine? Give --engine ENGINE")
    return engine


def _load(name: str) -> tuple[Program, Verdict | None]:
    """A program from a file or by the ID of a failure; raises `ProgramError`."""
    path = _file(name)
    text = path.read_bytes()
    try:
        record = decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Program.from_json(text), None
    if not isinstance(record, Verdict):
        raise ProgramError(f"{path} is a record of a run, but no failure")
    return Program.from_json(msgspec.json.encode(record.program)), record


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
    return 0


def list_(options: argparse.Namespace) -> int:
    """Names, one a line, with a few words each."""
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
    with open_engine(options.engine, op_table(VOCABULARY)) as handle:
        offers = handle.hello.offers
    return [(op, "offered" if op in offers else "not offered") for op in VOCABULARY]


def _checks(options: argparse.Namespace) -> list[tuple[str, str]]:
    if not options.engine:
        return [(c.id, f"{c.level} {c.requirement} {c.grade}: {c.says}") for c in CLAUSES.values()]
    from .checks.examine import Examiner, exact

    with open_engine(options.engine, op_table(VOCABULARY)) as handle:
        examiner = Examiner(handle, exact(handle.hello.limits.dtypes), spec=options.engine)
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
