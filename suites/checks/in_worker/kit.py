"""What the functions of this folder share."""

from __future__ import annotations

import os
import traceback
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

    A name, a module, a keyword or an operator; the same exception from within the engine is its own
    fault.
    """
    worded = isinstance(error, TypeError) and any(words in str(error) for words in LACKING)
    if not worded and not isinstance(error, (AttributeError, ImportError)):
        return False
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    asked = [file for file in files if "importlib" not in file][-1:]
    return [os.path.dirname(file) for file in asked] == [os.path.dirname(__file__)]


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
