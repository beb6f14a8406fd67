"""Matrix products of stacks of matrices; `functional` brings vectors to that form."""

from .table import rule

rule(
    "matmul",
    lambda xp, x, y: xp.matmul(x, y),
    lambda ops, g, _out, _x, y: ops.matmul(g, y.mT),
    lambda ops, g, _out, x, _y: ops.matmul(x.mT, g),
)
