"""The engine in JavaScript of examples/engines: right as it stands, and caught when it is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gradassay.reports.records import Check, End, Verdict, read

ENGINE = Path(__file__).parents[2] / "examples" / "engines" / "engine.mjs"
PLANTED = {
    "a gradient that overwrites": ("+= g *", "= g *", "overwritten instead of added"),
    "a slope of the wrong sign": ("Math.sin, Math.cos", "Math.sin, (a) => -Math.cos(a)", "sign"),
    "negative axes forgotten": ("(k + rank) % rank", "k", ""),
}
pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def check(engine: Path, *arguments: str) -> tuple[End, list[Verdict], list[Check]]:
    """A run in the engine's folder: its end, its verdicts, its checks."""
    command = [sys.executable, "-m", "gradassay", "check", f"cmd:node {engine.name}"]
    subprocess.run(
        [*command, "--profile", "smoke", "--out", "out", *arguments],
        cwd=engine.parent, capture_output=True, check=False,
    )  # fmt: skip
    records = read(engine.parent / "out" / "results.jsonl")
    (end,) = (r for r in records if isinstance(r, End))
    verdicts = [r for r in records if isinstance(r, Verdict)]
    return end, verdicts, [r for r in records if isinstance(r, Check)]


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    return Path(shutil.copy(ENGINE, tmp_path))


def test_the_engine_in_javascript_shows_no_difference(engine: Path) -> None:
    end, verdicts, checks = check(engine)
    assert (end.exit_code, end.status, end.grade) == (0, "complete", "partial gold")
    assert end.counts["agrees"] > 1_500
    assert not [v for v in verdicts if v.outcome != "tie"]
    assert sum(c.outcome == "holds" for c in checks) >= 35


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_in_it_is_found_and_a_script_shows_it_alone(
    planted: str, engine: Path
) -> None:
    right, wrong, hint = PLANTED[planted]
    text = engine.read_text()
    engine.write_text(text.replace(right, wrong))
    assert engine.read_text() != text
    end, verdicts, _ = check(engine, "--only", "multiply,sin,sum", "--suite", "ops")
    assert end.exit_code == 1
    smallest = min(verdicts, key=lambda v: len(v.ops))
    assert hint in smallest.hint
    (engine.parent / "failure.py").write_text(smallest.script)
    assert alone(engine).returncode == 1
    engine.write_text(text)
    done = alone(engine)
    assert done.returncode == 0, done.stdout + done.stderr


def alone(engine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "failure.py"],
        cwd=engine.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
