"""One row an op: its forward and its vjps. `table` says how to read a row.

>>> RULES["exp"].drops, RULES["sin"].drops
((1,), (0,))

that is, of (out, x) exp drops its input, and sin its output.
"""

from . import elementwise, linear_algebra, reductions, shapes
from .table import OPS_OF, RULES, ArrayOps, Rule, rule, rule_of_many

__all__ = [
    "OPS_OF",
    "RULES",
    "ArrayOps",
    "Rule",
    "elementwise",
    "linear_algebra",
    "reductions",
    "rule",
    "rule_of_many",
    "shapes",
]
