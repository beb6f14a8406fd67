"""An engine that forbids to write in place to what records: safe, and without the feature."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Check
from gradassay.suites.adapter import op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner
from gradassay.suites.engines.reference import Reference
from gradassay.suites.host import open_engine
from gradassay.suites.saboteurs.patch import attribute

WRITES = ("M4", "M6", "M10")


@pytest.fixture
def forbidding() -> Iterator[None]:
    """The reference engine, made to forbid it."""
    right = Reference.torch.inplace.recorded

    def refused(name: str, x: Any, *others: Any) -> bool:
        if any(getattr(y, "requires_grad", False) for y in (x, *others)):
            raise ValueError("In-place operation is forbidden in a node that requires grad.")
        return bool(right(name, x, *others))

    with attribute(Reference.torch.inplace, "recorded", refused):
        yield


def said(*names: str, engine: str = "reference") -> dict[str, Check]:
    """What these checks say of it."""
    with open_engine(engine, op_table(VOCABULARY), in_process=True) as handle:
        examiner = Examiner(handle)
        return {name: examiner.check(CLAUSES[name]) for name in names}


def test_a_saved_value_that_cannot_be_written_to_is_safe(forbidding: None) -> None:
    found = said("M3")["M3"]
    assert found.outcome == "holds", found.message


def test_writes_that_must_be_possible_differ_and_the_hint_says_how_to_decline(
    forbidding: None,
) -> None:
    found = said(*WRITES, "M5")
    for name in WRITES:
        assert found[name].outcome == "differs"
        assert "In-place operation is forbidden" in found[name].message
        assert "`declines`" in found[name].hint
    assert found["M5"].outcome == "blocked"


DECLINING = """
from gradassay.suites.engines.reference import Reference


class Declining(Reference):
    declines = "In-place operation is forbidden"
"""


def test_an_adapter_that_declines_is_not_asked(forbidding: None, tmp_path: Path) -> None:
    (tmp_path / "declining.py").write_text(DECLINING)
    found = said("M3", *WRITES, engine=f"{tmp_path / 'declining.py'}:Declining")
    assert [found[name].outcome for name in WRITES] == ["not applicable"] * len(WRITES)
    assert found["M3"].outcome == "holds"
