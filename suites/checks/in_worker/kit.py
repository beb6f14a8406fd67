"""What the functions of this folder share."""

from __future__ import annotations

from typing import Any, Callable


def raises(run: Callable[..., Any], *args: Any) -> bool:
    """Whether a call raises an exception."""
    try:
        run(*args)
    except Exception:
        return True
    return False


def leaf(torch: Any, *entries: float) -> Any:
    """A leaf of float64 that records; 0-d if there is one entry."""
    data = entries[0] if len(entries) == 1 else list(entries)
    return torch.tensor(data, dtype=torch.float64, requires_grad=True)


def constant(torch: Any, *entries: float) -> Any:
    """A tensor of float64 that does not record; 0-d if there is one entry."""
    return leaf(torch, *entries).detach()


def grad(x: Any) -> Any:
    """The entries of what x holds as its gradient, or none."""
    return None if x.grad is None else x.grad.tolist()
