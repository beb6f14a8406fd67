"""`utils.checkpoint`: nothing is saved in a part of the forward, which runs again for the sweep.

>>> from gradassay import reference_engine as torch
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> torch.utils.checkpoint.checkpoint(lambda x: torch.exp(x).sin(), x).sum().backward()

It is `saved_tensors_hooks` put to use: what an operation saves is replaced by its number. When the
sweep asks for the first, the part runs again and all that it saves is at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import creation
from .modes import enable_grad
from .saving import saved_tensors_hooks
from .tensors import Tensor


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool = False,
    preserve_rng_state: bool = True,
    **options: Any,
) -> Any:
    """function(*args, **options), which runs again in the sweep, with the same random numbers.

    `use_reentrant` is there for PyTorch's sake and makes no difference.
    """
    part = Part(lambda: function(*args, **options), preserve_rng_state)
    with saved_tensors_hooks(part.number, part.value):
        return function(*args, **options)


class Part:
    """A part of the forward, and what it saved when it ran again."""

    def __init__(self, run: Callable[[], Any], preserve_rng_state: bool) -> None:
        """Note how to run it, and where the random numbers stand."""
        self.run = run
        self.random = creation.get_rng_state() if preserve_rng_state else None
        self.count = 0
        self.again: dict[int, Tensor] = {}

    def number(self, x: Tensor) -> int:
        """The number of a value in the order in which they are saved."""
        self.count += 1
        return self.count - 1

    def value(self, number: int) -> Tensor:
        """The value of this number; it is let go with the asking."""
        if number not in self.again:
            self.recompute()
        return self.again.pop(number)

    def recompute(self) -> None:
        """Run the part again, to collect what it saves. Raises RuntimeError if that differs."""
        found: list[Tensor] = []
        now = creation.get_rng_state()
        if self.random is not None:
            creation.set_rng_state(self.random)
        with enable_grad(), saved_tensors_hooks(found.append, lambda x: x):
            self.run()
        if self.random is not None:
            creation.set_rng_state(now)
        if len(found) != self.count:
            raise RuntimeError(
                f"checkpoint: the function saved {self.count} values, and {len(found)} when it ran "
                "again; it must do the same each time"
            )
        self.again = dict(enumerate(Tensor(x.array) for x in found))
