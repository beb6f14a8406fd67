"""Ops that pick entries by their place, or by their order."""

from typing import Any

import numpy as np

from .op import Op, axis_of

AREA = "indexing"


def indices(key: Any, args: Any) -> tuple[Any, ...]:
    """A key from JSON as Python's: `{"slice": …}`, `"..."`, none, integers, `{"arg": k}`."""
    out: list[Any] = []
    for part in key:
        if isinstance(part, dict):
            out.append(slice(*part["slice"]) if "slice" in part else args[part["arg"]])
        else:
            out.append(... if part == "..." else part)
    return tuple(out)


def _sort(k: Any, x: Any, axis: int = -1, descending: bool = False) -> Any:
    f = x.swapaxes(axis, -1)
    order = k.argsort(-f if descending else f)
    return np.take_along_axis(f, order, -1).swapaxes(axis, -1)


ROWS = [
    Op(name="getitem", args=1, area=AREA, shapes="index", params={"key": "key"}, exact=True,
       operator="[]", kinds=("real", "integer", "integer"),
       meaning=lambda k, x, *index, key: x[indices(key, (x, *index))],
       torch=lambda t, x, *index, key: x[indices(key, (x, *index))]),
    Op(name="take", args=2, area=AREA, shapes="take", params={"axis": "one axis"}, exact=True,
       kinds=("real", "integer"),
       meaning=lambda k, x, indices, axis: np.take(x, indices, axis_of(x, axis)),
       torch=lambda t, x, indices, axis: t.index_select(x, axis, indices)),
    Op(name="take_along_axis", args=2, area=AREA, shapes="take along", params={"axis": "one axis"},
       exact=True, kinds=("real", "integer"), aliases=("take_along_dim",),
       meaning=lambda k, x, indices, axis: np.take_along_axis(x, indices, axis),
       torch=lambda t, x, indices, axis: t.take_along_dim(x, indices, dim=axis)),
    Op(name="sort", args=1, area=AREA, shapes="one", exact=True,
       params={"axis": "one axis", "descending": "flag"},
       meaning=_sort,
       torch=lambda t, x, axis=-1, descending=False:
           t.sort(x, dim=axis, descending=descending).values),
]  # fmt: skip
