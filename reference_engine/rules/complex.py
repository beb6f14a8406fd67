"""Rows of complex numbers. The sweep carries conjugates of gradients: see `sweep`.

Only what is not holomorphic needs a word: all other rows are right for complex numbers as they
stand.
"""

from __future__ import annotations

from typing import Any

from ..devices import common_dtype
from .table import rule


def is_complex(x: Any) -> bool:
    """Whether the entries are complex numbers."""
    return common_dtype(x.dtype).kind == "c"


rule(
    "conj",
    lambda xp, x: xp.conj(x) if is_complex(x) else x,
    lambda ops, g: ops.conj(g),
)
rule("real", lambda xp, x: xp.real(x) if is_complex(x) else x, lambda ops, g: g)
rule("imag", lambda xp, x: xp.imag(x), lambda ops, g: g * -1j)
