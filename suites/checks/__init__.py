"""The standard: what an engine must do beyond single programs, clause by clause.

`scalar` (L1), `tensor` (L2), `training` (L3), `lifecycle` and `lifecycle_full` (L4), `mutation`
(L5), `extension` (L6), `higher_order` (L7), `robustness` (L8) and `numerical` (L9) hold the
clauses; each writes a script of steps (`script`), which an engine plays in its worker and `judge`
holds against what is expected. `examine` turns clauses into records. docs/standard.md is made from
them.

>>> CLAUSES["S1"].says
'The chain rule: the derivative of (3x + 1)² at 2 is 42.'
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import (
    extension,
    higher_order,
    lifecycle,
    lifecycle_full,
    mutation,
    numerical,
    robustness,
    scalar,
    tensor,
    training,
)
from .clause import LEVELS, Clause, listed

__all__ = ["CLAUSES", "LEVELS", "PARTS", "Clause"]

PARTS = (
    scalar,
    tensor,
    training,
    lifecycle,
    lifecycle_full,
    mutation,
    extension,
    higher_order,
    robustness,
    numerical,
)
CLAUSES: Mapping[str, Clause] = MappingProxyType(
    {clause.id: clause for part in PARTS for clause in listed(part)}
)
"""Every clause by its id, in the order of the standard."""
