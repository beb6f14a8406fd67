"""The closing sentence of a run."""

from __future__ import annotations

from gradassay.reports.records import Run, Tally, Verdict
from gradassay.suites.facts import end_record


def verdict(op: str, outcome: str, seen: int = 1) -> Verdict:
    return Verdict(
        id=op,
        check="ops",
        op=op,
        outcome=outcome,
        dtype="float64",
        device="cpu",
        seen=seen,
        message="",
    )


def tally(op: str, **counts: int) -> Tally:
    return Tally(
        check="ops",
        op=op,
        dtype="float64",
        device="cpu",
        counts={name.replace("_", " "): n for name, n in counts.items()},
    )


def test_the_ops_at_fault_are_named_the_most_serious_first() -> None:
    run = Run(engine="e", engine_version="1", spec="e", style="tape", seed=0, profile="quick",
              command="", started="")  # fmt: skip
    records = [
        run,
        verdict("add", "raised", 3),
        verdict("sin", "wrong gradient"),
        verdict("prod", "wrong gradient"),
        tally("add", agrees=100, raised=50),
        tally("sin", agrees=100, wrong_gradient=2),
        tally("prod", agrees=100, wrong_gradient=90),
    ]
    said = end_record(records, 1, True, (1.0, 1.0)).sentence
    assert said == "142 of 442 programs differ (in prod, sin, add)."
