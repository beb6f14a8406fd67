"""The command `gradassay replay`: one program or check again, and what is wrong with it."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

import msgspec

from ..oracles.program import Program, ProgramError
from ..oracles.vocabulary import VOCABULARY
from ..reports.outcomes import OUTCOMES
from ..reports.records import Check, Run, Verdict, decode
from .adapter import op_table
from .checks import CLAUSES
from .findings import investigate
from .host import open_engine
from .outputs import NARROWED
from .plans import dtypes, known_device
from .run import Session
from .settings import settings


def replay(options: argparse.Namespace) -> int:
    """Run one program or check again on an engine, and say what is wrong; 1 if something is."""
    _complete(options)
    if options.program in CLAUSES or _is_check(options.program):
        return _replay_check(options)
    from .numerics import judged
    from .run import Plan
    from .trial import Trial

    program, seen = _load(options.program, options.engine)
    dtype = options.dtype or (seen.dtype if seen else "float64")
    device = options.device or (seen.device if seen else "cpu")
    special = seen is not None and seen.check == "numerics"
    trial = Trial.of(program, judged=judged if special else None)
    handle = open_engine(
        options.engine,
        op_table(VOCABULARY),
        python=options.python,
        in_process=options.in_process,
    )
    with handle:
        session = Session(handle, spec=options.engine, python=options.python or "")
        dtypes(session, [dtype], "smoke")
        known_device(session, device)
        list(session.probe())
        judgement = session.try_(trial, dtype, device)
        plan = Plan(check="replay", dtype=dtype, device=device)
        print(f"{handle.hello.name} {handle.hello.version}, {dtype} on {device}\n")
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
        device = options.device or "cpu"
        known_device(Session(handle), device)
        dtype = options.dtype or exact(handle.hello.limits.dtypes)
        text, holds = played(script, handle, dtype, device)
        print(f"{handle.hello.name} {handle.hello.version}, {dtype} on {device}\n\n{text}")
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


def _complete(options: argparse.Namespace) -> None:
    """Take the engine and its interpreter from the run that a failure is of, or the project's."""
    project = settings(Path.cwd())
    file = next(iter(_files(options.program, options.engine)), None)
    run = _run(file) if file else None
    options.engine = options.engine or (run.spec if run else project.get("engine"))
    if options.engine is None:
        raise ProgramError("which engine? Give --engine ENGINE")
    recorded = run.python if run and _showed(run, options.engine) else ""
    options.python = options.python or recorded or project.get("python")


def _files(name: str, engine: str | None) -> list[Path]:
    """The file of a program, or of the failures of an ID: of the engine and the last run first."""
    path = Path(name)
    if path.is_file() or path.name != name:
        return [path] if path.is_file() else []
    places = (f"*/{NARROWED}/failures", "*/failures")  # what was tried last stands first
    found = [f for at in places for f in sorted(Path(".gradassay").glob(f"{at}/{path.stem}.json"))]
    return sorted(found, key=lambda file: not _showed(_run(file), engine))


def _run(file: Path) -> Run | None:
    """The run that a failure's file is of, if its results are there."""
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        with (file.parent.parent / "results.jsonl").open("rb") as results:
            record = decode(results.readline())
        return record if isinstance(record, Run) else None
    return None


def _showed(run: Run | None, engine: str | None) -> bool:
    """Whether a run is of an engine, whose file may be named from here or from the root."""
    if run is None or engine is None:
        return False
    return Path(run.spec).absolute() == Path(engine).absolute()


def _file(name: str, engine: str) -> Path:
    """The file of a program or of a failure, by its path or the failure's ID."""
    found = _files(name, engine)
    if not found and Path(name).name != name:
        raise ProgramError(f"there is no file {name}: a later run may have replaced it")
    if not found:
        raise ProgramError(
            f"there is no file {name}, and no failure {name} under .gradassay/: give the path "
            "of a failures/ID.json"
        )
    return found[0]


def _load(name: str, engine: str) -> tuple[Program, Verdict | None]:
    """A program from a file or by the ID of a failure; raises `ProgramError`."""
    path = _file(name, engine)
    text = path.read_bytes()
    try:
        record = decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Program.from_json(text), None
    if not isinstance(record, Verdict):
        raise ProgramError(f"{path} is a record of a run, but no failure")
    return Program.from_json(msgspec.json.encode(record.program)), record
