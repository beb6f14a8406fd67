"""The draft of an issue for the engine's tracker: what was run, what came of it, what should.

It holds nothing that is not in the verdict; whoever sends it reads it first.
"""

from __future__ import annotations

from .records import Check, Run, Verdict
from .text import one_line, shorten

CLOSING = (
    "Found by gradassay {version}, seed {seed}. The script needs the engine and numpy alone; it "
    "prints what it got beside what it should be, and exits with 1 while the difference is there."
)


def issue_of_verdict(run: Run, verdict: Verdict) -> str:
    """A difference of a program, as Markdown."""
    what = shorten(one_line(verdict.message), 100)
    parts = [
        f"# {one_line(verdict.op)}: {verdict.outcome} ({what})",
        f"{_who(run)}, {verdict.dtype} on {verdict.device}.",
        f"The smallest program that shows it:\n\n{_fenced(verdict.text)}",
        _compared(verdict),
        one_line(verdict.hint),
        _decided(verdict),
        f"<details><summary>A script that shows it</summary>\n\n"
        f"{_fenced(verdict.script, 'python')}\n\n</details>",
        CLOSING.format(version=run.gradassay, seed=run.seed),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def issue_of_check(run: Run, check: Check) -> str:
    """A clause of the standard that does not hold, as Markdown."""
    parts = [
        f"# {one_line(check.specification)}",
        f"{_who(run)}.",
        f"What was done:\n\n{_fenced(check.text)}",
        f"What came of it: {one_line(check.message)}",
        check.hint,
        f"Found by gradassay {run.gradassay}, check {check.id} of its standard.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _who(run: Run) -> str:
    python = run.environment.get("engine's python", run.environment.get("python", ""))
    platform = run.environment.get("engine's platform", run.environment.get("platform", ""))
    known = [f"Python {python}" if python else "", platform]
    return ", ".join([f"{run.engine} {run.engine_version}", *(k for k in known if k)])


def _compared(verdict: Verdict) -> str:
    """The wrong entries beside the truth, or the message where nothing was compared."""
    wrong = [row for row in verdict.rows if row.wrong][:8]
    if not wrong:
        return one_line(verdict.message)
    lines = ["| entry | got | should be |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {r.entry} | {r.got} | {r.want} |" for r in wrong)])


def _decided(verdict: Verdict) -> str:
    """By what the expected value is known."""
    if not verdict.oracle:
        return ""
    tolerance = f"; tolerance {verdict.tolerance}" if verdict.tolerance else ""
    return f"The expected values come from the oracle `{verdict.oracle}`{tolerance}."


def _fenced(text: str, language: str = "text") -> str:
    """Text in a fence that nothing in it can end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
