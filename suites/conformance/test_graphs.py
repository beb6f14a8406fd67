"""Random graphs: reuse, diamonds, unused branches, the same tensor twice."""


def test_graphs(plan, assay):
    """The value and every gradient of random graphs are right."""
    assay(plan)
