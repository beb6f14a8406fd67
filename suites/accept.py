"""Known differences that an engine's own `accept.toml` lists, each with a reason and an end.

```toml
[[accept]]
op = "clip"                    # the op to blame, or: check = "G6", a clause of the standard
outcome = "raised"
message = "broadcast"          # optional: a regular expression found in the message
kind = "bug"                   # bug, design or limit
reason = "clip with tensor limits that broadcast raises in backward"
link = "https://…"             # where it is discussed
expires = 2027-06-01           # from then on it counts as a difference again
```

What an entry covers is counted as `accepted` and shown, never as a pass. An entry that covers
nothing any more fails the run, so that the list cannot outlive what it excuses.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..oracles.program import ProgramError
from ..reports.outcomes import OUTCOMES
from ..reports.records import AnyRecord, Check, Run, Verdict

KINDS = ("bug", "design", "limit")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One known difference."""

    reason: str
    kind: Literal["bug", "design", "limit"]
    op: str = ""
    check: str = ""
    outcome: str = ""
    message: str = ""
    link: str = ""
    expires: datetime.date | None = None

    @property
    def name(self) -> str:
        """How an entry is called in messages: what it is about, and why."""
        about = self.check or f"{self.op} {self.outcome}".strip()
        return f"{about}: {self.reason}{f' ({self.link})' if self.link else ''}"

    def covers(self, op: str, outcome: str, message: str) -> bool:
        """Whether it is about this difference of an op."""
        return self.op == op and self.outcome == outcome and bool(re.search(self.message, message))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The entries that are in force."""

    entries: tuple[Entry, ...] = ()
    path: str = ""

    def of_program(self, op: str, outcome: str, message: str) -> Entry | None:
        """The entry that covers a difference which `op` is to blame for."""
        return next((e for e in self.entries if e.covers(op, outcome, message)), None)

    def of_check(self, clause: str, message: str) -> Entry | None:
        """The entry that covers a clause."""
        found = (e for e in self.entries if e.check == clause and re.search(e.message, message))
        return next(found, None)

    def unused(self, records: Sequence[AnyRecord]) -> list[Entry]:
        """The entries that cover nothing in the records of a whole run."""
        used = {r.reason for r in records if isinstance(r, Verdict) and r.outcome == "accepted"}
        used |= {r.reason for r in records if isinstance(r, Check) and r.outcome == "accepted"}
        return [e for e in self.entries if e.name not in used]


def load(path: Path, today: datetime.date) -> Accepted:
    """The entries of a file that have not expired; raises `ProgramError` with one clear line."""
    try:
        data: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProgramError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProgramError(f"{path} is no TOML: {error}") from None
    try:
        entries = msgspec.convert(data, dict[str, list[Entry]]).get("accept", [])
    except msgspec.ValidationError as error:
        raise ProgramError(f"{path}: {error}") from None
    for entry in entries:
        _checked(path, entry)
    return Accepted(tuple(e for e in entries if not e.expires or today < e.expires), str(path))


def _checked(path: Path, entry: Entry) -> None:
    if wrong := _about(entry):
        raise ProgramError(f"{path}: {wrong}: {entry.name}")
    if entry.outcome and (
        entry.outcome not in OUTCOMES or OUTCOMES[entry.outcome].group != "difference"
    ):
        raise ProgramError(f"{path}: {entry.outcome!r} is no difference: {entry.name}")
    said = entry.reason.strip()
    if not said or said.startswith("TODO"):
        why = "has a reason that is still TODO" if said else "gives no reason"
        raise ProgramError(f"{path}: an entry for {entry.check or entry.op} {why}")
    try:
        re.compile(entry.message)
    except re.error as error:
        raise ProgramError(f"{path}: {entry.message!r} is no regular expression: {error}") from None


def _about(entry: Entry) -> str:
    """What is wrong with what an entry is about, which is a check, or an op and an outcome."""
    if entry.check:
        also = "an op" if entry.op else "an outcome" if entry.outcome else ""
        return f"an entry names a check and {also}, but should one of them" if also else ""
    if not entry.op:
        return "an entry names neither a check nor an op"
    kinds = ", ".join(o.name for o in OUTCOMES.values() if o.group == "difference")
    return "" if entry.outcome else f"an entry names an op without its outcome ({kinds})"


def bundled(name: str) -> Path | None:
    """The file of a bundled engine, if there is one."""
    path = Path(__file__).parent / "engines" / f"{name}.toml"
    return path if path.is_file() else None


def in_force(given: str | None, engine: str) -> Accepted:
    """The known differences that a file lists; of a bundled engine, by default, its own."""
    path = Path(given) if given else bundled(engine)
    return load(path, datetime.date.today()) if path else Accepted()


def draft(records: Sequence[AnyRecord]) -> str:
    """A file that would accept every difference of a run, once each has a reason."""
    run = next(r for r in records if isinstance(r, Run))
    head = f"# Known differences of {run.engine} {run.engine_version}. Give each a reason."
    return "\n".join([head, *(_drafted(about) for about in _differences(records)), ""])


def _differences(records: Sequence[AnyRecord]) -> Iterator[dict[str, str]]:
    seen: set[tuple[str, str]] = set()
    for r in records:
        if isinstance(r, Verdict) and OUTCOMES[r.outcome].group == "difference":
            if (r.op, r.outcome) not in seen:
                seen.add((r.op, r.outcome))
                yield {"op": r.op, "outcome": r.outcome, "was": r.message}
        elif isinstance(r, Check) and r.outcome == "differs":
            yield {"check": r.id, "was": r.message}


def _drafted(about: dict[str, str]) -> str:
    was = " ".join(about.pop("was").split())
    lines = [f"# {was[:200]}", "[[accept]]"]
    lines += [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in about.items()]
    return "\n".join(["", *lines, 'kind = "bug"', 'reason = "TODO"', 'link = ""'])
