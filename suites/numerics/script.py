"""The lines of a standalone script that compare what was wrong at a special point."""

from __future__ import annotations

import math
import re

from ...oracles.program import Program
from ...reports.records import Row
from ..judge import Judgement
from .special import LARGEST

GRADIENT = re.compile(r"\bx(\d+)\.grad")
INTERVAL = re.compile(r"\[(.*), (.*)\]")


def compared(program: Program, judgement: Judgement, dtype: str) -> str:
    """`compared = [...]`: each wrong row as an expression, its due, and half the error.

    >>> row = Row(entry="x0.grad[1]", got="3.0", want="[0, 1]", wrong=True)
    >>> leafless = Program((), (), ())
    >>> print(compared(leafless, Judgement("wrong gradient", rows=(row,)), "float64"))
    compared = [
        ('x0.grad[1]', np.asarray(grads[0][1]), np.array(0.5), 1.5),
    ]
    """
    lines = [_line(program, row, dtype) for row in judgement.rows if row.wrong]
    return "\n".join(["compared = [", *lines, "]"])


def _line(program: Program, row: Row, dtype: str) -> str:
    got = GRADIENT.sub(r"grads[\1]", row.entry)
    for k, o in enumerate(program.outputs):
        got = re.sub(rf"\b{program.name(o)}\b", f"values[{k}]", got)
    interval = INTERVAL.fullmatch(row.want)
    low, high = map(float, interval.groups() if interval else (row.want, row.want))
    if not math.isfinite(low):  # compared as the largest number, which is a number
        due = math.copysign(LARGEST[dtype], low)
        return f"    ({row.entry!r}, np.nan_to_num({got}, nan=np.nan), np.array({due!r}), 0.0),"
    beyond = max(low - float(row.got), float(row.got) - high)
    slack = beyond / 2 if math.isfinite(beyond) else 1e-6 * max(1.0, abs(low), abs(high))
    middle, width = (low + high) / 2, (high - low) / 2 + slack
    return f"    ({row.entry!r}, np.asarray({got}), np.array({middle!r}), {width!r}),"
