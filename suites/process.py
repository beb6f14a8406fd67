"""One worker process: start it, talk to it, watch it, kill it.

**Whatever the engine does, `lines` comes back**: with a line, or with `Lost`, after which the
process group is dead and waited for.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from .adapter import EngineError, ProtocolError
from .footprint import Footprint
from .guard import MARK, kill_all
from .messages import NO_NUMPY, without_numpy

TICK = 0.1
"""Seconds between two looks at memory, output and death."""
CHUNK = 64 << 10
"""Bytes read at once: small enough for the allocator to keep at hand."""
LONGEST_LINE = 64 << 20
MOST_OUTPUT = 64 << 20
"""Bytes that an engine may print while it answers one request."""
TAIL = 4000
ERROR = re.compile(r"\s*([\w.:]*(Error|Exception)\b|thread '.*' panicked|panic: |fatal error: )")
"""How the line begins in which a runtime says what ended it: Python's, Node's, Rust's, Go's."""
FAREWELL = 0.5
"""Seconds in which a worker may end by itself after `bye`."""


class Lost(Exception):  # noqa: N818  not an error of ours
    """The worker is gone: `kind` is `crashed` or `timed out`, `tail` the end of what it printed."""

    def __init__(self, kind: str, message: str, tail: str) -> None:
        """See the class."""
        super().__init__(message)
        self.kind, self.tail = kind, tail

    @property
    def told(self) -> str:
        """What happened, and of a death the line in which the worker itself says why."""
        why = next((line for line in reversed(self.tail.splitlines()) if ERROR.match(line)), "")
        return f"{self}: {why.strip()[:200]}" if why and self.kind == "crashed" else str(self)


class Guard:
    """The process that kills our workers if we die (guard.py)."""

    def __init__(self) -> None:
        """Start it, in a session of its own, so that no signal for us reaches it."""
        script = str(Path(__file__).with_name("guard.py"))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", script], stdin=subprocess.PIPE, start_new_session=True
        )

    def tell(self, sign: str, group: int, mark: str) -> None:
        """`+`: the group is there; `-`: it is gone."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # somebody killed the guard: we go on without
            self._process.stdin.write(f"{sign}{group} {mark}\n".encode())
            self._process.stdin.flush()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._process.communicate()


class Worker:
    """A process that speaks the wire, in its own session and process group."""

    def __init__(self, command: Sequence[str], guard: Guard, memory: int) -> None:
        """Start `command`; `memory` is what it may add to its size after the first `settle`."""
        self._mark = uuid.uuid4().hex
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115  closed by `kill`
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                bufsize=0,
                start_new_session=True,
                env={**os.environ, "PYTHONHASHSEED": "0", MARK: self._mark},
            )
        except BaseException:
            self._log.close()
            raise
        self._guard, self._memory, self._program = guard, memory, command[0]
        guard.tell("+", self.pid, self._mark)
        self._footprint = Footprint(self.pid, self._mark)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._unsent, self._received = memoryview(b""), bytearray()
        self._most: int | None = None
        self._alive = True

    @property
    def pid(self) -> int:
        """The process, and its group."""
        return self._process.pid

    @property
    def watched(self) -> bool:
        """Whether memory can be watched here."""
        return self._footprint.bytes() is not None

    def settle(self) -> None:
        """The engine is loaded: from here on memory counts."""
        size = self._footprint.bytes()
        self._most = None if size is None else size + self._memory

    def lines(self, request: bytes, timeout: float) -> Iterator[bytes]:
        """Send a request and yield reply lines, each within `timeout` seconds of the one before."""
        self._log.truncate(0)
        self._unsent = memoryview(request)
        while True:
            yield self._line(timeout)

    def _line(self, timeout: float) -> bytes:
        searched, start = 0, time.monotonic()
        looked = start
        while self._alive:
            end = self._received.find(b"\n", searched)
            if end >= 0:
                line = bytes(self._received[:end])
                del self._received[: end + 1]
                return line
            searched = len(self._received)
            if searched > LONGEST_LINE:
                self.kill()
                raise ProtocolError(f"a line is longer than {LONGEST_LINE >> 20} MiB")
            heard = self._exchange()
            now = time.monotonic()
            if not heard or now - looked > TICK:
                looked = now
                self._look(heard)
                if now - start > timeout:
                    raise self._lost("timed out", f"gave no answer within {timeout:g} s")
        raise Lost("crashed", "was replaced", "")

    def _exchange(self) -> bool:
        """Write and read what the pipes take now; false if nothing came within a tick."""
        waiting = [self._in] if self._unsent else []
        readable, writable, _ = select.select([self._out], waiting, [], TICK)
        if writable:
            try:
                self._unsent = self._unsent[os.write(self._in, self._unsent) :]
            except BlockingIOError:
                pass
            except OSError:
                self._unsent = memoryview(b"")  # it reads no more: its death will show
        if not readable:
            return False
        chunk = os.read(self._out, CHUNK)
        if not chunk:
            raise self._lost("crashed")
        self._received += chunk
        return True

    def _look(self, heard: bool) -> None:
        """Raise `Lost` if the worker is dead, too big or too loud."""
        size = self._footprint.bytes()
        if not heard and self._ended():
            raise self._lost("crashed")  # a child that it forked may still hold the pipe
        if size is not None and self._most is not None and size > self._most:
            raise self._lost("crashed", f"used more than {self._memory >> 20} MiB of memory")
        if os.fstat(self._log.fileno()).st_size > MOST_OUTPUT:
            raise self._lost("crashed", f"printed more than {MOST_OUTPUT >> 20} MiB")

    def _lost(self, kind: str, why: str = "") -> Lost | EngineError:
        if not why and not self._ended(FAREWELL):
            why = "closed the wire"
        tail = self._tail()
        status = self.kill()
        if self._most is None and tail.rstrip().endswith(NO_NUMPY):
            return EngineError(without_numpy(self._program), tail)  # before it could say hello
        return Lost(kind, why or ending(status), tail)

    def _ended(self, patience: float = 0.0) -> bool:
        """Whether the process has ended; it stays to be waited for, so its number stays ours."""
        until = time.monotonic() + patience
        while not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if time.monotonic() >= until:
                return False
            time.sleep(0.002)
        return True

    def _tail(self) -> str:
        size = os.fstat(self._log.fileno()).st_size
        data = os.pread(self._log.fileno(), TAIL, max(0, size - TAIL))
        return data.decode("utf-8", "replace")

    def leave(self) -> None:
        """Let the worker end by itself, then kill whatever remains."""
        if not self._alive:
            return
        with contextlib.suppress(OSError):
            os.write(self._in, b'{"kind": "bye", "seq": -1}\n')
        self._ended(FAREWELL)
        self.kill()

    def kill(self) -> int:
        """Kill all that it started and wait; the worker's exit status, negative for a signal."""
        if self._alive:
            self._alive = False
            kill_all(self.pid, self._mark)
            # While the number is still ours: we have not waited.
            self._guard.tell("-", self.pid, self._mark)
            self._process.wait()
            for end in (self._process.stdin, self._process.stdout, self._log):
                with contextlib.suppress(OSError):
                    end.close()  # type: ignore[union-attr]
        return self._process.returncode


def ending(status: int) -> str:
    """`was killed by SIGSEGV` or `ended with status 3`."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
