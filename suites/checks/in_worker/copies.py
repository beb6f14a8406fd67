"""Tensors taken out of the graph: to numpy, by copy, by pickle, through `.data`."""

from __future__ import annotations

import copy
import pickle
from typing import Any

from .kit import constant, grad, leaf, raises


def numpy_of(torch: Any) -> Any:
    """Whether a leaf, a result and a detached one go to numpy without an error."""
    x = leaf(torch, 1.0, 2.0)
    tensors = {"leaf": x, "result": x * 2, "detached": x.detach()}
    return {name: not raises(tensor.numpy) for name, tensor in tensors.items()}


def copied(torch: Any) -> Any:
    """A deep copy of a leaf with a gradient, after a sweep of its own; an inner node's."""
    x = leaf(torch, 1.0, 2.0)
    x.sum().backward()
    y = copy.deepcopy(x)
    (y * 2).sum().backward()
    return {
        "copy": y.tolist(),
        "is a leaf that records": y.is_leaf and y.requires_grad,
        "gradient": grad(x),
        "gradient of the copy": grad(y),
        "a result raises": raises(copy.deepcopy, x * 2),
    }


def pickled(torch: Any) -> Any:
    """A leaf that records and one that does not, after they were pickled."""
    found = []
    for x in (leaf(torch, 1.0, 2.0), constant(torch, 3.0)):
        y = pickle.loads(pickle.dumps(x))
        found.append([y.tolist(), y.requires_grad, y.is_leaf])
    return found


def written_through_data(torch: Any) -> Any:
    """The gradient of y² for y = x, where y was set to 0 through `.data` before the sweep."""
    x = leaf(torch, 1.0, 2.0)
    y = x * 1
    z = (y * y).sum()
    y.data.zero_()
    noticed = raises(z.backward)
    return {"y": y.tolist(), "gradient": "an error" if noticed else grad(x)}
