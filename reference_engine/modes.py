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
import functools
import inspect
import threading
from collections.abc import Callable, Generator
from typing import Any

import numpy as np


class _Mode(threading.local):
    """What holds in one thread. `silently(f, ...)` calls f without numpy's warnings."""

    recording = True
    inference = False
    anomaly: Any = None

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


class Block:
    """A mode for one block, one function or one generator; blocks nest, and can be used again."""

    def __init__(self) -> None:
        """Set nothing yet."""
        self._before: list[Any] = []

    def enter(self) -> Any:
        """Set the mode; what is returned is given to `leave`."""
        raise NotImplementedError

    def leave(self, before: Any) -> None:
        """Give back the mode that stood before."""
        mode.recording = before

    def again(self) -> Block:
        """A block like this one: each call of a decorated function, in any thread, has its own."""
        return type(self)()

    def __enter__(self) -> None:
        """Begin the block."""
        self._before.append(self.enter())

    def __exit__(self, *error: object) -> None:
        """Give back the mode that stood before."""
        self.leave(self._before.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function under this mode; of a generator, what runs between its yields."""

        @functools.wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            with self.again():
                return function(*args, **options)

        @functools.wraps(function)
        def iterate(*args: Any, **options: Any) -> Any:
            return stepped(function(*args, **options), self)

        return iterate if inspect.isgeneratorfunction(function) else call


def stepped(generator: Generator[Any, Any, Any], block: Block) -> Generator[Any, Any, Any]:
    """A generator that runs under the mode of `block`, which does not leak out at its yields."""
    step, given = generator.send, None
    try:
        while True:
            try:
                with block.again():
                    answer = step(given)
            except StopIteration as end:
                return end.value
            try:
                step, given = generator.send, (yield answer)
            except GeneratorExit:
                raise
            except BaseException as error:
                step, given = generator.throw, error  # type: ignore[assignment]
    finally:
        with block.again():
            generator.close()


class set_grad_enabled(Block):  # noqa: N801 - PyTorch's name
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


class no_grad(Block):  # noqa: N801 - PyTorch's name
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
