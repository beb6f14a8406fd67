"""The suite `numerics`: each op alone at the far ends, at kinks and at singular points.

Random programs keep away from all three. `points` holds chosen programs with the clause of the
standard that each is about, `special` the values, `draw` the programs of one op. `judging` decides
by where a program stands (`place`): far out against Taylor balls (`ends`), at a kink or a singular
point against the limits of the gradient around it (`near`). `conventions` is what an engine may
choose, beside PyTorch's and JAX's choice.

>>> sorted(CLAUSES)
['K1', 'K2', 'K3', 'K4', 'K5', 'K6', 'K7', 'K8']
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .conventions import profiles
from .draw import drawn
from .judging import judged
from .points import POINTS, Point

__all__ = ["CLAUSES", "POINTS", "Point", "drawn", "judged", "profiles"]

SAYS = {
    "K1": "NaN propagates.",
    "K2": "The gradient of 0·sqrt(x) at 0 is NaN, or a declared convention.",
    "K3": "An unguarded where may give NaN, a doubly guarded one does not.",
    "K4": "logsumexp, softmax, log_softmax, softplus and the sigmoid are finite at 1000.",
    "K5": "The gradients of log_softmax sum to 0.",
    "K6": "Overflow gives infinity, and no error.",
    "K7": "At a kink the gradient lies in the hull of its limits; which of them is declared.",
    "K8": "Products with zeros, powers with 0, norm and std at zero are right where smooth.",
}
CLAUSES: Mapping[str, tuple[str, tuple[Point, ...]]] = MappingProxyType(
    {
        clause: (says, tuple(p for p in POINTS if p.clause == clause))
        for clause, says in SAYS.items()
    }
)
"""Each clause of the standard's level L9: a sentence, and the programs that are about it."""
