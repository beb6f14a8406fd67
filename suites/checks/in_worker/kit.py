"""What the functions of this folder share."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, List


def raises(run: Callable[..., Any], *args: Any) -> bool:
    """Whether a call raises an exception; that a name is lacking does not count as one."""
    try:
        run(*args)
    except Exception as error:
        if lacks(error):
            raise
        return True
    return False


LACKING = ("unexpected keyword", "unsupported operand", "not subscriptable")
"""How Python words a `TypeError` about what is not there."""


def lacks(error: BaseException) -> bool:
    """Whether an exception says that the engine lacks what a line of these files asked for.

    A name, a keyword or an operator; the same exception from within the engine is its own fault.
    """
    worded = any(words in str(error) for words in LACKING)
    if not isinstance(error, AttributeError) and not (isinstance(error, TypeError) and worded):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    asked = trace.tb_frame.f_code.co_filename if trace is not None else ""
    return os.path.dirname(asked) == os.path.dirname(__file__)


def threads(run: Callable[[], Any], count: int = 1) -> List[Any]:
    """What a function returns in so many new threads; raises what it raises there."""
    with ThreadPoolExecutor(count) as pool:
        return [job.result() for job in [pool.submit(run) for _ in range(count)]]


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
