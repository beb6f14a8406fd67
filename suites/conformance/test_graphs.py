"""Random graphs: reuse, diamonds, unused branches, the same tensor twice."""

from collections.abc import Callable

import pytest
from gradassay.suites.run import Plan

pytestmark = pytest.mark.graphs


def test_graphs(plan: Plan, assay: Callable[[Plan], None]) -> None:
    """The value and every gradient of random graphs are right."""
    assay(plan)
