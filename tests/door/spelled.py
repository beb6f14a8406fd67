"""A call of each op with all its parameters, on leaves that suit it."""

import math

import numpy as np
from gradassay.oracles.program import Leaf, Program, call


def leaf(array):
    return Leaf.of(np.array(array), requires_grad=True)


INSIDE = np.array([[0.5, -0.25, 0.75], [-0.5, 0.25, 0.125]])
IMAGES, KERNELS = (
    np.linspace(-1, 1, math.prod(s)).reshape(s) for s in ((2, 4, 5, 4), (6, 2, 3, 2))
)
MATRIX, VECTOR, UNIT = leaf(INSIDE), leaf(INSIDE[0]), leaf(INSIDE[:1])
MASK, PLACES, ALONG = Leaf.of(INSIDE > 0), Leaf.of([1, 0, 1]), Leaf.of([[0, 2], [1, 1]])
LEAVES = {  # op: its arguments, where they are not matrices of real numbers
    "where": (MASK, MATRIX, MATRIX),
    "reshape": (MATRIX,),
    "squeeze": (UNIT,),
    "broadcast_to": (UNIT,),
    "matmul": (MATRIX, VECTOR),
    "linalg.outer": (VECTOR, VECTOR),
    "take": (MATRIX, PLACES),
    "take_along_axis": (MATRIX, ALONG),
    "nn.functional.conv2d": (leaf(IMAGES), leaf(KERNELS)),
}
EXAMPLES = {  # kind of parameter: a value, to be passed by keyword
    "axes": 0, "one axis": 1, "flag": True, "shape": (3, -1), "permutation": (1, 0),
    "key": [0, "..."], "target": (4, 2, 3), "new axis": 1, "unit axis": 0, "low": -0.3,
    "high": 0.3, "correction": 1, "count": 2, "repetitions": (2, 1), "axis or none": 1,
    "diagonal": 1, "widths": ((1, 0), (0, 2)), "fill": 1.5, "contraction": ((0,), (0,)),
    "shared axis": 0,
}  # fmt: skip
TOGETHER = {  # parameters that hang together
    "moveaxis": {"source": (0, 1), "destination": (-1, 0)},
    "roll": {"shift": 1, "axis": (0, 1)},
    "split": {"indices_or_sections": (1, 2), "axis": 1},
    "nn.functional.conv2d": {"stride": (2, 1), "padding": (1, 2), "dilation": (2, 1), "groups": 2},
}


def spelled(op):
    """A call of `op` with all its parameters, on leaves that suit it."""
    leaves = LEAVES.get(op.name, (MATRIX,) * (op.args - op.optional))
    params = TOGETHER.get(op.name) or {p: EXAMPLES[k] for p, k in op.params.items()}
    calls = (call(op.name, *range(len(leaves)), **params),)
    if op.several:
        calls += (call("item", len(leaves), index=1),)
    constants = tuple(Leaf.of(x.array) for x in leaves)
    return Program(constants, calls, (len(leaves) + op.several,))
