"""Errors of operations, told in the engine's own words: the op, its shapes, and the remedy."""

from __future__ import annotations

import re
from typing import Any

REMEDIES = (
    (
        r"matmul|gufunc|mat1 and mat2|batch1",
        "(…, n, k) and (…, k, m) can be multiplied; turn one with .mT or reshape it",
    ),
    (
        r"broadcast|must match the size|operands could not",
        "counted from the last axis, lengths must be equal or 1; use reshape, unsqueeze or expand",
    ),
    (r"cannot reshape|is invalid for input", "the number of entries must stay; -1 fits one length"),
    (
        r"concatenat|expected size .* but got",
        "the parts must be alike in all axes but the one along which they are joined",
    ),
    (r"axis .* out of bounds|Dimension out of range", "count axes from 0, or back from -1"),
    (r"out of bounds|out of range|too many indices", "count entries from 0, or back from -1"),
    (r"zero-size|no identity|non-zero size", "there is no extremum of nothing; check the shape"),
    (
        r"not supported|ufunc|not implemented for|dtype|type",
        "cast with x.to(dtype); real operations take float16, float32 or float64",
    ),
)


def explained(error: Exception, name: str, values: list[Any], params: dict[str, Any]) -> Exception:
    """The error of an array library as one of ours: IndexError, TypeError or RuntimeError."""
    text = str(error)
    remedy = next((r for pattern, r in REMEDIES if re.search(pattern, text)), "check the inputs")
    kind = next((k for k in (IndexError, TypeError) if isinstance(error, k)), RuntimeError)
    return kind(f"{name} of {' and '.join(map(described, values))}{told(params)}: {text}; {remedy}")


def described(x: Any) -> str:
    """`float32 (2, 3)` of an array; a number as it is."""
    if not hasattr(x, "dtype"):
        return repr(x)
    return f"{str(x.dtype).removeprefix('torch.')} {tuple(x.shape)}"


def told(params: dict[str, Any]) -> str:
    """` with dim=(1,)`, where there is something to tell."""
    return " with " + ", ".join(f"{k}={v!r}" for k, v in params.items()) if params else ""
