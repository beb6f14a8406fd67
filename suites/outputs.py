"""Every file of a run, made from its records: report, summary, failures."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from ..reports.html import render
from ..reports.issue import issue_of_check, issue_of_verdict
from ..reports.outcomes import OUTCOMES
from ..reports.records import AnyRecord, Check, RecordsError, Run, Verdict, encode
from ..reports.summary import summary_md

LARGEST = 200
"""Failures that get files of their own."""


NARROWED = "narrowed"
"""Where in an engine's folder a run goes that tries only a part, so that the whole one stays."""


def folder_name(engine: str) -> str:
    """A folder's name made from the engine's, which may be anything."""
    return re.sub(r"[^\w.-]+", "_", engine).strip("._") or "engine"


def default_folder(engine: str) -> Path:
    """`.gradassay/ENGINE`, in a folder that git leaves alone; raises `RecordsError`."""
    home = made(Path(".gradassay"))
    try:
        with contextlib.suppress(FileExistsError), (home / ".gitignore").open("x") as file:
            file.write("*\n")
    except OSError as error:
        raise RecordsError(f"cannot write {home}: {error.strerror}") from None
    return home / folder_name(engine)


def made(folder: Path) -> Path:
    """A folder that is there from now on; raises `RecordsError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordsError(f"cannot write {folder}: {error.strerror}") from None
    return folder


def results_file(path: Path) -> Path:
    """The results of a run, given by their file or the folder that they are in."""
    return path / "results.jsonl" if path.is_dir() else path


def write_outputs(out: Path, records: Sequence[AnyRecord]) -> None:
    """Write report.html, summary.md and failures/ beside results.jsonl."""
    (out / "report.html").write_text(render(list(records)), encoding="utf-8")
    (out / "summary.md").write_text(summary_md(list(records)), encoding="utf-8")
    run = next(r for r in records if isinstance(r, Run))
    folder = out / "failures"
    if folder.is_dir():
        for old in folder.iterdir():
            if re.fullmatch(r"([0-9a-f]{12}|[A-Z]\d{1,2})\.(json|py|md)", old.name):
                old.unlink()
    for verdict in failures(records)[:LARGEST]:
        folder.mkdir(exist_ok=True)
        (folder / f"{verdict.id}.json").write_bytes(encode(verdict) + b"\n")
        (folder / f"{verdict.id}.py").write_text(verdict.script, encoding="utf-8")
        draft = issue_of_verdict(run, verdict)
        (folder / f"{verdict.id}.md").write_text(draft, encoding="utf-8")
    for check in (r for r in records if isinstance(r, Check) and r.script is not None):
        folder.mkdir(exist_ok=True)
        (folder / f"{check.id}.json").write_bytes(encode(check) + b"\n")
        (folder / f"{check.id}.md").write_text(issue_of_check(run, check), encoding="utf-8")


def failures(records: Sequence[AnyRecord]) -> list[Verdict]:
    """The differences, smallest program first."""
    found = [
        r for r in records if isinstance(r, Verdict) and OUTCOMES[r.outcome].group == "difference"
    ]
    return sorted(found, key=lambda v: (len(v.ops), v.id))
