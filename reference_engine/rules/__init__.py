"""One row an op: its forward and its vjps. `table` says how to read a row.

>>> RULES["exp"].drops, RULES["sin"].drops
((1,), (0,))

that is, of (out, x) exp drops its input, and sin its output.
"""

from . import (
    complex,
    elementary,
    elementwise,
    linear_algebra,
    matrices,
    norms,
    rearranging,
    reductions,
    rounding,
    selecting,
    shapes,
    special,
    statistics,
    windows,
    writing,
)
from .table import OPS_OF, RULES, ArrayOps, Rule, rule, rule_of_many

__all__ = [
    "OPS_OF", "RULES", "ArrayOps", "Rule", "complex", "elementary", "elementwise", "linear_algebra",
    "matrices", "norms", "rearranging", "reductions", "rounding", "rule", "rule_of_many",
    "selecting", "shapes", "special", "statistics", "windows", "writing",
]  # fmt: skip
