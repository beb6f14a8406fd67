"""Where mathematics leaves a choice: what an engine chose, beside what PyTorch and JAX choose.

`PROFILES` was observed on PyTorch 2.13 and JAX 0.10 (the tests run PyTorch's column again). The
profile `strict` needs no table: the limit that all sides agree on, or NaN.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from ...oracles.limits import Limits, solve
from ...oracles.program import Array, Program
from ...oracles.vocabulary import VOCABULARY
from ...reports.records import Profile
from .place import label, nan_leaf
from .points import POINTS
from .sketch import finished

RELU = "nn.functional.relu"
PROFILES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "abs(0.0)": ("0", "1"),
        f"{RELU}(0.0)": ("0", "0"),
        "maximum([1.0, -2.0], [1.0, -2.0])": ("0.5; 0.5", "0.5; 0.5"),
        "minimum([1.0, -2.0], [1.0, -2.0])": ("0.5; 0.5", "0.5; 0.5"),
        "max([2.0, 2.0, 1.0])": ("0.5, 0.5", "0.5, 0.5"),
        "max([[2.0, 2.0], [-1.0, -1.0]], axis=1)": ("0.5, 0.5", "0.5, 0.5"),
        "max(7.0)": ("0.333, 0.333, 0.333", "0.333, 0.333, 0.333"),
        "min([2.0, 1.0, 1.0])": ("0.5, 0.5", "0.5, 0.5"),
        "min(7.0)": ("0.333, 0.333, 0.333", "0.333, 0.333, 0.333"),
        "sort([1.0, 1.0, 0.0])": ("0, 1", "0, 1"),
        "clip(0.0, min=0.0)": ("1", "0.5"),
        "clip(1.0, max=1.0)": ("1", "0.5"),
        "clip(0.0, 0.0, 1.0)": ("1; 0", "0.5; 0.5"),
        "sqrt(0.0)": ("inf", "inf"),
        "multiply(sqrt(0.0), 0.0)": ("nan", "nan"),
        "multiply(sqrt(0.0), sqrt(0.0))": ("nan", "nan"),
        "sqrt(multiply(0.0, 0.0))": ("nan", "nan"),
        "where([True, False], sqrt([4.0, -1.0]), 0.0)": ("0.25, nan", "0.25, nan"),
        "log(0.0)": ("inf", "inf"),
        "log1p(-1.0)": ("inf", "inf"),
        "log2(0.0)": ("inf", "inf"),
        "log10(0.0)": ("inf", "inf"),
        "reciprocal(0.0)": ("-inf", "-inf"),
        "divide(1.0, 0.0)": ("inf; -inf", "inf; -inf"),
        "asin(1.0)": ("inf", "inf"),
        "acos(1.0)": ("-inf", "-inf"),
        "acosh(1.0)": ("inf", "inf"),
        "atanh(1.0)": ("inf", "inf"),
        "hypot(0.0, 0.0)": ("nan; nan", "0.5; 0.5"),
        "std(1.0)": ("0", "nan"),
        "pow(0.0, 0.0)": ("0; 0", "nan; 0"),
        "pow(0.0, 1.0)": ("1; 0", "1; 0"),
        "pow(0.0, 2.0)": ("0; 0", "0; 0"),
        "pow(0.0, 0.5)": ("inf; 0", "inf; 0"),
        "pow(0.0, fixed 0.5)": ("inf", "inf"),
        "pow(0.0, fixed 1.5)": ("0", "0"),
        "pow(0.0, fixed -1)": ("-inf", "-inf"),
        "multiply(2.0, nan)": ("nan", "nan"),
        "exp(nan)": ("nan", "nan"),
        "maximum(1.0, nan)": ("1", "0"),
        "max([1.0, nan])": ("nan", "nan"),
    }
)
"""label: (torch, jax)."""
SPAN = {"abs": 2.0}
"""The distance between the slopes on both sides, where it is not 1."""


def named(name: str) -> tuple[str, ...]:
    """What the named profiles have at a point; nothing if it is in no table."""
    return PROFILES.get(name, ())


def choices(name: str, strictly: str) -> dict[str, str]:
    """What is known to be chosen at a point, by who does; NaN is strict where no limit is shared.

    >>> choices("sqrt(0.0)", "inf")
    {'PyTorch': 'inf', 'JAX': 'inf', 'the limit of all sides, or NaN': 'inf'}
    """
    known = dict(zip(("PyTorch", "JAX"), named(name), strict=False))
    return known | {"the limit of all sides, or NaN": strictly}


def observed(name: str, what: str) -> tuple[tuple[str, str], ...]:
    """What is reported of a point: nothing, if it is in no table."""
    return ((name, what),) if name in PROFILES else ()


def pattern(program: Program, gradient: Array) -> str:
    """Entries as a person writes them, leaf by leaf, one for all that are equal: `inf; 0`."""
    told, start = [], 0
    for i in program.wanted:
        size = program.leaves[i].array.size
        entries = [f"{float(x) + 0.0:.4g}" for x in gradient[start : start + size]]
        told.append(", ".join(entries if len(set(entries)) > 1 else entries[:1]))
        start += size
    return "; ".join(told)


def strict(known: Limits | None, size: int) -> Array:
    """The limit that all sides agree on where there is a function; else NaN."""
    out = np.full(size, np.nan)
    if known is None:
        return out
    for k, column in enumerate(known.gradients.T):
        there = column[~np.isnan(column)]
        if there.size and (np.all(there == there[0]) or np.ptp(there) <= 1e-9):
            out[k] = there[0]
    return out


def unbounded(known: Limits | None, size: int) -> Array:
    """±inf where the slope grows without bound on every side that there is; else 0."""
    out = np.zeros(size)
    for k, column in enumerate(known.gradients.T if known else ()):
        there = column[~np.isnan(column)]
        if there.size and np.isinf(there).all():
            out[k] = there.max()
    return out


def shares(program: Program, got: Array, corners: Array) -> str | None:
    """The place of the gradient between its limits, leaf by leaf; none if entries differ in it.

    For an op that acts entry by entry it is the slope itself, and the same for all entries; for
    others it is the share that an entry has of its row.
    """
    low, high = corners.min(axis=0), corners.max(axis=0)
    with np.errstate(all="ignore"):
        single = VOCABULARY[program.ops[0]].shapes == "broadcast"
        span, base = (SPAN.get(program.ops[0], 1.0), 0.0) if single else (1.0, low)
        share = np.where(high - low > 1e-9, (got - base) / (high - low) * span, np.nan)
    told, start = [], 0
    for i in program.wanted:
        leaf = program.leaves[i]
        part = share[start : start + leaf.array.size].reshape(leaf.shape)
        start += leaf.array.size
        if not part.size:
            continue
        rows = part.reshape(-1, 1) if single or not part.ndim else part.reshape(-1, part.shape[-1])
        seen = list(dict.fromkeys(filter(None, (_row(r) for r in rows))))
        if single and len(seen) > 1:
            return None
        told += seen[:1] if single else seen
    return "; ".join(told)


def _row(row: Array) -> str:
    return ", ".join(f"{x + 0.0:.3g}" for x in row if not np.isnan(x))


def profiles(observed: Iterable[tuple[str, str]]) -> Iterator[Profile]:
    """A record for each point: what was seen there, and whether it was always the same."""
    seen: dict[str, list[str]] = defaultdict(list)
    for name, what in observed:
        if what not in seen[name]:
            seen[name].append(what)
    for name, whats in sorted(seen.items()):
        torch, jax = PROFILES.get(name, ("", ""))
        yield Profile(
            name=f"slope of {name}",
            observed=_told(whats),
            torch=torch,
            jax=jax,
            strict=_strictly().get(name, ""),
        )


@cache
def _strictly() -> dict[str, str]:
    """The profile `strict` at each point of the table."""
    found = {}
    for point in POINTS:
        program, _ = finished(point.leaves, point.calls)
        name = label(program)
        if name in PROFILES:
            known = None if nan_leaf(program) else solve(program)
            size = sum(program.leaves[i].array.size for i in program.wanted)
            found[name] = pattern(program, strict(known, size))
    return found


def _told(whats: Sequence[str]) -> str:
    return whats[0] if len(whats) == 1 else f"not consistent: {' or '.join(whats)}"
