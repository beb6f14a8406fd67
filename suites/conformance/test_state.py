"""The standard, check by check: what gradients, graphs and modes do over time."""

from collections.abc import Callable

import pytest
from gradassay.suites.checks import Clause

pytestmark = pytest.mark.state


def test_state(clause: Clause, examine: Callable[[Clause], None]) -> None:
    """What a clause says holds."""
    examine(clause)
