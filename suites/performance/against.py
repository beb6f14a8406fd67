"""The engine as it was at another revision, beside the engine as it is now.

The revision stands in a git worktree for as long as a block lasts. The engine there runs in a
worker whose imports come from the worktree alone (`elsewhere`).
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from ...oracles.program import ProgramError
from ..adapter import UnknownEngine, locate

ELSEWHERE = str(Path(__file__).with_name("elsewhere.py"))
QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")


@dataclass(frozen=True, slots=True)
class Base:
    """An engine at a revision: what to open, with what interpreter, and what it is called."""

    spec: str
    python: tuple[str, ...]
    label: str


@contextmanager
def base(spec: str, revision: str, python: str | None = None) -> Iterator[Base]:
    """The engine `spec` at a revision of its own repository; raises `ProgramError`."""
    file, attribute = adapter_file(spec)
    home = repository(file)
    commit = resolved(home, revision)
    inside = file.relative_to(home)
    if not has(home, commit, inside):
        raise ProgramError(f"{inside} is not in revision {revision}: there is no engine to time")
    with worktree(home, commit) as there:
        start = (python or sys.executable, ELSEWHERE, str(home), str(there))
        yield Base(f"{there / inside}:{attribute}", start, f"{revision} ({commit[:10]})")


def adapter_file(spec: str) -> tuple[Path, str]:
    """The file that holds an adapter, and the adapter's name there; raises `ProgramError`."""
    target = locate(spec)
    if target.command:
        raise ProgramError("--against needs an adapter in a file: a command has no revisions")
    module, _, attribute = target.engine.rpartition(":")
    if module.endswith(".py"):
        return Path(module).resolve(), attribute
    try:
        found = importlib.util.find_spec(module)
    except ImportError:
        found = None
    if found is None or found.origin is None or not found.origin.endswith(".py"):
        raise UnknownEngine(f"there is no module {module} here to look up in git")
    return Path(found.origin).resolve(), attribute


def repository(file: Path) -> Path:
    """The folder of the repository that holds a file; raises `ProgramError`."""
    found = _said(file.parent, "rev-parse", "--show-toplevel")
    if found is None:
        raise ProgramError(
            f"{file} is in no git repository, so there is nothing to compare against: "
            "use --compare A B for two files"
        )
    return Path(found).resolve()


def resolved(home: Path, revision: str) -> str:
    """The commit that a revision names; raises `ProgramError`."""
    named = f"{revision}^{{commit}}"
    found = _said(home, "rev-parse", "--verify", "--quiet", "--end-of-options", named)
    if not found:
        raise ProgramError(
            f"there is no revision {revision!r} in {home.name}: `git log` lists them"
        )
    return found


def has(home: Path, commit: str, file: Path) -> bool:
    """Whether a file is there at a commit."""
    return _said(home, "cat-file", "-e", f"{commit}:{file.as_posix()}") is not None


@contextmanager
def worktree(home: Path, commit: str) -> Iterator[Path]:
    """A checkout of a commit in a folder of its own, gone when the block ends, however it ends."""
    with _ended_by_signals(), tempfile.TemporaryDirectory(prefix="gradassay-base-") as folder:
        there = Path(folder, home.name)
        try:
            added = _run(home, *QUIET, "worktree", "add", "--detach", str(there), commit)
            if added.returncode:
                raise ProgramError(f"git cannot check out {commit[:10]}: {added.stderr.strip()}")
            yield there
        finally:
            with _undisturbed():
                _run(home, "worktree", "remove", "--force", "--force", str(there))
                _run(home, "worktree", "prune")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let what asks a process to end (SIGTERM, SIGHUP) end it by an exception, so it cleans up."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    asked = (signal.SIGTERM, signal.SIGHUP)
    with _handling({s: end for s in asked if signal.getsignal(s) is signal.SIG_DFL}):
        yield


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not leave the worktree behind."""
    with _handling(dict.fromkeys((signal.SIGINT, signal.SIGTERM), signal.SIG_IGN)):
        yield


@contextmanager
def _handling(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Other handlers of signals while a block lasts."""
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _said(where: Path, *command: str) -> str | None:
    """What git answers; none if it refuses."""
    done = _run(where, *command)
    return None if done.returncode else done.stdout.strip()


def _run(where: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of git, in a session of its own, so that Ctrl-C does not stop it half way."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}  # not a hook's own
    try:
        return subprocess.run(
            ["git", *command],
            cwd=where,
            env=clean,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )
    except FileNotFoundError:
        raise ProgramError("git is not installed, and --against needs it") from None
