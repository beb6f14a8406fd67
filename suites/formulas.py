"""The local derivative of each op, in words and as a formula, for whoever reads a failure.

No oracle and no judge knows these lines: they are told, never computed with. A test holds those
that are formulas of single numbers against differences of the op's own values.

>>> told("divide")
'The derivative of divide(x, y) is 1/y for x, and -x/y**2 for y.'
>>> told("abs")
'The derivative of abs(x) is sign(x). At 0 it lies between -1 and 1.'
>>> told("sum")
'The cotangent of sum goes to every entry that was added, repeated along the axes that were summed.'
"""

from __future__ import annotations

from collections.abc import Mapping

SLOTS: Mapping[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "subtract": ("1", "-1"),
    "multiply": ("y", "x"),
    "divide": ("1/y", "-x/y**2"),
    "negative": ("-1",),
    "pow": ("y*x**(y - 1)", "x**y*log(x)"),
    "square": ("2*x",),
    "reciprocal": ("-1/x**2",),
    "sqrt": ("1/(2*sqrt(x))",),
    "hypot": ("x/hypot(x, y)", "y/hypot(x, y)"),
    "abs": ("sign(x)",),
    "maximum": ("1 where x > y, 0 where x < y", "1 where y > x, 0 where y < x"),
    "minimum": ("1 where x < y, 0 where x > y", "1 where y < x, 0 where y > x"),
    "exp": ("exp(x)",),
    "expm1": ("exp(x)",),
    "exp2": ("exp2(x)*log(2)",),
    "log": ("1/x",),
    "log1p": ("1/(1 + x)",),
    "log2": ("1/(x*log(2))",),
    "log10": ("1/(x*log(10))",),
    "logaddexp": ("1/(1 + exp(y - x))", "1/(1 + exp(x - y))"),
    "sin": ("cos(x)",),
    "cos": ("-sin(x)",),
    "tan": ("1 + tan(x)**2",),
    "asin": ("1/sqrt(1 - x**2)",),
    "acos": ("-1/sqrt(1 - x**2)",),
    "atan": ("1/(1 + x**2)",),
    "atan2": ("y/(x**2 + y**2)", "-x/(x**2 + y**2)"),
    "sinh": ("cosh(x)",),
    "cosh": ("sinh(x)",),
    "tanh": ("1 - tanh(x)**2",),
    "asinh": ("1/sqrt(x**2 + 1)",),
    "acosh": ("1/sqrt(x**2 - 1)",),
    "atanh": ("1/(1 - x**2)",),
    "nn.functional.relu": ("1 where x > 0, 0 where x < 0",),
    "special.expit": ("expit(x)*(1 - expit(x))",),
    "nn.functional.softplus": ("expit(x)",),
}
"""For each slot of an op that acts entry by entry, the derivative with respect to it."""
WORDS: Mapping[str, str] = {
    "clip": "goes to x where it lies between the limits, and to a limit where that was taken",
    "greater": "goes nowhere: a comparison has no derivative",
    "greater_equal": "goes nowhere: a comparison has no derivative",
    "less": "goes nowhere: a comparison has no derivative",
    "less_equal": "goes nowhere: a comparison has no derivative",
    "where": "goes to the branch that each entry was taken from, and nowhere else",
    "special.logsumexp": "is shared out by the softmax of the entries",
    "special.softmax": "g gives s·(g − Σ g·s), with s the softmax and the sum along its axis",
    "special.log_softmax": "g gives g − s·Σ g, with s the softmax and the sum along its axis",
    "sum": "goes to every entry that was added, repeated along the axes that were summed",
    "mean": "is divided by the number of entries and goes to each of them",
    "prod": "goes to each entry times the product of all the others",
    "max": "goes to the entry that is the largest",
    "min": "goes to the entry that is the smallest",
    "var": "goes to each entry times 2·(x − mean)/(n − correction)",
    "std": "goes to each entry times (x − mean)/((n − correction)·std)",
    "cumulative_sum": "is summed from each place to the end of the axis",
    "cumulative_prod": "is summed from each place to the end, each times the product without x",
    "reshape": "is given the input's shape again, its entries in the same order",
    "permute_dims": "is permuted back, by the inverse permutation",
    "broadcast_to": "is summed over the axes that were repeated",
    "expand_dims": "loses the new axis",
    "squeeze": "gets the axes of size 1 back",
    "concat": "is cut where the inputs were joined",
    "stack": "is cut along the new axis",
    "split": "of the parts is joined again",
    "moveaxis": "has its axes moved back",
    "flip": "is flipped back, along the same axes",
    "roll": "is rolled back, by as much",
    "repeat": "is summed over the copies of each entry",
    "tile": "is summed over the copies of the array",
    "pad": "loses what was padded",
    "getitem": "goes to the entries that were taken, added up where one was taken twice",
    "take": "goes to the entries that were taken, added up where one was taken twice",
    "take_along_axis": "goes to the entries that were taken, added up where one was taken twice",
    "sort": "goes back to the place from which each entry came",
    "matmul": "g gives g @ bᵀ for a, and aᵀ @ g for b, summed over batches that were broadcast",
    "linalg.outer": "g gives g @ b for a, and gᵀ @ a for b",
    "tensordot": "is contracted with the other factor over the axes that it kept",
    "nn.functional.conv2d": "goes to all that a kernel met, times the kernel, and to the kernel,"
    " times all that it met, each added up over the places",
    "vecdot": "times the other factor, entry by entry",
    "linalg.diagonal": "goes onto the diagonal that was taken",
    "tril": "is kept at and below the diagonal, and 0 above it",
    "triu": "is kept at and above the diagonal, and 0 below it",
}
"""Of any other op, what becomes of the cotangent of its result."""


TIES: Mapping[str, str] = {
    "maximum": "Where x equals y, the shares of x and y lie between 0 and 1 and add up to 1.",
    "minimum": "Where x equals y, the shares of x and y lie between 0 and 1 and add up to 1.",
    "max": "Equal largest entries share it: the shares add up to 1.",
    "min": "Equal smallest entries share it: the shares add up to 1.",
    "clip": "Where x equals a limit, its share lies between 0 and 1, and the limit gets the rest.",
    "nn.functional.relu": "At 0 it lies between 0 and 1.",
    "abs": "At 0 it lies between -1 and 1.",
}
"""Of an op with kinks, what is left to an engine there, and what is not."""


def told(op: str) -> str:
    """A sentence on the local derivative of an op; empty for one that is not known."""
    cotangent = f"The cotangent of {op} {WORDS[op]}." if op in WORDS else ""
    said = _of_slots(op, SLOTS[op]) if op in SLOTS else cotangent
    return f"{said} {TIES[op]}" if op in TIES else said


def _of_slots(op: str, slots: tuple[str, ...]) -> str:
    names = "xy"[: len(slots)]
    each = ", and ".join(f"{d} for {name}" for d, name in zip(slots, names, strict=True))
    of = f"The derivative of {op}({', '.join(names)})"
    return f"{of} is {each}." if len(slots) > 1 else f"{of} is {slots[0]}."
