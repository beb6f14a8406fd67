"""`inference_mode`: results that can never take part in a gradient.

>>> from gradassay import reference_engine as torch
>>> with torch.inference_mode():
...     y = torch.ones(2) * 2
>>> y.is_inference()
True
"""

from __future__ import annotations

from typing import Any

from .apply import WATCHERS
from .blocks import Block
from .modes import mode
from .rules import OPS_OF
from .tensors import Tensor


class InferenceTensor(Tensor):
    """A tensor that was made in a block of `inference_mode`."""

    __slots__ = ()

    def is_inference(self) -> bool:
        """It was."""
        return True

    def requires_grad_(self, wanted: bool = True) -> Tensor:
        """Raises RuntimeError outside of `inference_mode`."""
        if wanted and not mode.inference:
            raise RuntimeError(
                "requires_grad_: a tensor that was made under inference_mode cannot require a "
                "gradient; use x.clone()"
            )
        return super().requires_grad_(wanted)


OPS_OF[InferenceTensor] = OPS_OF[Tensor]


def is_inference_mode_enabled() -> bool:
    """Whether this thread is in a block of `inference_mode`."""
    return mode.inference is not None


class inference_mode(Block):  # noqa: N801 - PyTorch's name
    """Do not record, now or ever: results can neither be saved for a sweep nor require a gradient.

    A block or a decorator; `inference_mode(False)` ends the mode inside another such block.
    """

    def __init__(self, on: bool = True) -> None:
        """Be prepared."""
        super().__init__()
        self._on = on
        if refuse not in WATCHERS:
            WATCHERS.append(refuse)

    def enter(self) -> tuple[bool, Any]:
        """Stop recording, and mark what is made."""
        before = mode.recording, mode.inference
        mode.recording = not self._on and mode.recording
        mode.inference = InferenceTensor if self._on else None
        return before

    def leave(self, before: Any) -> None:
        """Give back the mode that stood before."""
        mode.recording, mode.inference = before

    def again(self) -> Block:
        """A block like this one."""
        return inference_mode(self._on)


def refuse(saved: Any, parents: Any, inputs: Any) -> Any:
    """Look on when an operation is recorded, and refuse to save what was made for inference."""
    arrays = [x.array for x in inputs if isinstance(x, InferenceTensor)]
    if any(a is kept for a in arrays for kept in saved):
        raise RuntimeError(
            "a tensor that was made under inference_mode cannot be saved for a sweep; pass "
            "x.clone(), or make it under no_grad()"
        )
    return saved
