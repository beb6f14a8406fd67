"""Whether operations are recorded: threads, inference, `set_grad_enabled`."""

from __future__ import annotations

from typing import Any

from .kit import leaf, raises, threads


def modes_of_threads(torch: Any) -> Any:
    """Whether a thread records that starts in a `no_grad` block, and whether it leaves ours be."""

    def work() -> bool:
        records = torch.is_grad_enabled()
        torch.no_grad().__enter__()
        return bool(records)

    with torch.no_grad():
        (records,) = threads(work)
    return {"records": records, "we still record": torch.is_grad_enabled()}


def inference_tensor(torch: Any) -> Any:
    """Whether recording is an error if it saves an inference tensor, and if it does not."""
    x = leaf(torch, 1.0, 2.0)
    with torch.inference_mode():
        frozen = x * 2
    return {"saved": raises(lambda: x * frozen), "not saved": raises(lambda: x + frozen)}


def set_grad_enabled(torch: Any) -> Any:
    """The mode in blocks one inside the other, after them, and when it is set without a block."""
    seen = []
    with torch.set_grad_enabled(False):
        seen.append(torch.is_grad_enabled())
        with torch.set_grad_enabled(True):
            seen.append(torch.is_grad_enabled())
        seen.append(torch.is_grad_enabled())
    seen.append(torch.is_grad_enabled())
    torch.set_grad_enabled(False)
    seen.append(torch.is_grad_enabled())
    torch.set_grad_enabled(True)
    return seen
