"""The draft of an issue: complete, and safe whatever the engine said."""

import msgspec
from gradassay.reports.issue import issue_of_check, issue_of_verdict
from gradassay.reports.records import Check, Row, Run, Verdict

RUN = Run(
    engine="mine",
    engine_version="1.2",
    spec="mine",
    style="tape",
    seed=7,
    profile="quick",
    command="",
    started="",
    environment={"python": "3.11.7", "engine's python": "3.12.1"},
    gradassay="0.1.0",
)
VERDICT = Verdict(
    id="1",
    check="ops",
    op="divide",
    outcome="wrong gradient",
    dtype="float64",
    device="cpu",
    message="x0.grad is 2., but should be 1.",
    text="x0 = leaf(1.)\nreturn x0",
    script="print('it differs')",
    hint="Every entry is 2 times what it should be.",
    oracle="taylor",
    tolerance="4e-16 (measured)",
    rows=[Row(entry="x0.grad", got="2.0", want="1.0", wrong=True)],
)


def test_a_difference_is_told_in_full() -> None:
    said = issue_of_verdict(RUN, VERDICT)
    assert said.startswith("# divide: wrong gradient (x0.grad is 2., but should be 1.)")
    for part in ("mine 1.2, Python 3.12.1", "x0 = leaf(1.)", "| x0.grad | 2.0 | 1.0 |",
                 "print('it differs')", "Every entry is 2 times", "seed 7",
                 "`taylor`; tolerance 4e-16"):  # fmt: skip
        assert part in said


def test_a_clause_is_told_in_full() -> None:
    check = Check(
        id="G8",
        level="L4",
        requirement="MUST",
        outcome="differs",
        specification="A second sweep is an error.",
        message="it was none",
        text="y.backward()\ny.backward()",
        hint="Build the graph anew.",
    )
    said = issue_of_check(RUN, check)
    for part in ("# A second sweep is an error.", "y.backward()", "it was none", "Build the graph"):
        assert part in said


def test_nothing_that_an_engine_says_ends_a_fence() -> None:
    hostile = msgspec.structs.replace(VERDICT, text="```\n# injected\n```")
    said = issue_of_verdict(RUN, hostile)
    assert "````text\n```\n# injected\n```\n````" in said
