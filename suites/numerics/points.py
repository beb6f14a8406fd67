"""Programs at chosen points, each with the clause of the standard that it is about.

A row names the op at stake (its plan tries it), the clause, a sentence of specification, leaves and
calls; the weighted sum is added. What the right answer is stands nowhere: it comes from the limits
of the gradient around the point (`oracles.limits`) or from a Taylor ball.

>>> [point.says for point in POINTS if point.op == "special.logsumexp"][0]
'logsumexp at 1000 is finite, and so is its gradient'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...oracles.program import Call, Leaf, Static, call
from .sketch import fixed, free

INF = np.inf


@dataclass(frozen=True, slots=True)
class Point:
    """A program that ends in its last call's value, before the weighted sum."""

    op: str
    clause: str
    says: str
    leaves: tuple[Leaf, ...]
    calls: tuple[Call, ...]


def _point(op: str, clause: str, says: str, leaves: Any, *calls: Call) -> Point:
    return Point(op, clause, says, tuple(leaves), calls)


def _static(x: Any) -> Static:
    return Static(x)


RELU, LSE = "nn.functional.relu", "special.logsumexp"
MASK = fixed([True, False, True])

STABLE = [
    _point(LSE, "K4", "logsumexp at 1000 is finite, and so is its gradient",
           [free([1000.0, 999.0, 0.0])], call(LSE, 0)),
    _point(LSE, "K4", "logsumexp at -1000 is finite, and so is its gradient",
           [free([-1000.0, -1001.0])], call(LSE, 0)),
    _point("special.softmax", "K4", "softmax at 1000 is finite",
           [free([1000.0, 999.0, 0.0])], call("special.softmax", 0, axis=0)),
    _point("special.softmax", "K4", "softmax at -1000 is finite",
           [free([-1000.0, -999.5])], call("special.softmax", 0, axis=0)),
    _point("special.log_softmax", "K4", "log_softmax at 1000 is finite",
           [free([1000.0, 0.0, 999.0])], call("special.log_softmax", 0, axis=0)),
    _point("special.log_softmax", "K5", "the gradients of log_softmax sum to 0",
           [free([[800.0, 0.5, -1.0], [1.0, 2.0, 800.0]])],
           call("special.log_softmax", 0, axis=1)),
    _point("nn.functional.softplus", "K4", "softplus is finite at both ends",
           [free([800.0, -800.0])], call("nn.functional.softplus", 0)),
    _point("special.expit", "K4", "the sigmoid is finite at both ends",
           [free([800.0, -800.0])], call("special.expit", 0)),
    _point("logaddexp", "K4", "logaddexp at 1000 is finite",
           [free([1000.0, -1000.0]), free([999.0, -1001.0])], call("logaddexp", 0, 1)),
    _point("exp", "K6", "overflow gives infinity, and no error",
           [free([800.0])], call("exp", 0)),
]  # fmt: skip

UNSELECTED = [
    _point("where", "K3", "an infinite entry that is not selected leaves no trace",
           [MASK, free([1.0, INF, 2.0]), free([-INF, 3.0, INF])], call("where", 0, 1, 2)),
    _point("where", "K3", "a doubly guarded root is right where the guard holds",
           [fixed([True, False]), free([4.0, -1.0]), fixed([1.0, 1.0])],
           call("where", 0, 1, 2), call("sqrt", 3), call("where", 0, 4, 2)),
    _point("where", "K3", "an infinite slope does not pass a branch that is not selected",
           [fixed([True, False]), free([4.0, -1.0]), fixed([0.0, 0.0])],
           call("where", 0, 1, 2), call("sqrt", 3)),
    _point("where", "K3", "the same through the other branch",
           [fixed([False, True]), fixed([0.0, 0.0]), free([4.0, -1.0])],
           call("where", 0, 1, 2), call("sqrt", 3)),
    _point("where", "K3", "an unguarded where: no number, or 0",
           [fixed([True, False]), free([4.0, -1.0]), fixed([0.0, 0.0])],
           call("sqrt", 1), call("where", 0, 3, 2)),
    _point("maximum", "K8", "an infinite entry that is not the greater leaves no trace",
           [free([1.0, -INF]), free([-INF, 2.0])], call("maximum", 0, 1)),
    _point("minimum", "K8", "an infinite entry that is not the lesser leaves no trace",
           [free([1.0, INF]), free([INF, 2.0])], call("minimum", 0, 1)),
    _point("max", "K8", "an infinite entry that is not the greatest leaves no trace",
           [free([1.0, -INF, 2.0])], call("max", 0)),
    _point("min", "K8", "an infinite entry that is not the least leaves no trace",
           [free([1.0, INF, 2.0])], call("min", 0)),
    _point("clip", "K8", "an infinite entry is cut to the limit",
           [free([INF, 0.5, -INF])], call("clip", 0, min=-1.0, max=1.0)),
]  # fmt: skip

KINKS = [
    _point("abs", "K7", "the slope of abs at 0 lies between -1 and 1",
           [free([0.0, 0.0, 0.0])], call("abs", 0)),
    _point(RELU, "K7", "the slope of relu at 0 lies between 0 and 1",
           [free([0.0, 0.0, 0.0])], call(RELU, 0)),
    _point("maximum", "K7", "equal entries of maximum share its gradient",
           [free([1.0, -2.0]), free([1.0, -2.0])], call("maximum", 0, 1)),
    _point("minimum", "K7", "equal entries of minimum share its gradient",
           [free([1.0, -2.0]), free([1.0, -2.0])], call("minimum", 0, 1)),
    _point("maximum", "K7", "a limit that is met is shared with one broadcast number",
           [free([2.0, 2.0]), free(2.0)], call("maximum", 0, 1)),
    _point("max", "K7", "two equal greatest entries share the gradient of max",
           [free([2.0, 2.0, 1.0])], call("max", 0)),
    _point("max", "K7", "equal entries share the gradient of max, row by row",
           [free([[2.0, 2.0], [-1.0, -1.0]])], call("max", 0, axis=1)),
    _point("max", "K7", "all equal entries share the gradient of max",
           [free([7.0, 7.0, 7.0])], call("max", 0)),
    _point("min", "K7", "two equal least entries share the gradient of min",
           [free([2.0, 1.0, 1.0])], call("min", 0)),
    _point("min", "K7", "all equal entries share the gradient of min",
           [free([7.0, 7.0, 7.0])], call("min", 0)),
    _point("sort", "K7", "equal entries share the gradients of their places",
           [free([1.0, 1.0, 0.0])], call("sort", 0)),
    _point("clip", "K7", "an entry at the lower limit",
           [free([0.0, 0.0])], call("clip", 0, min=0.0)),
    _point("clip", "K7", "an entry at the upper limit",
           [free([1.0, 1.0])], call("clip", 0, max=1.0)),
    _point("clip", "K7", "an entry and the lower limit share the gradient",
           [free([0.0, 0.0]), free([0.0, 0.0]), free([1.0, 1.0])], call("clip", 0, 1, 2)),
]  # fmt: skip

SMOOTH = [
    _point("maximum", "K8", "maximum(x, x) has slope 1",
           [free([1.0, 0.0, -2.0])], call("maximum", 0, 0)),
    _point("minimum", "K8", "minimum(x, x) has slope 1",
           [free([1.0, 0.0, -2.0])], call("minimum", 0, 0)),
    _point("maximum", "K8", "maximum(x, y) + minimum(x, y) is x + y, at a tie too",
           [free([1.0, -2.0]), free([1.0, -2.0])],
           call("maximum", 0, 1), call("minimum", 0, 1), call("add", 2, 3)),
    _point("abs", "K8", "x|x| has slope 0 at 0",
           [free([0.0, 0.0])], call("abs", 0), call("multiply", 0, 1)),
    _point("abs", "K8", "|x| squared has slope 0 at 0",
           [free([0.0, 0.0])], call("abs", 0), call("multiply", 1, 1)),
    _point(RELU, "K8", "relu squared has slope 0 at 0",
           [free([0.0, 0.0])], call(RELU, 0), call("multiply", 1, 1)),
    _point(RELU, "K8", "x·relu(x) has slope 0 at 0",
           [free([0.0, 0.0])], call(RELU, 0), call("multiply", 0, 1)),
    _point("hypot", "K8", "hypot squared has slope 0 at the origin",
           [free([0.0, 0.0]), free([0.0, 0.0])], call("hypot", 0, 1), call("multiply", 2, 2)),
    _point("std", "K8", "std squared has slope 0 where all entries are equal",
           [free([1.0, 1.0, 1.0])], call("std", 0), call("multiply", 1, 1)),
    _point("var", "K8", "the variance has slope 0 where all entries are equal",
           [free([2.0, 2.0, 2.0])], call("var", 0)),
    _point("max", "K8", "a maximum over the same tensor twice adds its shares up",
           [free([3.0])], call("concat", 0, 0), call("max", 1)),
    _point("clip", "K8", "clip between equal limits is their value",
           [free([2.0, -1.0])], call("clip", 0, min=1.0, max=1.0)),
    *(_point("pow", "K8", f"x to the power of {n} at 0, 1 and -1",
             [free([0.0, 1.0, -1.0])], call("pow", 0, _static(n))) for n in (0, 1, 2, 3)),
    *(_point("pow", "K8", f"x to the power of {n} at 1 and -2",
             [free([1.0, -2.0])], call("pow", 0, _static(n))) for n in (-1, -2, 0)),
    *(_point("pow", "K8", f"{base} to a power: the slope in the exponent",
             [fixed(base), free([2.0, 3.0])], call("pow", 0, 1)) for base in (1.0, 2.0)),
    _point("prod", "K8", "a product with one zero", [free([2.0, 0.0, 3.0])], call("prod", 0)),
    _point("prod", "K8", "a product with two zeros", [free([0.0, 2.0, 0.0])], call("prod", 0)),
    _point("prod", "K8", "products of rows with none, one and two zeros",
           [free([[2.0, 3.0], [0.0, 3.0], [0.0, 0.0]])], call("prod", 0, axis=1)),
    _point("cumulative_prod", "K8", "a running product with one zero",
           [free([2.0, 0.0, 3.0])], call("cumulative_prod", 0, axis=0)),
    _point("cumulative_prod", "K8", "a running product with two zeros",
           [free([0.0, 2.0, 0.0, 3.0])], call("cumulative_prod", 0, axis=0)),
    _point("multiply", "K8", "0·x has slope 0 in x and x in 0",
           [free([0.0, 0.0, 2.0]), free([3.0, 0.0, 0.0])], call("multiply", 0, 1)),
    _point("divide", "K8", "0/x has slope 1/x", [free([0.0, 0.0]), free([2.0, -4.0])],
           call("divide", 0, 1)),
]  # fmt: skip

SINGULAR = [
    _point("sqrt", "K8", "the slope of the root at 0 is infinite", [free(0.0)], call("sqrt", 0)),
    _point("sqrt", "K2", "0·sqrt(x) at 0: 0 times infinity is no number",
           [free(0.0), fixed(0.0)], call("sqrt", 0), call("multiply", 2, 1)),
    _point("sqrt", "K2", "sqrt(x) squared at 0: 0 times infinity is no number",
           [free(0.0)], call("sqrt", 0), call("multiply", 1, 1)),
    _point("sqrt", "K3", "the root of the square at 0: a kink reached through infinity",
           [free(0.0)], call("multiply", 0, 0), call("sqrt", 1)),
    *(_point(op, "K8", f"the slope of {op} at {x:g} is infinite", [free(x)], call(op, 0))
      for op, x in (("log", 0.0), ("log1p", -1.0), ("log2", 0.0), ("log10", 0.0),
                    ("reciprocal", 0.0), ("asin", 1.0), ("acos", 1.0), ("acosh", 1.0),
                    ("atanh", 1.0))),
    _point("divide", "K8", "1/x at 0", [free(1.0), free(0.0)], call("divide", 0, 1)),
    _point("multiply", "K1", "NaN propagates: the other factor's gradient is no number",
           [free(2.0), fixed(np.nan)], call("multiply", 0, 1)),
    _point("exp", "K1", "NaN propagates through exp", [free(np.nan)], call("exp", 0)),
    _point("maximum", "K1", "NaN propagates through maximum",
           [free(1.0), fixed(np.nan)], call("maximum", 0, 1)),
    _point("max", "K1", "NaN propagates through max", [free([1.0, np.nan])], call("max", 0)),
    _point("hypot", "K8", "the tip of a cone: hypot at the origin",
           [free(0.0), free(0.0)], call("hypot", 0, 1)),
    _point("std", "K8", "the tip of a cone: std of equal entries",
           [free([1.0, 1.0])], call("std", 0)),
    *(_point("pow", "K8", f"0 to the power of {n}, a tensor", [free(0.0), free(n)],
             call("pow", 0, 1)) for n in (0.0, 1.0, 2.0, 0.5)),
    *(_point("pow", "K8", f"0 to the power of {n}, a number", [free(0.0)],
             call("pow", 0, _static(n))) for n in (0.5, 1.5, -1)),
]  # fmt: skip

POINTS = (*STABLE, *UNSELECTED, *KINKS, *SMOOTH, *SINGULAR)
