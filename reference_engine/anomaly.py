"""Anomaly mode: the sweep stops at the first vjp that makes a NaN, and names its operation.

>>> from gradassay import reference_engine as torch
>>> x = torch.tensor(0.0, requires_grad=True)
>>> with torch.autograd.detect_anomaly():
...     (torch.sqrt(x) * 0).backward()  # doctest: +ELLIPSIS
Traceback (most recent call last):
RuntimeError: SqrtBackward made a NaN in the gradient of its input 0, float32 (); look ...
"""

from __future__ import annotations

from typing import Any

from .blocks import Block
from .devices import namespace
from .errors import described
from .graph import Node
from .modes import mode


class set_detect_anomaly(Block):  # noqa: N801 - PyTorch's name
    """Look for NaN in every sweep of this thread, or stop; ends with its block if used as one."""

    def __init__(self, on: bool, check_nan: bool = True) -> None:
        """Set the mode of this thread. Without `check_nan` nothing is looked for."""
        super().__init__()
        self._wanted = look if on and check_nan else None
        self._at_first = [mode.anomaly]
        mode.anomaly = self._wanted

    def enter(self) -> Any:
        """Set the mode; it stands so already if the object was just made."""
        before = self._at_first.pop() if self._at_first else mode.anomaly
        mode.anomaly = self._wanted
        return before

    def leave(self, before: Any) -> None:
        """Give back the mode that stood before."""
        mode.anomaly = before


class detect_anomaly(set_detect_anomaly):  # noqa: N801 - PyTorch's name
    """A block in which every sweep looks for NaN."""

    def __init__(self, check_nan: bool = True) -> None:
        """Be prepared: the block begins it."""
        super().__init__(True, check_nan)
        mode.anomaly = self._at_first.pop()


def look(node: Node, contributions: list[tuple[Node, Any]]) -> None:
    """Raise RuntimeError if a contribution of this node to one of its parents holds a NaN."""
    for i, (_, d) in enumerate(contributions):
        array = getattr(d, "array", d)
        if not hasattr(array, "ndim"):
            continue  # the outputs of a user's function, gathered
        xp = namespace(type(array))
        if bool(xp.any(xp.isnan(array))):
            raise RuntimeError(
                f"{node.name()} made a NaN in the gradient of its input {i}, {described(array)}; "
                "look at the values that this operation was given"
            )
