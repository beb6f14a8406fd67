"""The host's side of the door: open an engine, give it programs, get its answers."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from ..oracles.program import Program
from . import worker
from .adapter import (
    Answer,
    EngineError,
    Failure,
    Hello,
    ProtocolError,
    Result,
    Timed,
    UnknownEngine,
    locate,
)
from .messages import start_failure
from .supervisor import TIMING, Supervisor

__all__ = [
    "Answer",
    "EngineError",
    "EngineHandle",
    "Failure",
    "Hello",
    "ProtocolError",
    "Timed",
    "UnknownEngine",
    "open_engine",
]

BATCH = 32
Run = Callable[[Sequence[Program], str, str, bool], Iterable[Answer]]
Play = Callable[[bytes, int, str, str, float], tuple[Result, ...] | Failure]
Clock = Callable[[Mapping[str, Any], bytes, float], Timed | Failure]


class EngineHandle:
    """An open engine; close it, or use it as a context manager."""

    def __init__(
        self,
        hello: Hello,
        run: Run,
        play: Play,
        clock: Clock,
        renew: Callable[[], None],
        close: Callable[[], None],
        withdrawn: dict[str, str],
    ) -> None:
        """`run` answers a batch, `play` a script, `clock` times, `renew` gets a fresh process.

        `withdrawn` says why an op is gone.
        """
        self.hello = hello
        self.withdrawn = withdrawn
        self.notes: tuple[str, ...] = ()
        self._run, self._play, self._clock = run, play, clock
        self._renew, self._close = renew, close

    @property
    def isolated(self) -> bool:
        """Whether the engine has a process of its own, which can be had afresh."""
        return self._renew is not _nothing

    def answers(
        self,
        programs: Sequence[Program],
        dtype: str = "float64",
        device: str = "cpu",
        again: bool = False,
    ) -> Iterator[Answer]:
        """An answer for each program, in order, while the engine works ahead on the next.

        Reading two of these in turns is right but slow: each starts the engine anew. `again`: what
        is known is looked at more closely; that it, or a part of it, kills the engine once more
        withdraws no op, and a withdrawn op is asked all the same.
        """
        for first in range(0, len(programs), BATCH):
            yield from self._run(programs[first : first + BATCH], dtype, device, again)

    def script(
        self,
        steps: bytes,
        count: int,
        dtype: str = "float64",
        device: str = "cpu",
        patience: float = 1.0,
    ) -> tuple[Result, ...] | Failure:
        """What came of each step of a script (`steps`: their JSON), or why the worker died.

        A script may take `patience` times as long as a program.
        """
        return self._play(steps, count, dtype, device, patience)

    def times(
        self,
        program: Program,
        dtype: str = "float64",
        device: str = "cpu",
        *,
        rounds: int = 3,
        memory: bool = False,
        limit: float = TIMING,
    ) -> Timed | Failure:
        """The seconds of each forward and backward pass inside the engine, or why there are none.

        `memory`: also what they take, which costs two passes more. All must take no more than
        `limit` seconds.
        """
        asked = {"dtype": dtype, "device": device, "rounds": rounds, "memory": memory}
        return self._clock(asked, program.to_json(), limit)

    def renew(self) -> None:
        """Forget the engine's process, whose state may be broken: the next request starts another.

        An engine in our own process stays as it is.
        """
        self._renew()

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
    python: str | Sequence[str] | None = None,
    in_process: bool = False,
    timeout: float = 10.0,
    memory: int = 4 << 30,
) -> EngineHandle:
    """Start the engine that ENGINE names; raises `EngineError`.

    `ops` is the op table (`op_table`), `python` the interpreter that has the engine, perhaps with
    arguments before the worker's file, `timeout` the seconds that a program may take, `memory` the
    bytes that the worker may add to its start.
    """
    target = locate(spec)
    if in_process:
        if target.command:
            raise EngineError(f"{spec} is a process of its own: it cannot run in ours")
        return _loaded(target.engine, ops)
    script = str(Path(worker.__file__).resolve())
    start = (python or sys.executable,) if python is None or isinstance(python, str) else python
    command = target.command or (*start, script)
    request = {"protocol": worker.PROTOCOL, "engine": target.engine, "ops": ops}
    supervisor = Supervisor(command, request, timeout, memory)
    try:
        hello = supervisor.start()
    except BaseException:
        supervisor.close()
        raise
    handle = EngineHandle(
        hello,
        supervisor.answers,
        supervisor.script,
        supervisor.times,
        supervisor.renew,
        supervisor.close,
        supervisor.withdrawn,
    )
    if not supervisor.watches_memory:
        handle.notes = ("memory is not watched: there is no /proc here",)
    return handle


# ---- in our own process ------------------------------------------------------------------------


def _loaded(engine: str, ops: Mapping[str, Any]) -> EngineHandle:
    """The engine that `package.module:attr` or `path/file.py:attr` names, in our process."""
    try:
        loaded = worker.Engine.load(engine, ops)
    except (Exception, SystemExit) as error:
        facts = worker.describe(error)
        raise EngineError(start_failure(facts), facts["traceback"]) from error
    return inside(loaded)


def inside(loaded: worker.Engine) -> EngineHandle:
    """An engine without a process around it, for a debugger."""

    def run(programs: Sequence[Program], dtype: str, device: str, again: bool) -> list[Answer]:
        with _own_state():
            return [
                _from_outcome(loaded.run(p.leaves, p.calls, p.outputs, dtype, device))
                for p in programs
            ]

    def play(
        steps: bytes, count: int, dtype: str, device: str, patience: float
    ) -> tuple[Result, ...]:
        read = worker.read_steps(msgspec.json.decode(steps))
        with _own_state():
            return tuple(map(_from_step, worker.Script(loaded, dtype, device).run(read)))

    def clock(asked: Mapping[str, Any], program: bytes, limit: float) -> Timed | Failure:
        ready = worker.read_program(msgspec.json.decode(program))
        with _own_state():
            try:
                return msgspec.convert(worker.timed(loaded, *ready, **asked)._asdict(), Timed)
            except Exception as error:
                return Failure(**loaded.failure(error))

    return EngineHandle(
        msgspec.convert(loaded.hello, Hello), run, play, clock, _nothing, _nothing, {}
    )


def _nothing() -> None:
    """An engine without a process of its own has none to renew or to end."""


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


def _from_step(result: Mapping[str, Any]) -> Result:
    if "error" not in result:
        return Result(**result)
    if result["error"].get("type") == "KeyboardInterrupt":
        raise KeyboardInterrupt  # here it is the user's
    return Result(error=Failure(**result["error"]))


def _from_outcome(outcome: worker.Outcome) -> Answer:
    if outcome.error is not None:
        if outcome.error["type"] == "KeyboardInterrupt":
            raise KeyboardInterrupt  # here it is the user's
        return Answer(error=Failure(**outcome.error), seconds=outcome.seconds)
    values, grads, mutated, _, seconds = outcome
    return Answer(tuple(values), tuple(grads), tuple(mutated), None, seconds)
