"""Who takes part: the engines of a command, each open in a process of its own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePath

from ...oracles.program import ProgramError
from ...oracles.vocabulary import VOCABULARY
from ..adapter import EngineError, op_table
from ..host import EngineHandle, open_engine
from .against import base

USUAL = ("reference", "torch")
"""Who is timed if nobody is named."""
PATIENCE = 60.0
"""Seconds in which a program or script must answer."""


@dataclass(frozen=True, slots=True)
class Entrants:
    """The open engines by what they are called; of a comparison also which is judged by which."""

    engines: Mapping[str, EngineHandle]
    pair: tuple[str, str] | None = None


@contextmanager
def entrants(options: argparse.Namespace) -> Iterator[Entrants]:
    """Open the engines that a command names; raises `ProgramError` or `EngineError`."""
    specs = asked(options)
    with ExitStack() as stack:
        if options.against is None:
            labels = _labels(specs)
            engines = {label: stack.enter_context(_open(spec)) for label, spec in labels.items()}
            names = tuple(engines)
            yield Entrants(engines, (names[0], names[1]) if options.compare else None)
            return
        (spec,) = specs
        before = stack.enter_context(base(spec, options.against))
        head = stack.enter_context(_open(spec))
        try:
            old = stack.enter_context(_open(before.spec, before.python))
        except EngineError as error:
            raise EngineError(f"at {before.label}: {error}", error.traceback) from None
        yield Entrants({before.label: old, "working tree": head}, (before.label, "working tree"))


def asked(options: argparse.Namespace) -> tuple[str, ...]:
    """The ENGINEs of a command; raises `ProgramError` where they do not fit its options."""
    if options.compare and options.engines:
        raise ProgramError("--compare names both engines: give none beside it")
    if options.compare and options.against is not None:
        raise ProgramError("--compare and --against are two ways to name a pair: give one of them")
    if options.against is not None and len(options.engines) != 1:
        raise ProgramError("--against needs one ENGINE, which it finds at that revision, too")
    if options.tripwire <= 1:
        raise ProgramError("--tripwire is a ratio above 1, such as 1.25")
    return tuple(options.compare or options.engines or USUAL)


def _labels(specs: tuple[str, ...]) -> dict[str, str]:
    """A short name for each ENGINE: an adapter in a file goes by its file's name and its own."""
    short = {spec: _short(spec) for spec in specs}
    alike = len({*short.values()}) < len(specs)
    labels = {(spec if alike else short[spec]): spec for spec in specs}
    if len(labels) < len(specs):  # one engine beside itself: how far two processes differ
        labels = {f"{spec} ({k})": spec for k, spec in enumerate(specs, start=1)}
    return labels


def _short(spec: str) -> str:
    path, _, attribute = spec.rpartition(":")
    return f"{PurePath(path).name}:{attribute}" if path.endswith(".py") else spec


def _open(spec: str, python: tuple[str, ...] | None = None) -> EngineHandle:
    return open_engine(spec, op_table(VOCABULARY), python=python, timeout=PATIENCE)
