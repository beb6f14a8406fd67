"""What is different between two runs: differences and checks that are new, gone, or still there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .digest import Digest
from .grades import height
from .groups import outcome
from .records import AnyRecord
from .text import one_line, shorten

Key = tuple[str, str, str]
"""What is wrong: (op, outcome, dtype), or (check, "", "")."""
Tried = tuple[str, str, str]
"""What was tried: (suite, op, dtype), or (check, "", "")."""

SHARED = ("graphs", "training")
"""Areas whose programs are about no single op."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Lines about what a run shows that an earlier one did not, and the reverse.

    `partly` says so where one of the two tried only a part of the other.
    """

    before: str
    after: str
    new: tuple[str, ...]
    gone: tuple[str, ...]
    same: int
    grades: tuple[str, str]
    partly: str = ""

    @property
    def worse(self) -> bool:
        """Whether something is wrong now that was not, or the grade is lower."""
        return bool(self.new) or height(self.grades[1]) < height(self.grades[0])

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        if not self.new and not self.gone:
            said = f"nothing changed ({self.same} known)" if self.same else "nothing changed"
        else:
            said = f"{len(self.new)} new, {len(self.gone)} gone, {self.same} as before"
        was, now = (name or "no grade" for name in self.grades)
        became = f"{was} became {now}" if was != now else ""
        return f"Against {self.before}: {'; '.join(p for p in (said, became, self.partly) if p)}."

    def lines(self, most: int = 40) -> list[str]:
        """The sentence, then what is new and what is gone, each in a line."""
        shown = [f"+ {line}" for line in self.new] + [f"- {line}" for line in self.gone]
        more = [f"… and {len(shown) - most} more"] if len(shown) > most else []
        return [self.sentence, *shown[:most], *more]


def changes(before: Sequence[AnyRecord], after: Sequence[AnyRecord]) -> Changes:
    """What the run `after` shows that the run `before` did not, and the reverse.

    A difference is one of an op, its outcome and dtype, whatever its programs; a check goes by its
    id. What one of the two did not try is neither new nor gone. Grades are compared of whole runs.
    """
    old, new = Digest.of(before), Digest.of(after)
    was, now = _differences(old), _differences(new)
    appeared = [line for key, line in now.items() if key not in was and _tried(old, key, new)]
    gone = [line for key, line in was.items() if key not in now and _tried(new, key, old)]
    whole = _whole(old) and _whole(new)
    grades = tuple(d.end.grade if d.end and whole else "" for d in (old, new))
    return Changes(
        before=_who(old),
        after=_who(new),
        new=tuple(appeared),
        gone=tuple(gone),
        same=len(now.keys() & was.keys()),
        grades=(grades[0], grades[1]),
        partly=_partly(_all_tried(old), _all_tried(new)),
    )


def _partly(before: set[Tried], after: set[Tried]) -> str:
    """What of two runs cannot be compared, since one did not try it."""
    said = [
        "only a part of it was tried again" if before - after else "",
        "not all of this was tried before" if after - before else "",
    ]
    return ", and ".join(part for part in said if part)


def _all_tried(digest: Digest) -> set[Tried]:
    """All that a run tried: the programs about an op (or of a family) at a dtype, and checks."""
    programs = {(t.check, t.op, t.dtype) for t in digest.tallies}
    return programs | {(c.id, "", "") for c in digest.checks}


def _differences(digest: Digest) -> dict[Key, str]:
    """Everything that is wrong, in a line each."""
    found: dict[Key, str] = {}
    for v in digest.verdicts:
        if outcome(v.outcome).group == "difference":
            said = shorten(one_line(f"{v.outcome} in {v.op} ({v.dtype}): {v.message}"), 160)
            found.setdefault((v.op, v.outcome, v.dtype), said)
    for c in digest.failed_checks:
        found[c.id, "", ""] = shorten(one_line(f"check {c.id}: {c.message}"), 160)
    return found


def _tried(digest: Digest, key: Key, other: Digest) -> bool:
    """Whether a run tried what a key is about, in every suite in which the other run shows it."""
    op, kind, dtype = key
    if not kind:
        return any(c.id == op and outcome(c.outcome).group != "not run" for c in digest.checks)
    if _whole(digest):
        return op in digest.run.offered and dtype in digest.run.dtypes
    suites = {v.check for v in other.verdicts if (v.op, v.outcome, v.dtype) == key}
    reached = {
        t.check for t in digest.tallies if t.dtype == dtype and (t.op == op or t.area in SHARED)
    }
    return suites <= reached


def _whole(digest: Digest) -> bool:
    """Whether a run tried all that there was."""
    return digest.end is not None and digest.end.status == "complete"


def _who(digest: Digest) -> str:
    run = digest.run
    return one_line(f"{run.engine} {run.engine_version}, {run.profile}, seed {run.seed}")
