"""Keeps an engine's worker running: batches, restarts, verdicts on deaths, withdrawn ops.

**A death is held against a program only if a fresh worker dies of it alone.** To break the protocol
is to die; but a worker that has never answered anything is no engine at all, and ends the run.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from typing import Any

import msgspec

from ..oracles.program import Program
from .adapter import Answer, EngineError, Failure, Hello, ProtocolError, Result, Timed
from .messages import read_answer, read_done, read_hello, read_results, read_times
from .process import Guard, Lost, Worker

START = 60.0
"""Seconds in which an engine must be loaded."""
TIMING = 120.0
"""Seconds that one message of timing may take."""
DEATHS = 3
"""An op that is to blame for so many deaths of the worker is no longer offered."""


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
        self._fresh, self._busy = True, False
        self._seq = 0
        self._survived: Counter[str] = Counter()
        self._fatal: list[Program] = []
        self._answered = False
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
            hello = read_hello(next(self._worker.lines(request, START)), self._seq)
        except Lost as lost:
            said = lost.tail.strip().splitlines()[-1:] or ["it printed nothing"]
            why = lost.told.partition(": ")[2] or said[0]
            raise EngineError(f"the worker {lost} before hello: {why}", lost.tail) from None
        except EngineError:
            self._stop()
            raise
        self._worker.settle()
        self.watches_memory, self._fresh = self._worker.watched, True
        return hello

    def answers(
        self, programs: Sequence[Program], dtype: str, device: str, again: bool
    ) -> Iterator[Answer]:
        """An answer for each program of a batch; the worker runs ahead while they are read."""
        done = 0
        while done < len(programs):
            offered = takewhile(lambda p: self._refusal(p, again) is None, programs[done:])
            try:
                for answer in self._ask(list(offered), dtype, device):
                    done += 1
                    yield answer
            except Lost:
                done += 1
                yield self._alone(programs[done - 1], dtype, device, again)
            if done < len(programs) and (refusal := self._refusal(programs[done], again)):
                done += 1
                yield refusal

    def _refusal(self, program: Program, again: bool) -> Answer | None:
        """The answer to a program that holds a withdrawn op, unless it is looked at again."""
        for k, op in enumerate(program.ops if self.withdrawn and not again else ()):
            if op in self.withdrawn:
                why = self.withdrawn[op]
                return Answer(error=Failure("unsupported", "Withdrawn", why, f"call {k}"))
        return None

    def _alone(self, program: Program, dtype: str, device: str, again: bool) -> Answer:
        """The answer of a fresh worker, or the verdict that it does not survive the program."""
        if not self._fresh:
            self._stop()
        start = time.monotonic()
        try:
            (answer,) = self._ask([program], dtype, device)
            return answer
        except Lost as lost:
            if not again:
                self._blame(program)
            name = "Crashed" if lost.kind == "crashed" else "TimedOut"
            error = Failure(lost.kind, name, f"the worker {lost.told}", traceback=lost.tail)
            return Answer(error=error, seconds=time.monotonic() - start)

    def script(
        self, steps: bytes, count: int, dtype: str, device: str, patience: float
    ) -> tuple[Result, ...] | Failure:
        """What came of each of `count` steps, given as JSON; or why a fresh worker died of them."""
        timeout = self._timeout * patience
        worker = self._ready()
        if not self._fresh:
            with suppress(Lost):
                return self._steps(worker, steps, count, dtype, device, timeout)
            self._stop()
            worker = self._ready()
        try:
            return self._steps(worker, steps, count, dtype, device, timeout)
        except Lost as lost:
            self._stop()
            name = "Crashed" if lost.kind == "crashed" else "TimedOut"
            return Failure(lost.kind, name, f"the worker {lost.told}", traceback=lost.tail)

    def _steps(
        self,
        worker: Worker,
        steps: bytes,
        count: int,
        dtype: str,
        device: str,
        timeout: float,
    ) -> tuple[Result, ...]:
        head = {"kind": "script", "seq": self._next(), "dtype": dtype, "device": device}
        request = msgspec.json.encode(head)[:-1] + b',"steps":' + steps + b"}\n"
        with self._heeding():
            line = next(worker.lines(request, timeout))
            self._fresh = False
            return read_results(line, self._seq, count)

    def times(
        self, request: Mapping[str, Any], program: bytes, limit: float = TIMING
    ) -> Timed | Failure:
        """The seconds of each pass of a program, or why there are none after `limit` seconds."""
        worker = self._ready()
        head = msgspec.json.encode({"kind": "time", "seq": self._next(), **request})
        lines = worker.lines(head[:-1] + b',"program":' + program + b"}\n", limit)
        try:
            return read_times(next(lines), self._seq)
        except Lost as lost:
            self._stop()
            return Failure(lost.kind, "Lost", f"the worker {lost.told}", traceback=lost.tail)

    def _ready(self) -> Worker:
        """A worker that waits for a request."""
        if self._busy:
            self._stop()  # whoever reads the other batch asks again for what is missing
        if self._worker is None:
            self.start()
        assert self._worker is not None
        return self._worker

    def _ask(self, programs: Sequence[Program], dtype: str, device: str) -> Iterator[Answer]:
        """Yield answers as they come; a worker whose answers are not all read is replaced."""
        if not programs:
            return
        worker = self._ready()
        seq, self._busy = self._next(), True
        head = {"kind": "answers", "seq": seq, "dtype": dtype, "device": device}
        body = b",".join([program.to_json() for program in programs])
        lines = worker.lines(
            msgspec.json.encode(head)[:-1] + b',"programs":[' + body + b"]}\n", self._timeout
        )
        complete = False
        try:
            for i, program in enumerate(programs):
                with self._heeding():
                    answer = read_answer(next(lines), seq, i, program)
                self._fresh, self._answered = False, True
                if answer.error is None:
                    self._survived.update(program.ops)
                yield answer
            with suppress(Lost), self._heeding():  # all is answered: a death is of no program
                read_done(next(lines), seq)
                complete = True
        finally:
            if self._worker is worker:
                self._busy = False
                if not complete:
                    self._stop()

    @contextmanager
    def _heeding(self) -> Iterator[None]:
        """A breach of the protocol is a death, if the worker ever kept to it."""
        try:
            yield
        except ProtocolError as breach:
            if not self._answered:
                raise
            said = str(breach).removeprefix("the worker broke the protocol: ")
            raise Lost("crashed", f"broke the protocol: {said}", "") from None

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

    def renew(self) -> None:
        """End the worker; the next request starts another."""
        self._stop()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker, self._busy = None, False

    def close(self) -> None:
        """End the worker and its guard."""
        if self._worker is not None:
            self._worker.leave()
            self._worker = None
        self._guard.close()
