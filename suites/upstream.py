"""`docs/findings.md`: what search has found in released engines, a script each.

`python -m gradassay.suites.upstream RESULTS… --write docs` takes folders that `gradassay check`
left and writes one section an engine, one script for the smallest program of each (op, outcome). A
finding stands only if two oracles that share no code with the engine agree about its program.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ..oracles import truth
from ..oracles.evaluate import UnsupportedError
from ..oracles.program import Program
from ..oracles.rounding import finite
from ..reports.records import Run, Verdict, read
from .outputs import failures
from .run import OWN_CODE

HEAD = """# Findings

Differences that random search has found in current releases, each reduced to the smallest program
that shows it and confirmed by at least two oracles that share no code with the engine. The script
beside each runs alone (it needs numpy and the engine), and exits with 1 while the difference is
there.

`make findings` searches again.
"""


def confirmed(verdict: Verdict, engine: str) -> list[str]:
    """The oracles that agree about a verdict's program; none vote for their own engine."""
    program = Program.from_json(msgspec.json.encode(verdict.program))
    without = OWN_CODE.get(engine, frozenset())
    try:
        known = truth.solve(program, "float64", 0, without)
    except (UnsupportedError, truth.DisagreementError):
        return []
    agreeing = [name for name, run in known.others.items() if finite(run)]
    return [known.source, *(name for name in agreeing if name not in known.errors)]


def smallest(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The smallest verdict of each op and outcome."""
    found: dict[tuple[str, str], Verdict] = {}
    for verdict in verdicts:
        found.setdefault((verdict.op, verdict.outcome), verdict)
    return sorted(found.values(), key=lambda v: (v.op, v.outcome))


def section(folder: Path, scripts: Path) -> str:
    """One engine's findings; writes their scripts."""
    records = read(folder / "results.jsonl")
    run = next(r for r in records if isinstance(r, Run))
    parts = [f"\n## {run.engine} {run.engine_version}\n"]
    for verdict in smallest(failures(records)):
        oracles = confirmed(verdict, run.engine)
        if len(oracles) < 2:
            continue
        name = re.sub(r"\W+", "-", f"{run.engine}-{verdict.op}-{verdict.outcome}") + ".py"
        (scripts / name).write_text(verdict.script, encoding="utf-8")
        parts.append(_finding(verdict, oracles, name))
    if len(parts) == 1:
        parts.append("No difference found.\n")
    return "\n".join(parts)


def _finding(verdict: Verdict, oracles: Sequence[str], name: str) -> str:
    message = " ".join(verdict.message.split())
    lines = [
        f"### `{verdict.op}`: {verdict.outcome} ({verdict.dtype})",
        "",
        f"```\n{verdict.text}\n```",
        f"{message}. {verdict.hint}".replace("..", ".").strip(),
        "",
        f"Confirmed by {' and '.join(oracles)}. Script: [findings/{name}](findings/{name}).",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the page and the scripts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--write", type=Path, default=Path("docs"))
    options = parser.parse_args()
    scripts = options.write / "findings"
    scripts.mkdir(parents=True, exist_ok=True)
    for old in scripts.glob("*.py"):
        old.unlink()
    text = HEAD + "".join(section(folder, scripts) for folder in options.results)
    (options.write / "findings.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
