"""The functions of neural networks, gathered from the files of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rearranging import constant_pad_nd
from ..tensors import Tensor
from .activations import *  # noqa: F403
from .attention import *  # noqa: F403
from .chance import *  # noqa: F403
from .lookup import *  # noqa: F403
from .losses import *  # noqa: F403
from .normalization import *  # noqa: F403
from .pooling import *  # noqa: F403
from .windows import conv1d as conv1d
from .windows import conv2d as conv2d
from .windows import conv3d as conv3d

# Where the entry for place p lies in an axis of length n.
PADDINGS: dict[str, Any] = {
    "circular": lambda p, n: p % n,
    "reflect": lambda p, n: (n - 1) - np.abs((n - 1) - np.abs(p)),
    "replicate": lambda p, n: np.clip(p, 0, n - 1),
}


def pad(x: Tensor, pad: Sequence[int], mode: str = "constant", value: float = 0) -> Tensor:
    """x with `value` around it: `pad` holds (before, after) for the last axis, the one before …

    The other modes take the entries around it from x: mirrored, the last one, or in a circle.
    """
    if mode == "constant":
        return constant_pad_nd(x, pad, value)
    if mode not in PADDINGS:
        raise NotImplementedError(f"pad: no mode {mode!r}, only 'constant' and {sorted(PADDINGS)}")
    if mode == "circular":  # what is cut off is no part of the circle
        x, pad = constant_pad_nd(x, [min(n, 0) for n in pad]), [max(n, 0) for n in pad]
    for dim, (before, after) in enumerate(zip(pad[::2], pad[1::2], strict=True), start=1):
        n = x.shape[-dim]
        if mode != "replicate" and max(before, after) >= n + (mode == "circular"):
            raise ValueError(f"pad: {mode} cannot take {max(before, after)} entries from {n}")
        places = PADDINGS[mode](np.arange(-before, n + after), n)
        x = x[(..., places, *[slice(None)] * (dim - 1))]
    return x
