"""One row an op: its forward and its vjps. `table` says how to read a row.

>>> RULES["exp"].drops, RULES["sin"].drops
((1,), (0,))

that is, of (out, x) exp drops its input, and sin its output.
"""

from . import elementary, elementwise, linear_algebra, rearranging, reductions, shapes, statistics
from .table import OPS_OF, RULES, ArrayOps, Rule, rule, rule_of_many

__all__ = [
    "OPS_OF", "RULES", "ArrayOps", "Rule", "elementary", "elementwise", "linear_algebra",
    "rearranging", "reductions", "rule", "rule_of_many", "shapes", "statistics",
]  # fmt: skip
