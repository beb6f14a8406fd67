"""Faults that need programs of a kind that the quick profile is not known to draw.

They are hunted like saboteurs, and docs/trust.md says which of them got through: the suites are
not to be trusted further than this. One that is caught belongs among the saboteurs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

from .patch import attribute
from .saboteur import Saboteur


def _replaced(engine: Any) -> AbstractContextManager[None]:
    """A gradient is set, not added to."""

    def replaced(node: Any, gradient: Any) -> None:
        node.grad = gradient

    return attribute(engine.autograd, "accumulate", replaced)


ROWS = (
    Saboteur("replaced", "a second sweep replaces the gradient of a leaf, where it should add",
             "accumulation", "graphs", _replaced),
)  # fmt: skip

ESCAPES: Mapping[str, Saboteur] = MappingProxyType({row.name: row for row in ROWS})
"""Each by its name."""
