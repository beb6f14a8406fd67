"""Ops that move entries about and compute nothing."""

from typing import Any

import numpy as np

from .op import Op, axis_of

AREA = "shapes"


def _axis_or_all(x: Any, axis: Any) -> list[int]:
    return list(range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis)


def pad(k: Any, x: Any, pad_width: Any, constant_values: float = 0) -> Any:
    """One axis after the other, constants on both sides."""
    for axis, widths in enumerate(pad_width):
        sides = [np.asarray(k.zeros((*x.shape[:axis], n, *x.shape[axis + 1 :])) + constant_values)
                 for n in widths]  # fmt: skip
        x = np.concatenate([sides[0], x, sides[1]], axis)
    return x


def _torch_roll(t: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    """PyTorch wants a shift for each axis."""
    axes = (axis,) if isinstance(axis, int) else axis or ()
    return t.roll(x, (shift,) * max(1, len(axes)) if isinstance(shift, int) else shift, axes)


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
       meaning=lambda k, x, axis: np.squeeze(x, axis_of(x, axis)),
       torch=lambda t, x, axis: t.squeeze(x, axis)),
    Op(name="concat", args=2, area=AREA, shapes="concat", params={"axis": "one axis"}, exact=True,
       sequence=True, aliases=("concatenate",),
       meaning=lambda k, *xs, axis=0: np.concatenate(xs, axis),
       torch=lambda t, *xs, axis=0: t.concat(xs, dim=axis)),
    Op(name="stack", args=2, area=AREA, shapes="stack", params={"axis": "new axis"}, exact=True,
       sequence=True,
       meaning=lambda k, *xs, axis=0: np.stack(xs, axis),
       torch=lambda t, *xs, axis=0: t.stack(xs, dim=axis)),
    Op(name="split", args=1, area=AREA, shapes="one", exact=True, several=True,
       params={"indices_or_sections": "split", "axis": "split"},
       meaning=lambda k, x, indices_or_sections, axis=0:
           tuple(np.split(x, indices_or_sections, axis)),
       torch=lambda t, x, indices_or_sections, axis=0:
           t.tensor_split(x, indices_or_sections, dim=axis)),
    Op(name="moveaxis", args=1, area=AREA, shapes="one", exact=True, aliases=("movedim",),
       params={"source": "move", "destination": "move"},
       meaning=lambda k, x, source, destination: np.moveaxis(x, source, destination),
       torch=lambda t, x, source, destination: t.moveaxis(x, source, destination)),
    Op(name="flip", args=1, area=AREA, shapes="one", params={"axis": "axes"}, exact=True,
       meaning=lambda k, x, axis=None: np.flip(x, axis),
       torch=lambda t, x, axis=None: t.flip(x, _axis_or_all(x, axis))),
    Op(name="roll", args=1, area=AREA, shapes="one", params={"shift": "roll", "axis": "roll"},
       exact=True,
       meaning=lambda k, x, shift, axis=None: np.roll(x, shift, axis),
       torch=_torch_roll),
    Op(name="repeat", args=1, area=AREA, shapes="one", exact=True, aliases=("repeat_interleave",),
       params={"repeats": "count", "axis": "axis or none"},
       meaning=lambda k, x, repeats, axis=None:
           np.repeat(x, repeats, None if axis is None else axis_of(x, axis)),
       torch=lambda t, x, repeats, axis=None: t.repeat_interleave(x, repeats, dim=axis)),
    Op(name="tile", args=1, area=AREA, shapes="one", params={"repetitions": "repetitions"},
       exact=True,
       meaning=lambda k, x, repetitions: np.tile(x, repetitions),
       torch=lambda t, x, repetitions: t.tile(x, repetitions)),
    Op(name="pad", args=1, area=AREA, shapes="one", exact=True,
       params={"pad_width": "widths", "constant_values": "fill"},
       meaning=pad,
       torch=lambda t, x, pad_width, constant_values=0: t.nn.functional.pad(
           x, [n for widths in pad_width[::-1] for n in widths], value=constant_values)),
]  # fmt: skip
