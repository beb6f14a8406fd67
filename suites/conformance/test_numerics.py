"""Every op alone at the far ends, at kinks and at singular points."""

from collections.abc import Callable

import pytest
from gradassay.suites.run import Plan

pytestmark = pytest.mark.numerics


def test_numerics(plan: Plan, assay: Callable[[Plan], None]) -> None:
    """The value and every gradient of one op are right where random programs keep away."""
    assay(plan)
