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
from contextlib import ContextDecorator

import numpy as np


class _Mode(threading.local):
    """What holds in one thread. `silently(f, ...)` calls f without numpy's warnings."""

    recording = True

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


class set_grad_enabled(ContextDecorator):  # noqa: N801 - PyTorch's name
    """Record, or do not: takes effect at once, ends with its block if it is used as one.

    >>> with set_grad_enabled(False):
    ...     is_grad_enabled()
    False
    """

    def __init__(self, recording: bool) -> None:
        """Set the mode of this thread."""
        self._wanted = recording
        self._before = [mode.recording]
        mode.recording = recording

    def __enter__(self) -> None:
        """Begin the block; the mode was set when the object was made."""
        mode.recording = self._wanted

    def __exit__(self, *error: object) -> None:
        """Give back the mode that stood before."""
        mode.recording = self._before.pop()


class _Block(ContextDecorator):
    """A mode for one block or one function; blocks nest, and one object may be used again."""

    recording: bool

    def __init__(self) -> None:
        self._before: list[bool] = []

    def _recreate_cm(self) -> _Block:
        return type(self)()  # each call of a decorated function, in any thread, has its own

    def __enter__(self) -> None:
        self._before.append(mode.recording)
        mode.recording = self.recording

    def __exit__(self, *error: object) -> None:
        mode.recording = self._before.pop()


class no_grad(_Block):  # noqa: N801 - PyTorch's name
    """Do not record: results are leaves without a gradient. A block or a decorator."""

    recording = False


class enable_grad(_Block):  # noqa: N801 - PyTorch's name
    """Record again, inside a `no_grad` block. A block or a decorator."""

    recording = True
