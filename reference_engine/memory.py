"""Which memory was written to, and when: so a sweep can tell that a saved value has changed.

Nothing is noted when a value is made or saved. A write notes the time in the books of its memory,
in the same count by which nodes are born; a saved value is stale if its memory was written to
after the node that saved it was born. So a program that never writes pays nothing.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from .devices import Array
from .graph import births


class Memory:
    """The writes to one piece of memory: how many, and the time of the last."""

    __slots__ = ("count", "last", "owner", "was")

    def __init__(self) -> None:
        """Not written to so far."""
        self.count = 0
        self.last = -1
        self.was: Any = None  # the lone number that stood in the place of this memory
        self.owner: Any = None


class Clock:
    """`last` is the time of the last write to any memory."""

    last = -1


_books: dict[Any, Memory] = {}


def owner_of(array: Array) -> Any:
    """What owns the memory: all arrays that share it have the same owner."""
    if isinstance(array, np.ndarray):
        while isinstance(array.base, np.ndarray):
            array = array.base
        return array
    return array if isinstance(array, np.generic) else array.untyped_storage()


def books_of(array: Array) -> Memory:
    """The books of this memory, opened if there are none; they go when the memory goes."""
    owner = owner_of(array)
    key = id(owner) if isinstance(owner, np.ndarray) else owner.data_ptr()
    if key not in _books:
        books = _books[key] = Memory()
        books.owner = weakref.ref(owner, lambda _: close(key))
    return _books[key]


def close(key: Any) -> None:
    """Forget memory that is gone, and the lone number that it was."""
    books = _books.pop(key, None)
    if books is not None and books.was is not None:
        _books.pop(id(books.was), None)


def note_write(array: Array) -> None:
    """Note that the memory of this array is written to now."""
    books = books_of(array)
    books.count += 1
    Clock.last = books.last = next(births)


def solid(number: np.generic) -> np.ndarray[Any, Any]:
    """Memory for a lone number, which numpy gives none: to share it, or to write to it."""
    array = np.asarray(number)
    if not isinstance(number, np.bool_):  # of True and False there are only two
        books = _books[id(number)] = books_of(array)
        books.was = number
    return array


def writes(array: Array) -> int:
    """How often the memory of this array was written to: PyTorch's `_version`."""
    books = _found(array)
    return books.count if books else 0


def written_since(array: Array, time: int) -> bool:
    """Whether the memory of this array was written to after `time`."""
    books = _found(array)
    return books is not None and books.last > time


def _found(array: Array) -> Memory | None:
    owner = owner_of(array)
    return _books.get(id(owner) if isinstance(owner, np.generic | np.ndarray) else owner.data_ptr())


def unseen(array: Array) -> Array:
    """The same memory under an owner of its own, so that writes to it go into no book."""
    if not isinstance(array, np.ndarray):
        return array
    return np.asarray(memoryview(array))  # type: ignore[arg-type]
