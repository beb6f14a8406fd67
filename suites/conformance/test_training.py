"""Small models trained by the engine's gradients, beside the oracle's path."""

from collections.abc import Callable

import pytest
from gradassay.suites.run import Plan

pytestmark = pytest.mark.training


def test_training(plan: Plan, assay: Callable[[Plan], None]) -> None:
    """Losses and parameters stay within the measured noise of the oracle's path."""
    assay(plan)
