"""The summary on the terminal: at most about forty lines, and the verdict is the last of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from .digest import Digest
from .groups import FailureGroup, outcome
from .outcomes import Group
from .records import AnyRecord, Check, Refusal, Verdict
from .text import DASH, TIMES, clean, number, one_line, shorten

MOST_GROUPS, MOST_CHECKS, MOST_PROGRAM, MOST_SCRIPT = 8, 4, 8, 10
_COLOUR: dict[Group, str] = {
    "pass": "32",
    "difference": "31",
    "unproven": "35",
    "not run": "2",
}


def summary(
    records: Sequence[AnyRecord], *, color: bool, width: int, paths: Iterable[str] = ()
) -> str:
    """Counts, failure groups, the smallest failing program, `paths`, and last the verdict.

    `paths` are lines such as `report: .gradassay/e/report.html`. Text from an engine is stripped
    of control characters, so it cannot steer the terminal.
    """
    digest = Digest.of(records)
    width = max(40, width)
    blocks = [
        _counts(digest, color, width),
        [*(line for part in (_groups, _checks, _declined) for line in part(digest, color, width))],
        _program(digest.smallest, width) or _script(digest.failed_checks[:1], width),
        [shorten(p, 400) for p in paths],
        _verdict(digest, color, width),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _paint(text: str, group: Group, color: bool) -> str:
    return f"\x1b[{_COLOUR[group]}m{text}\x1b[0m" if color else text


def _counts(digest: Digest, color: bool, width: int) -> list[str]:
    """Outcomes side by side, as many in a line as fit."""
    lines: list[str] = []
    used = width
    for name, n in digest.counts.items():
        known = outcome(name)
        word = f"{known.symbol} {shorten(name, 30)} {number(n)}"
        if used + len(word) + 3 > width:
            lines.append("")
            used = 0
        lines[-1] += ("   " if used else "") + _paint(word, known.group, color)
        used += len(word) + 3
    held = textwrap.wrap(f"{digest.proved_nothing} {digest.held}", width)
    return [*lines[:4], *held]


def _groups(digest: Digest, color: bool, width: int) -> list[str]:
    shared = textwrap.wrap(digest.shared, width)
    lines = [_group(g, color, width) for g in digest.failures[: MOST_GROUPS - len(shared)]]
    left_out = len(digest.failures) - len(lines)
    more = [f"… and {number(left_out)} more groups in the report"] if left_out else []
    return [*lines, *more, *shared]


def _group(found: FailureGroup, color: bool, width: int) -> str:
    head = f"{found.outcome.symbol} {found.outcome.name}: {shorten(found.op, 40)}"
    if found.wrong_op and found.wrong_op != found.op:
        head += f" (first wrong at {shorten(found.wrong_op, 30)})"
    head += f" {TIMES}{number(found.seen)}"
    rest = shorten(found.smallest.message, max(0, width - len(head) - 2))
    return _paint(head, found.outcome.group, color) + (f"  {rest}" if len(rest) > 8 else "")


def _checks(digest: Digest, color: bool, width: int) -> list[str]:
    lines = []
    for check in digest.failed_checks[:MOST_CHECKS]:
        known = outcome(check.outcome)
        said = f"{known.symbol} check {check.id}: {check.message or check.specification}"
        lines.append(_paint(shorten(said, width), known.group, color))
    left_out = len(digest.failed_checks) - len(lines)
    return [*lines, f"… and {number(left_out)} more checks in the report"] if left_out else lines


def _declined(digest: Digest, color: bool, width: int) -> list[str]:
    """The op that declined most often, with what the engine said; then the others."""
    if not digest.declined:
        return []
    most, *others = digest.declined
    head = f"{DASH} declined: {_times(most)}"
    rest = shorten(most.message, max(0, width - len(head) - 2))
    lines = [_paint(head, "not run", color) + (f"  {rest}" if len(rest) > 8 else "")]
    if others:
        named = shorten(f"{DASH} declined too: {', '.join(map(_times, others))}", width)
        lines.append(_paint(named, "not run", color))
    return lines


def _times(refusal: Refusal) -> str:
    return f"{shorten(refusal.op, 40)} {TIMES}{number(refusal.count)}"


def _program(verdict: Verdict | None, width: int) -> list[str]:
    """The smallest failing program as text, with what is wrong and the command to replay it."""
    if verdict is None:
        return []
    lines = [clean(line)[: width - 2] for line in verdict.text.splitlines()]
    if len(lines) > MOST_PROGRAM:
        lines = [*lines[: MOST_PROGRAM - 1], f"… {len(lines) - MOST_PROGRAM + 1} more lines"]
    said = textwrap.wrap(one_line(verdict.message), width)[:3]
    said += textwrap.wrap(one_line(verdict.hint), width)[:3]
    replay = [f"replay: {one_line(verdict.replay)}"] if verdict.replay else []
    return ["The smallest failing program:", *(f"  {line}" for line in lines), *said, *replay]


def _script(failed: Sequence[Check], width: int) -> list[str]:
    """The first check that does not hold: script, message, what it means, how to replay it."""
    if not failed or not failed[0].text:
        return []
    check = failed[0]
    lines = [f"  {clean(line)[: width - 2]}" for line in check.text.splitlines()[:MOST_SCRIPT]]
    told = [line for text in (check.message, check.hint) for line in textwrap.wrap(text, width)]
    replay = [f"replay: {one_line(check.replay)}"] if check.replay else []
    head = f"{check.id}: {one_line(check.specification)}"
    return [*textwrap.wrap(head, width), *lines, *map(clean, told[:8]), *replay]


def _verdict(digest: Digest, color: bool, width: int) -> list[str]:
    found: Group = "difference" if digest.differences or digest.failed_checks else "unproven"
    group: Group = "pass" if digest.clean else found
    who = one_line(f"{digest.run.engine} {digest.run.engine_version}".strip())
    warning = textwrap.wrap(one_line(digest.warning), width)[:4]
    sentence = textwrap.wrap(shorten(f"{who}: {digest.sentence}", 500), width)
    graded = textwrap.wrap(shorten(digest.graded, 300), width)
    if digest.checks and digest.graded:
        graded += textwrap.wrap(shorten(digest.untried, 300), width)
    return [*warning, *graded, *(_paint(line, group, color) for line in sentence)]
