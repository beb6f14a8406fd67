"""One row an op: its forward and its vjps. `table` says how to read a row.

>>> RULES["exp"].keeps, RULES["sin"].keeps
((0,), (1,))

that is, exp saves its output and sin its input.
"""

from . import elementwise, linear_algebra, reductions, shapes
from .table import RULES, ArrayOps, Rule, rule, rule_of_many

__all__ = [
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
