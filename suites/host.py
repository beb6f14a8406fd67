"""The host's side of the door: open an engine, give it programs, get its answers."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from ..oracles.program import Program
from . import worker
from .adapter import Answer, EngineError, Failure, Hello, ProtocolError, UnknownEngine, locate

__all__ = [
    "Answer",
    "EngineError",
    "EngineHandle",
    "Failure",
    "Hello",
    "ProtocolError",
    "UnknownEngine",
    "open_engine",
]

BATCH = 32
Run = Callable[[Sequence[Program], str, str], list[Answer]]


class EngineHandle:
    """An open engine; close it, or use it as a context manager."""

    def __init__(self, hello: Hello, run: Run, close: Callable[[], None]) -> None:
        """`run` answers one batch."""
        self.hello = hello
        self.withdrawn: dict[str, str] = {}
        self.notes: tuple[str, ...] = ()
        self._run, self._close = run, close

    def answers(
        self, programs: Sequence[Program], dtype: str = "float64", device: str = "cpu"
    ) -> Iterator[Answer]:
        """An answer for each program, in order."""
        for first in range(0, len(programs), BATCH):
            yield from self._run(programs[first : first + BATCH], dtype, device)

    def close(self) -> None:
        """End the engine's process."""
        self._close()

    def __enter__(self) -> Self:
        """The handle itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def open_engine(
    spec: str,
    ops: Mapping[str, Any],
    *,
    python: str | None = None,
    in_process: bool = False,
    timeout: float = 10.0,
    memory: int = 4 << 30,
) -> EngineHandle:
    """Start the engine that ENGINE names; raises `EngineError`.

    `ops` is the op table (`op_table`), `python` the interpreter that has the engine, `timeout` the
    seconds that a program may take, `memory` the bytes that the worker may add to its start.
    """
    return _inside(locate(spec).engine, ops)


# ---- in our own process ------------------------------------------------------------------------


def _inside(engine: str, ops: Mapping[str, Any]) -> EngineHandle:
    """The engine without a process around it, for a debugger."""
    try:
        loaded = worker.Engine.load(engine, ops)
    except Exception as error:
        facts = worker.describe(error)
        raise EngineError(start_failure(facts), facts["traceback"]) from error

    def run(programs: Sequence[Program], dtype: str, device: str) -> list[Answer]:
        with _own_state():
            return [
                _from_outcome(loaded.run(p.leaves, p.calls, p.outputs, dtype, device))
                for p in programs
            ]

    return EngineHandle(msgspec.convert(loaded.hello, Hello), run, lambda: None)


@contextmanager
def _own_state() -> Iterator[None]:
    """Keep our random state and warnings from the engine."""
    ours, numpys = random.getstate(), np.random.get_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(ours)
        np.random.set_state(numpys)


def _from_outcome(outcome: worker.Outcome) -> Answer:
    if outcome.error is not None:
        if outcome.error["type"] == "KeyboardInterrupt":
            raise KeyboardInterrupt  # here it is the user's
        return Answer(error=Failure(**outcome.error), seconds=outcome.seconds)
    values, grads, mutated, _, seconds = outcome
    return Answer(tuple(values), tuple(grads), tuple(mutated), None, seconds)


def start_failure(facts: Mapping[str, Any]) -> str:
    """One line that says why an engine did not start."""
    ours = facts["type"] == "AdapterError"
    return str(facts["message"] if ours else f"{facts['type']}: {facts['message']}")
