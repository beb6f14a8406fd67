"""A mode for a block, a function or a generator: what `no_grad` and its like have in common."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any


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
        raise NotImplementedError

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
                step, given = generator.throw, error
    finally:
        with block.again():
            generator.close()
