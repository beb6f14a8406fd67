"""The records of a run: one JSON object a line in `results.jsonl`, and all else is made from it.

Every record has the key `record`, which names its kind. Arrays inside programs stand as on the
wire; single numbers that may be non-finite stand as text. One writer writes each record as it
happens, so a killed run keeps what it had, and the absence of `end` says that it was killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeAlias

import msgspec

SCHEMA = 1
Json: TypeAlias = Any


class RecordsError(ValueError):
    """A result file that cannot be read or written; the message says what and how to mend it."""


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag=str.lower):
    """What every record is: frozen, and tagged with the name of its class in lower case."""


class Run(Record, frozen=True):
    """First line: who was tried, with what, and how to do it again.

    `spec` and `python` say how the engine was named, and which interpreter has it if not ours.
    """

    engine: str
    engine_version: str
    spec: str
    style: str
    seed: int
    profile: str
    command: str
    started: str
    suites: list[str] = []
    dtypes: list[str] = []
    devices: list[str] = []
    oracles: dict[str, str] = {}
    offered: list[str] = []
    not_offered: list[str] = []
    limits: dict[str, Json] = {}
    configuration: dict[str, Json] = {}
    environment: dict[str, str] = {}
    adapter: str = ""
    gradassay: str = ""
    python: str = ""
    schema: int = SCHEMA


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An op that declined: in how many programs, and what the engine said in the first."""

    op: str
    count: int
    message: str = ""


class Tally(Record, frozen=True):
    """How many programs of one check ended how, for one op (or family), dtype and device.

    `area` is the part of the vocabulary that the op belongs to, such as `linalg`. `declined` names
    the ops that declined, which need not be the one that the programs are about.
    """

    check: str
    op: str
    dtype: str
    device: str
    counts: dict[str, int]
    decided_by: dict[str, int] = {}
    drawn: dict[str, int] = {}
    cpu_seconds: float = 0.0
    area: str = ""
    declined: list[Refusal] = []


class Case(Record, frozen=True):
    """One program, compact. `score` is the error in units of its tolerance; `-1` if none."""

    check: str
    op: str
    dtype: str
    device: str
    outcome: str
    id: str
    oracle: str = ""
    score: float = -1.0
    resolution: float = -1.0


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a program as the report draws it."""

    name: str
    text: str
    op: str = ""
    args: list[int] = []
    shape: list[int] = []
    requires_grad: bool = False
    engine: str = ""
    truth: str = ""
    wrong: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One compared entry: numbers as text, `error` in units of the tolerance."""

    entry: str
    got: str
    want: str
    error: str = ""
    wrong: bool = False
    oracles: dict[str, str] = {}


class Verdict(Record, frozen=True):
    """A program that did not simply agree, in full: enough to understand and to repeat it.

    `program` is the smallest program that still shows it, `original` the one first met.
    `first_wrong` is the number of the first wrong value in `nodes`, or -1. `cases` are the ids of
    the programs that reduce to this one.
    """

    id: str
    check: str
    op: str
    outcome: str
    dtype: str
    device: str
    message: str
    ops: list[str] = []
    got: str = ""
    want: str = ""
    rows: list[Row] = []
    tolerance: str = ""
    oracle: str = ""
    program: Json = None
    original: Json = None
    text: str = ""
    nodes: list[Node] = []
    first_wrong: int = -1
    hint: str = ""
    traceback: str = ""
    script: str = ""
    replay: str = ""
    reason: str = ""
    seen: int = 1
    cases: list[str] = []


class Check(Record, frozen=True):
    """One check of the standard: its specification and what came of it.

    `grade` is the first one that asks for it. Of a check that does not hold, `text` is its script
    as a person reads it, `script` the same as data, `hint` what the failure means.
    """

    id: str
    level: str
    requirement: str
    outcome: str
    specification: str
    message: str = ""
    needs: list[str] = []
    blocked_by: list[str] = []
    grade: str = ""
    reason: str = ""
    text: str = ""
    script: Json = None
    hint: str = ""
    replay: str = ""


class Coverage(Record, frozen=True):
    """What was drawn in one dimension of the generator, and what never was."""

    dimension: str
    drawn: dict[str, int]
    never: list[str] = []


class Profile(Record, frozen=True):
    """A convention of the engine where mathematics leaves a choice."""

    name: str
    observed: str
    torch: str = ""
    jax: str = ""
    strict: str = ""


class Bench(Record, frozen=True):
    """One timed workload: `size` along its `axis`, both passes, of the least round.

    `rounds` are the seconds of every round (forward, backward), `collected` the same with the
    garbage collector on, `calls` how many ops a pass has. `beside` says how many times as long as
    another engine this one took: the median of the rounds and the ends of its interval, which are
    missing where there were too few. `memory` is in bytes, seen by `memory_by`; `objects` is what
    the collector tracks more after the forward pass, -1 if unknown. `why_not`: it could not be
    timed, and why.
    """

    workload: str
    size: int
    engine: str
    device: str
    seconds: dict[str, float]
    memory: dict[str, int] = {}
    axis: str = ""
    calls: int = 0
    rounds: list[tuple[float, float]] = []
    collected: list[tuple[float, float]] = []
    beside: dict[str, list[float]] = {}
    memory_by: str = ""
    objects: int = -1
    why_not: str = ""


class Gauge(Record, frozen=True):
    """A measured figure beside the limit that it must keep.

    `kind` is verdict (on one engine), comparison (of two) or goal (what we set ourselves). `low`
    and `high` are the ends of the interval around `measured`; none if it is not known. `outcome` is
    holds, broken or not known, and of a comparison faster, slower, same or tripped (slower than the
    limit allows). `text` says it in words.
    """

    kind: str
    rule: str
    engine: str
    outcome: str
    text: str
    workload: str = ""
    size: int = 0
    beside: str = ""
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    unit: str = ""


class End(Record, frozen=True):
    """Last line: how the run ended. `status` is complete, incomplete, interrupted or failed.

    `grade` is the grade reached, `short_of` says in a sentence what kept it from the next one,
    `change` what is different from the baseline that was given.
    """

    status: str
    exit_code: int
    seconds: float
    cpu_seconds: float
    counts: dict[str, int]
    sentence: str
    reason: str = ""
    grade: str = ""
    short_of: str = ""
    change: str = ""


AnyRecord: TypeAlias = (
    Run | Tally | Case | Verdict | Check | Coverage | Profile | Bench | Gauge | End
)
_decoder = msgspec.json.Decoder(AnyRecord)


def encode(record: Record) -> bytes:
    """A record as one line of JSON, without the newline."""
    return msgspec.json.encode(record)


def decode(line: bytes | str) -> AnyRecord:
    """A record from its line; raises `msgspec.MsgspecError`."""
    record: AnyRecord = _decoder.decode(line)
    return record


class Writer:
    """Writes records to a file as they happen; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open `path` anew, making its folder if needed; raises `RecordsError`."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.open("wb")
        except OSError as error:
            raise RecordsError(f"cannot write {path}: {error.strerror}") from None
        self.path = path

    def write(self, *records: Record) -> None:
        """Append records and hand them to the operating system."""
        self._file.write(b"".join(encode(r) + b"\n" for r in records))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Writer:
        """The writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()


def read(path: Path) -> list[AnyRecord]:
    """The records of a result file. A last line cut short is left out; other damage is an error.

    A file without an `End` record was cut short or its run was killed: callers see that by
    looking for one, and say so.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise RecordsError(f"cannot read {path}: {error.strerror}") from None
    return list(_decoded(path, lines))


def _decoded(path: Path, lines: list[bytes]) -> Iterator[AnyRecord]:
    for number, line in enumerate(lines, start=1):
        try:
            record = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if number == len(lines) and number > 1:
                return
            raise RecordsError(
                f"{path}, line {number}, is no record of gradassay ({error}). "
                "Give the results.jsonl that `gradassay check` wrote."
            ) from None
        if number == 1 and not isinstance(record, Run):
            raise RecordsError(f"{path} does not begin with a run record; is it a results.jsonl?")
        yield record
