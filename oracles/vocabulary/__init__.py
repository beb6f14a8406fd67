"""The vocabulary: every op that programs are made of, by its array API name.

>>> VOCABULARY["permute_dims"].aliases
('transpose',)
>>> find("power").name
'pow'
"""

from collections.abc import Mapping
from types import MappingProxyType

from . import (
    elementwise,
    exponential,
    indexing,
    linalg,
    reductions,
    shapes,
    special,
    statistics,
    trigonometric,
    windows,
)  # fmt: skip
from .op import SINGULAR_MARGIN, Op

__all__ = ["PARTS", "SINGULAR_MARGIN", "VOCABULARY", "Op", "find"]

PARTS = (
    elementwise, exponential, trigonometric, special, reductions, statistics, shapes, indexing,
    linalg, windows,
)  # fmt: skip
VOCABULARY: Mapping[str, Op] = MappingProxyType({op.name: op for part in PARTS for op in part.ROWS})
_ALIASES = {alias: op for op in VOCABULARY.values() for alias in op.aliases}


def find(name: str) -> Op:
    """The row with this name or alias; raises `KeyError`."""
    return VOCABULARY[name] if name in VOCABULARY else _ALIASES[name]
