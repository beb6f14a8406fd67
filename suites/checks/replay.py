"""One clause or saved script, played again: every step with what came of it, then the verdict."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ...reports.records import Check, decode
from ..adapter import Failure, Hello, Result
from ..host import EngineHandle
from ..worker import READ
from . import CLAUSES
from .examine import lacks, offer_of, patience
from .judge import describe, judge
from .script import Script, Step
from .text import expectations, functions, steps


def named(name: str, hello: Hello) -> Script | None:
    """The script of a clause (`G8`), or of a file that holds a check's record; none if neither."""
    if name in CLAUSES:
        return CLAUSES[name].script(offer_of(hello))
    try:
        record = decode(Path(name).read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if not isinstance(record, Check) or record.script is None:
        return None
    return msgspec.convert(record.script, Script)


def played(script: Script, handle: EngineHandle, dtype: str, device: str) -> tuple[str, bool]:
    """What a person sees of a script that is played, and whether all of it holds."""
    missing = lacks(script, handle.hello, dtype)
    if missing:
        return f"not applicable: {missing}", True
    results = handle.script(
        msgspec.json.encode(script.steps),
        len(script.steps),
        dtype,
        device,
        patience=patience(script, handle.hello),
    )
    finding = judge(script, results, dtype)
    lines = [line for _, line in steps(script)]
    if not isinstance(results, Failure):
        width = max(map(len, lines))
        told = [
            f"  -> {describe(r)}" if shows(s, r) else ""
            for s, r in zip(script.steps, results, strict=True)
        ]
        lines = [f"{line:{width}}{said}".rstrip() for line, said in zip(lines, told, strict=True)]
    verdict = f"{finding.outcome}{': ' * bool(finding.message)}{finding.message}"
    shown = [*functions(script), *lines, *expectations(script), "", verdict]
    return "\n".join(shown), finding.outcome in ("holds", "not applicable")


def shows(step: Step, result: Result) -> bool:
    """Whether what came of a step is worth a word."""
    told = result.error, result.flag, result.data
    return step.verb in READ or any(part is not None for part in told)
