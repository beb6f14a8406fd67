"""Whether operations are recorded: `no_grad`, `enable_grad`, `set_grad_enabled`.

The mode belongs to its thread, and leaves with its block even when the block raises.

>>> with no_grad():
...     is_grad_enabled()
False
>>> is_grad_enabled()
True
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from .blocks import Block


class _Mode(threading.local):
    """What holds in one thread. `silently(f, ...)` calls f without numpy's warnings."""

    recording = True
    inference: Any = None  # the class of what is made under inference_mode
    anomaly: Any = None  # what looks for NaN in the sweep

    def __init__(self) -> None:
        # numpy keeps its error state in a context variable. To run in a context where it is
        # off costs nothing; to switch it off and on around each operation would cost a third.
        silent = contextvars.Context()
        silent.run(np.seterr, all="ignore")
        self.silently = silent.run


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations of this thread are being recorded."""
    return mode.recording


class _Recording(Block):
    """A block in which `mode.recording` is something else."""

    def leave(self, before: bool) -> None:
        """Give back the mode that stood before."""
        mode.recording = before


class set_grad_enabled(_Recording):  # noqa: N801 - PyTorch's name
    """Record, or do not: takes effect at once, ends with its block if it is used as one.

    >>> with set_grad_enabled(False):
    ...     is_grad_enabled()
    False
    """

    def __init__(self, recording: bool) -> None:
        """Set the mode of this thread."""
        super().__init__()
        self._wanted = recording
        self._at_first: bool | None = mode.recording
        mode.recording = recording

    def enter(self) -> bool:
        """Set the mode; it stands so already if the object was just made."""
        before = mode.recording if self._at_first is None else self._at_first
        mode.recording, self._at_first = self._wanted, None
        return before

    def again(self) -> Block:
        """A block like this one."""
        return set_grad_enabled(self._wanted)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator it takes no effect before the function is called."""
        mode.recording = mode.recording if self._at_first is None else self._at_first
        return super().__call__(function)


class no_grad(_Recording):  # noqa: N801 - PyTorch's name
    """Do not record: results are leaves without a gradient. A block or a decorator."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """As `@no_grad` too, without brackets."""
        block = super().__new__(cls)
        if function is None:
            return block
        Block.__init__(block)
        return block(function)

    def enter(self) -> bool:
        """Stop recording."""
        before, mode.recording = mode.recording, False
        return before


class enable_grad(no_grad):  # noqa: N801 - PyTorch's name
    """Record again, inside a `no_grad` block. A block or a decorator."""

    def enter(self) -> bool:
        """Record."""
        before, mode.recording = mode.recording, True
        return before
