"""Every op alone: all its forms, broadcasting in every slot, every parameter."""

from collections.abc import Callable

import pytest
from gradassay.suites.run import Plan

pytestmark = pytest.mark.ops


def test_ops(plan: Plan, assay: Callable[[Plan], None]) -> None:
    """The value and every gradient of one op are right."""
    assay(plan)
