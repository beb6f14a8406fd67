"""Ops that move entries about and compute nothing."""

from typing import Any

import numpy as np

from .op import Op

AREA = "shapes"


def indices(key: Any, args: Any) -> tuple[Any, ...]:
    """A key from JSON as Python's: `{"slice": …}`, `"..."`, none, integers, `{"arg": k}`."""
    out: list[Any] = []
    for part in key:
        if isinstance(part, dict):
            out.append(slice(*part["slice"]) if "slice" in part else args[part["arg"]])
        else:
            out.append(... if part == "..." else part)
    return tuple(out)


ROWS = [
    Op(name="reshape", args=1, area=AREA, shapes="one", params={"shape": "shape"}, exact=True,
       meaning=lambda k, x, shape: np.reshape(x, shape),
       torch=lambda t, x, shape: t.reshape(x, shape)),
    Op(name="permute_dims", args=1, area=AREA, shapes="one", params={"axes": "permutation"},
       aliases=("transpose",), exact=True,
       meaning=lambda k, x, axes: np.transpose(x, axes),
       torch=lambda t, x, axes: t.permute(x, axes)),
    Op(name="broadcast_to", args=1, area=AREA, shapes="one", params={"shape": "target"}, exact=True,
       meaning=lambda k, x, shape: np.broadcast_to(x, shape),
       torch=lambda t, x, shape: t.broadcast_to(x, shape)),
    Op(name="expand_dims", args=1, area=AREA, shapes="one", params={"axis": "new axis"}, exact=True,
       meaning=lambda k, x, axis: np.expand_dims(x, axis),
       torch=lambda t, x, axis: t.unsqueeze(x, axis)),
    Op(name="squeeze", args=1, area=AREA, shapes="one", params={"axis": "unit axis"}, exact=True,
       meaning=lambda k, x, axis: np.squeeze(x, axis),
       torch=lambda t, x, axis: t.squeeze(x, axis)),
    Op(name="concat", args=2, area=AREA, shapes="concat", params={"axis": "one axis"}, exact=True,
       sequence=True, aliases=("concatenate",),
       meaning=lambda k, *xs, axis=0: np.concatenate(xs, axis),
       torch=lambda t, *xs, axis=0: t.concat(xs, dim=axis)),
    Op(name="getitem", args=1, area="indexing", shapes="index", params={"key": "key"}, exact=True,
       operator="[]", kinds=("real", "integer", "integer"),
       meaning=lambda k, x, *index, key: x[indices(key, (x, *index))],
       torch=lambda t, x, *index, key: x[indices(key, (x, *index))]),
]  # fmt: skip
