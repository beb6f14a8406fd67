"""Who takes part: the engines of a command, each open in a process of its own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath

from ...oracles.program import ProgramError
from ...oracles.vocabulary import VOCABULARY
from ..adapter import EngineError, UnknownEngine, op_table
from ..host import EngineHandle, open_engine
from .against import base
from .spread import FEWEST

USUAL = ("reference", "torch")
"""Who is timed if nobody is named."""
PATIENCE = 60.0
"""Seconds in which a program or script must answer."""


@dataclass(frozen=True, slots=True)
class Entrants:
    """The open engines by what they are called; of a comparison also which is judged by which.

    `absent` says of those that did not start why, `pythons` which interpreter has whom.
    """

    engines: Mapping[str, EngineHandle]
    pair: tuple[str, str] | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    pythons: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def entrants(options: argparse.Namespace) -> Iterator[Entrants]:
    """Open the engines that a command names; raises `ProgramError` or `EngineError`."""
    specs = asked(options)
    with ExitStack() as stack:
        if options.against is None:
            yield _together(specs, options, stack)
            return
        (spec,) = specs
        before = stack.enter_context(base(spec, options.against))
        head = stack.enter_context(_open(spec))
        try:
            old = stack.enter_context(_open(before.spec, before.python))
        except EngineError as error:
            raise EngineError(f"at {before.label}: {error}", error.traceback) from None
        yield Entrants({before.label: old, "working tree": head}, (before.label, "working tree"))


def _together(specs: tuple[str, ...], options: argparse.Namespace, stack: ExitStack) -> Entrants:
    """All of a command's engines as they are now; who is absent is said, if it may go on."""
    pythons = interpreters(options.python or (), specs)
    engines: dict[str, EngineHandle] = {}
    absent: dict[str, str] = {}
    labels = _labels(specs)
    for label, spec in labels.items():
        python = (pythons[spec],) if spec in pythons else None
        try:
            engines[label] = stack.enter_context(_open(spec, python))
        except EngineError as error:
            if isinstance(error, UnknownEngine) or not options.keep_going:
                raise
            absent[label] = str(error)
    if not engines:
        raise EngineError("none of these engines starts: " + "; ".join(absent.values()))
    names = tuple(labels)
    pair = (names[0], names[1]) if options.compare else None
    return Entrants(engines, pair, absent, pythons)


def interpreters(given: Sequence[str], specs: Sequence[str]) -> dict[str, str]:
    """The interpreter of each ENGINE that has one of its own; raises `ProgramError`.

    >>> interpreters(["jax=build/engines/jax/bin/python"], ["torch", "jax"])
    {'jax': 'build/engines/jax/bin/python'}
    """
    found = {}
    for text in given:
        spec, equals, path = text.rpartition("=")
        if not equals or not path:
            raise ProgramError(f"--python {text!r} is not ENGINE=PATH")
        if spec not in specs:
            raise ProgramError(f"--python {text!r}: {spec!r} is none of the engines asked for")
        found[spec] = path
    return found


def asked(options: argparse.Namespace) -> tuple[str, ...]:
    """The ENGINEs of a command; raises `ProgramError` where they do not fit its options."""
    if options.compare and options.engines:
        raise ProgramError("--compare names both engines: give none beside it")
    if options.compare and options.against is not None:
        raise ProgramError("--compare and --against are two ways to name a pair: give one of them")
    if options.against is not None and len(options.engines) != 1:
        raise ProgramError("--against needs one ENGINE, which it finds at that revision, too")
    if options.against is not None and options.python:
        raise ProgramError("--against finds both engines in this interpreter: leave out --python")
    if options.compare and options.keep_going:
        raise ProgramError("--compare needs both engines: leave out --keep-going")
    pair = options.compare or options.against is not None
    if options.rounds is not None and options.rounds < (FEWEST if pair else 1):
        raise ProgramError(f"--rounds: at least 1, and {FEWEST} to compare, or nothing is known")
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
