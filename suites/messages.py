"""What a worker's reply lines say, checked: anything but docs/wire.md is a `ProtocolError`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..oracles.program import Program
from .adapter import Answer, EngineError, Failure, Hello, ProtocolError, Result, Timed
from .worker import PROTOCOL, decode_array


class WireArray(msgspec.Struct, frozen=True):
    """An array as it travels: its bytes, or the file that holds them."""

    dtype: str
    shape: tuple[int, ...]
    b64: bytes | None = None
    file: str | None = None

    def decode(self) -> Any:
        """The array itself."""
        data = self.b64 if self.file is None else Path(self.file).read_bytes()
        return decode_array(self.dtype, self.shape, data or b"")


class WireResult(msgspec.Struct, frozen=True):
    """What came of one step of a script, as it travels."""

    array: WireArray | None = None
    none: bool = False
    flag: bool | None = None
    data: Any = None
    error: Failure | None = None

    def decode(self) -> Result:
        """The same with its arrays."""
        array = None if self.array is None else self.array.decode()
        return Result(array, self.none, self.flag, self.data, self.error)


class Reply(msgspec.Struct, frozen=True):
    """A reply to `answers`, or to a request that the worker could not read."""

    seq: int | None
    i: int | None = None
    done: bool = False
    values: tuple[WireArray, ...] = ()
    grads: tuple[WireArray | None, ...] = ()
    mutated: tuple[int, ...] = ()
    error: Failure | None = None
    seconds: float = 0.0
    steps: tuple[WireResult, ...] = ()


class TimeReply(Timed, frozen=True, kw_only=True):
    """A reply to `time`."""

    seq: int | None
    error: Failure | None = None


R = TypeVar("R", Reply, TimeReply)
_DECODER = msgspec.json.Decoder(Reply)
NO_NUMPY = "No module named 'numpy'"
"""What Python says as the worker's own file is read."""
_TIMES = msgspec.json.Decoder(TimeReply)


def read_hello(line: bytes, seq: int) -> Hello:
    """The engine's facts; raises `EngineError` with the worker's reason if it has none."""
    try:
        facts: Any = msgspec.json.decode(line, type=dict[str, Any])
        if facts.get("seq") != seq:
            raise ProtocolError(f"hello came with seq {facts.get('seq')}, but should with {seq}")
        if not facts.get("ok"):
            error = msgspec.convert(facts.get("error"), Failure)
            named = {"type": error.type, "message": error.message}
            raise EngineError(start_failure(named), error.traceback)
        if facts.get("protocol") != PROTOCOL:
            raise ProtocolError(
                f"the worker speaks protocol {facts.get('protocol')}, not {PROTOCOL}"
            )
        return msgspec.convert(facts, Hello)
    except msgspec.MsgspecError as error:
        raise _garbage(line, error) from None


def read_answer(line: bytes, seq: int, i: int, program: Program) -> Answer:
    """The answer to program `i` of the batch."""
    reply = _reply(line, seq, _DECODER)
    if reply.done or reply.i != i:
        raise ProtocolError(f"expected the answer to program {i}, got {_shown(line)}")
    if reply.error is not None:
        return Answer(error=reply.error, seconds=reply.seconds)
    wanted = len(program.outputs), len(program.leaves)
    if (len(reply.values), len(reply.grads)) != wanted:
        given = f"{len(reply.values)} values and {len(reply.grads)} gradients"
        raise ProtocolError(f"{given} came for {wanted[0]} outputs and {wanted[1]} leaves")
    try:
        values = tuple([array.decode() for array in reply.values])
        grads = tuple([None if g is None else g.decode() for g in reply.grads])
    except (ValueError, TypeError, OSError) as error:
        raise _garbage(line, error) from None
    return Answer(values, grads, reply.mutated, None, reply.seconds)


def read_results(line: bytes, seq: int, count: int) -> tuple[Result, ...]:
    """What came of the `count` steps of a script; of one that is not supported, so each step."""
    reply = _reply(line, seq, _DECODER)
    if reply.error is not None and reply.error.kind == "unsupported":
        return (Result(error=reply.error),) * count
    if reply.error is not None:
        raise ProtocolError(f"the worker refused a script: {reply.error.message}")
    if len(reply.steps) != count:
        raise ProtocolError(f"{len(reply.steps)} results came for {count} steps")
    try:
        return tuple([step.decode() for step in reply.steps])
    except (ValueError, TypeError, OSError) as error:
        raise _garbage(line, error) from None


def read_times(line: bytes, seq: int) -> Timed | Failure:
    """The seconds of each forward and backward pass, or why there are none."""
    reply = _reply(line, seq, _TIMES)
    return reply if reply.error is None else reply.error


def read_done(line: bytes, seq: int) -> None:
    """The end of a batch."""
    if not _reply(line, seq, _DECODER).done:
        raise ProtocolError(f"expected the end of the batch, got {_shown(line)}")


def start_failure(facts: Mapping[str, Any]) -> str:
    """One line that says why an engine did not start."""
    if facts["type"] in ("AdapterError", ""):
        return str(facts["message"])
    return f"{facts['type']}: {facts['message']}"


def without_numpy(python: str) -> str:
    """One line for an interpreter that cannot run the worker itself.

    >>> without_numpy("engine/bin/python")
    'engine/bin/python has no numpy, which the worker needs: engine/bin/python -m pip install numpy'
    """
    return (
        f"{python} has no numpy, which the worker needs: {shlex.quote(python)} -m pip install numpy"
    )


def _reply(line: bytes, seq: int, decoder: msgspec.json.Decoder[R]) -> R:
    try:
        reply = decoder.decode(line)
    except msgspec.MsgspecError as error:
        raise _garbage(line, error) from None
    if reply.seq != seq:
        raise ProtocolError(f"a reply came with seq {reply.seq}, but should with {seq}")
    return reply


def _garbage(line: bytes, error: Exception) -> ProtocolError:
    return ProtocolError(f"the worker broke the protocol: {error}: {_shown(line)}")


def _shown(line: bytes) -> str:
    return line[:120].decode("utf-8", "replace")
