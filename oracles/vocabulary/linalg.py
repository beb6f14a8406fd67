"""Linear algebra."""

from .op import Op

ROWS = [
    Op(name="matmul", args=2, area="linalg", shapes="matmul", operator="@", exact=True,
       meaning=lambda k, x, y: k.matmul(x, y),
       torch=lambda t, x, y: t.matmul(x, y)),
]  # fmt: skip
