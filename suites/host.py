"""The host's side of the door: open an engine, give it programs, get its answers."""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from ..oracles.program import Program
from . import worker
from .adapter import Answer, EngineError, Failure, Hello, ProtocolError, UnknownEngine, locate
from .messages import read_answer, read_done, read_hello, start_failure
from .process import Guard, Lost, Worker

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
START = 60.0
"""Seconds in which an engine must be loaded."""
DEATHS = 3
"""An op that is to blame for so many deaths of the worker is no longer offered."""
Run = Callable[[Sequence[Program], str, str], list[Answer]]


class EngineHandle:
    """An open engine; close it, or use it as a context manager."""

    def __init__(
        self, hello: Hello, run: Run, close: Callable[[], None], withdrawn: dict[str, str]
    ) -> None:
        """`run` answers one batch; `withdrawn` says of each op why it is no longer offered."""
        self.hello = hello
        self.withdrawn = withdrawn
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
    target = locate(spec)
    if in_process:
        if target.command:
            raise EngineError(f"{spec} is a process of its own: it cannot run in ours")
        return _inside(target.engine, ops)
    script = str(Path(worker.__file__).resolve())
    command = target.command or (python or sys.executable, script)
    request = {"protocol": worker.PROTOCOL, "engine": target.engine, "ops": ops}
    supervisor = Supervisor(command, request, timeout, memory)
    try:
        hello = supervisor.start()
    except BaseException:
        supervisor.close()
        raise
    handle = EngineHandle(hello, supervisor.answers, supervisor.close, supervisor.withdrawn)
    if not supervisor.watches_memory:
        handle.notes = ("memory is not watched: there is no /proc here",)
    return handle


# ---- in a process of its own -------------------------------------------------------------------


class Supervisor:
    """Keeps a worker running whatever the engine does to it."""

    def __init__(
        self, command: Sequence[str], hello: Mapping[str, Any], timeout: float, memory: int
    ) -> None:
        """`hello` is what the worker is asked first."""
        self._command, self._hello = command, hello
        self._timeout, self._memory = timeout, memory
        self._guard = Guard()
        self._worker: Worker | None = None
        self._fresh = True
        self._seq = 0
        self._survived: Counter[str] = Counter()
        self._fatal: list[Program] = []
        self.watches_memory = False
        self.withdrawn: dict[str, str] = {}

    def start(self) -> Hello:
        """A fresh worker that has said hello; raises `EngineError`."""
        try:
            self._worker = Worker(self._command, self._guard, self._memory)
        except OSError as error:
            raise EngineError(f"cannot run {self._command[0]}: {error.strerror}") from None
        message = {"kind": "hello", "seq": self._next(), **self._hello}
        request = msgspec.json.encode(message) + b"\n"
        try:
            reply = next(self._worker.lines(request, START))
        except Lost as lost:
            self._worker = None
            said = lost.tail.strip().splitlines()[-1:] or ["it printed nothing"]
            raise EngineError(f"the worker {lost} before hello: {said[0]}", lost.tail) from None
        self._worker.settle()
        self.watches_memory, self._fresh = self._worker.watched, True
        return read_hello(reply, self._seq)

    def answers(self, programs: Sequence[Program], dtype: str, device: str) -> list[Answer]:
        """An answer for each program of a batch."""
        found: dict[int, Answer] = {}
        while len(found) < len(programs):
            rest = self._offered(programs, found)
            try:
                batch = self._ask([programs[i] for i in rest], dtype, device)
                found.update(zip(rest, batch, strict=True))
            except Lost:
                first = next(i for i in rest if i not in found)  # what it died of, unless alone
                found[first] = self._alone(programs[first], dtype, device)
        return [found[i] for i in range(len(programs))]

    def _offered(self, programs: Sequence[Program], found: dict[int, Answer]) -> list[int]:
        """The programs still to be asked; those with a withdrawn op are answered here."""
        for i, program in enumerate(programs) if self.withdrawn else ():
            gone = [op for op in program.ops if op in self.withdrawn]
            if gone and i not in found:
                error = Failure("unsupported", "Withdrawn", self.withdrawn[gone[0]])
                found[i] = Answer(error=error)
        return [i for i in range(len(programs)) if i not in found]

    def _alone(self, program: Program, dtype: str, device: str) -> Answer:
        """The answer of a fresh worker, or the verdict that it does not survive the program."""
        if not self._fresh:
            self._stop()
        start = time.monotonic()
        try:
            (answer,) = self._ask([program], dtype, device)
            return answer
        except Lost as lost:
            self._blame(program)
            message = f"the worker {lost}"
            error = Failure(lost.kind, "Lost", message, traceback=lost.tail)
            return Answer(error=error, seconds=time.monotonic() - start)

    def _ask(self, programs: Sequence[Program], dtype: str, device: str) -> Iterator[Answer]:
        """Yield answers as they come; the worker is stopped unless all came."""
        if not programs:
            return
        if self._worker is None:
            self.start()
        assert self._worker is not None
        head = {"kind": "answers", "seq": self._next(), "dtype": dtype, "device": device}
        body = b",".join([program.to_json() for program in programs])
        request = msgspec.json.encode(head)[:-1] + b',"programs":[' + body + b"]}\n"
        complete = False
        try:
            lines = self._worker.lines(request, self._timeout)
            for i, program in enumerate(programs):
                answer = read_answer(next(lines), self._seq, i, program)
                self._fresh = False
                if answer.error is None:
                    self._survived.update(program.ops)
                yield answer
            with suppress(Lost):  # all is answered: a death now is of no program
                read_done(next(lines), self._seq)
                complete = True
        finally:
            if not complete:
                self._stop()

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _blame(self, program: Program) -> None:
        """Withdraw the op that three deaths point at: of each program, the least survived one."""
        self._fatal.append(program)
        suspects = [min(p.ops, key=self._survived.__getitem__) for p in self._fatal if p.ops]
        for op, deaths in Counter(suspects).items():
            if deaths >= DEATHS:
                self.withdrawn[op] = f"{op} is no longer offered: the worker died {deaths} times"

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def close(self) -> None:
        """End the worker and its guard."""
        if self._worker is not None:
            self._worker.leave()
            self._worker = None
        self._guard.close()


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

    return EngineHandle(msgspec.convert(loaded.hello, Hello), run, lambda: None, {})


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
