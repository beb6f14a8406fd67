"""Every op alone: all its forms, broadcasting in every slot, every parameter."""


def test_ops(plan, assay):
    """The value and every gradient of one op are right."""
    assay(plan)
