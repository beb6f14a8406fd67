"""What the functions of this folder share."""

from __future__ import annotations

import functools
import os
import re
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import CodeType
from typing import Any, Callable, Iterator, List, Optional, Set, Tuple


def raises(run: Callable[..., Any], *args: Any) -> bool:
    """Whether a call raises an exception; that a name is lacking does not count as one."""
    try:
        run(*args)
    except Exception as error:
        if lacks(error):
            raise
        return True
    return False


LACKING = ("keyword", "unsupported operand", "not subscriptable")
"""How Python words a `TypeError` about what is not there."""
KEYWORD = re.compile(r"keyword argument '(\w+)'|'(\w+)' is an invalid keyword")
"""How it names a keyword that nobody takes."""
PASSED_ON = ("__getattr__", "__getattribute__")
"""Functions of an engine that stand for a name that is asked of it."""
HERE = os.path.dirname(__file__)


def lacks(error: Optional[BaseException]) -> bool:
    """Whether an exception says that the engine lacks what a line of these files asked for.

    A name, a module, a keyword or an operator; the same exception from within the engine is its own
    fault. An engine may raise another one from it, or one that only quotes it.
    """
    if error is None:
        return False
    quoted = any(words in str(error) for words in MISSED)
    return quoted or _is_about_us(error) or lacks(error.__cause__ or error.__context__)


def _is_about_us(error: BaseException) -> bool:
    """Whether it was raised where these files asked, or by passing on a keyword of theirs."""
    worded = isinstance(error, TypeError) and any(words in str(error) for words in LACKING)
    if not worded and not isinstance(error, (AttributeError, ImportError)):
        return False
    codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    codes = [c for c in codes if "importlib" not in c.co_filename and c.co_name not in PASSED_ON]
    ours = [k for k, code in enumerate(codes) if os.path.dirname(code.co_filename) == HERE]
    if not ours:
        return False
    theirs, named = codes[ours[-1] + 1 :], KEYWORD.search(str(error))
    if not theirs or named is None or not isinstance(error, TypeError):
        return not theirs
    name = named.group(1) or named.group(2)
    given = any(name in _words(codes[k].co_consts) for k in ours)
    return given and not any(name in _parameters(code) for code in theirs)


def _words(constants: Tuple[Any, ...]) -> Iterator[Any]:
    """The constants of a function; the keywords of a call are a tuple of them."""
    for constant in constants:
        if isinstance(constant, tuple):
            yield from _words(constant)
        yield constant


def _parameters(code: CodeType) -> Tuple[str, ...]:
    """What a function takes by name."""
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


MISSED: Set[str] = set()
"""What callbacks found lacking: `Type: message`, as Python prints it."""


def noted(callback: Callable[..., Any]) -> Callable[..., Any]:
    """A callback of which it is kept in words what it finds lacking.

    An engine that calls it from another language may pass on no more than the words.
    """

    @functools.wraps(callback)  # an engine may look at its signature
    def noting(*args: Any) -> Any:
        try:
            return callback(*args)
        except Exception as error:
            if lacks(error):
                MISSED.add("%s: %s" % (type(error).__name__, error))
            raise

    return noting


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
