"""Every op alone at the far ends, at kinks and at singular points."""

from collections.abc import Callable

from gradassay.suites.run import Plan


def test_numerics(plan: Plan, assay: Callable[[Plan], None]) -> None:
    """The value and every gradient of one op are right where random programs keep away."""
    assay(plan)
