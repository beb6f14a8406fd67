"""Saying what is wrong so that a person learns something: entries, and patterns in their errors.

>>> import numpy as np
>>> diagnose(np.array([-1.0, -2.0]), np.array([1.0, 2.0]))
'Every entry has the wrong sign.'
>>> diagnose(np.array([3.0, 3.0]), np.array([6.0, 6.0]))
'Every entry is 0.5 times what it should be: one of 2 equal contributions may have been lost, \
overwritten instead of added.'
>>> diagnose(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
'1 of 2 entries should be 0 and are not; the others are right.'
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..oracles.compare import Entries
from ..oracles.program import Array
from ..oracles.truth import Truth
from ..reports.records import Row

SHOWN = 12


def entry_rows(name: str, got: Array, want: Array, what: Entries, known: Truth) -> tuple[Row, ...]:
    """Up to `SHOWN` entries, the worst among them, in order of position."""
    order = np.argsort(-what.errors, axis=None, kind="stable")[:SHOWN]
    rows = []
    for flat in sorted(int(i) for i in order):
        at = np.unravel_index(flat, got.shape)
        place = ", ".join(str(int(i)) for i in at)
        error = float(what.errors[at])
        rows.append(
            Row(
                entry=f"{name}[{place}]" if place else name,
                got=repr(float(got[at])),
                want=repr(float(want[at])),
                error=f"{error:.3g}",
                wrong=error > 1.0,
                oracles={oracle: _other(run, name, at) for oracle, run in known.others.items()},
            )
        )
    return tuple(rows)


def _other(run: tuple[list[Array], list[Array | None]], name: str, at: tuple[np.intp, ...]) -> str:
    """What another oracle says of an entry of the same quantity, if it is a gradient."""
    if not name.endswith(".grad"):
        return repr(float(run[0][-1][at])) if run[0][-1].shape == () and at == () else ""
    g = run[1][int(name[1 : -len(".grad")])]
    return "" if g is None else repr(float(g[at]))


Words = Mapping[str, str]
GRADIENT: Words = {
    "nan": "NaN where the gradient is a number: look for 0·inf, 0/0 or inf − inf in the rule.",
    "something": "There should be nothing here, but there is.",
    "nothing": "Nothing arrived: the contribution was lost on the way.",
    "fraction": ": one of {n} equal contributions may have been lost, overwritten instead of "
    "added.",
    "multiple": ": contributions may be counted {n} times.",
}
VALUE: Words = {
    "nan": "NaN where the value is a number: look for 0·inf, 0/0 or inf − inf on the way.",
    "something": "All of it should be 0.",
    "nothing": "All of it is 0.",
    "fraction": ".",
    "multiple": ".",
}
"""Of a value, no word about contributions: nothing has been swept yet."""


def diagnose(got: Array, want: Array) -> str:
    """A sentence about a pattern that explains the error of a gradient, or nothing."""
    return _pattern(got, want, GRADIENT)


def diagnose_value(got: Array, want: Array) -> str:
    """The same of a value.

    >>> diagnose_value(np.array([3.0, 3.0]), np.array([6.0, 6.0]))
    'Every entry is 0.5 times what it should be.'
    """
    return _pattern(got, want, VALUE)


DIAGNOSES = {"wrong value": diagnose_value, "wrong gradient": diagnose}
"""By the outcome that an error would have."""


def _pattern(got: Array, want: Array, words: Words) -> str:
    with np.errstate(all="ignore"):
        live = (want != 0) & np.isfinite(want)
        if np.isnan(got).any() and not np.isnan(want).any():
            return words["nan"]
        if np.isinf(got).any() and np.isfinite(want).all():
            return "Infinite where it should be a number: look for a division by zero, or overflow."
        if not live.any():
            return words["something"] if np.any(got) else ""
        ratio = got[live] / want[live]
    stray = int(np.count_nonzero(got[want == 0]))
    if stray:
        alike = np.allclose(ratio, 1, rtol=1e-9, atol=0)
        said = f"{stray} of {got.size} entries should be 0 and are not; the others are right."
        return said if alike else _places(got, want, ratio)
    if np.all(ratio == 0):
        return words["nothing"]
    if np.allclose(ratio, -1, rtol=1e-12, atol=0):
        return "Every entry has the wrong sign."
    if np.allclose(ratio, ratio.flat[0], rtol=1e-9, atol=0):
        return _factor(float(ratio.flat[0]), words)
    return _places(got, want, ratio)


def _places(got: Array, want: Array, ratio: Array) -> str:
    """Where the entries are not all wrong in the same way."""
    off = ~np.isclose(ratio, 1, rtol=1e-9, atol=0)
    if ratio.size > 1 and np.all(np.abs(ratio - 1) < 1e-4):
        return "Right to a few digits only: was something computed or stored at a lower precision?"
    if np.array_equal(np.sort(got, axis=None), np.sort(want, axis=None)):
        return "The right numbers in the wrong places: look at axes, order and swapped operands."
    if ratio.size > 1 and not off.all():
        return f"{int(off.sum())} of {ratio.size} entries are wrong, the others are right."
    return ""


def _factor(ratio: float, words: Words) -> str:
    text = f"Every entry is {ratio:.9g} times what it should be"
    lost = 1 / ratio if ratio else 0.0
    if 1 < lost <= 8 and abs(lost - round(lost)) < 1e-9:
        return text + words["fraction"].format(n=round(lost))
    if ratio > 1 and abs(ratio - round(ratio)) < 1e-9:
        return text + words["multiple"].format(n=round(ratio))
    return f"{text}."
