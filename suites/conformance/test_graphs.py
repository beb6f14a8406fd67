"""Random graphs: reuse, diamonds, unused branches, the same tensor twice."""

from collections.abc import Callable

from gradassay.suites.run import Plan


def test_graphs(plan: Plan, assay: Callable[[Plan], None]) -> None:
    """The value and every gradient of random graphs are right."""
    assay(plan)
