"""A gradient check in one call, for the author of one op.

Read this file first; then `subjects` and `libraries` (what is checked), `inputs` (where),
`point` (what is true there), `search` (which entry is wrong), `shrink` and `results`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...oracles.program import Array
from . import inputs as places
from . import libraries, subjects
from .results import Checked, Failure, GradientError, MistakeError
from .search import OutsideError, Search, SweepError, begin
from .shrink import shrink
from .subjects import Subject, differentiable

__all__ = ["Checked", "GradientError", "check"]


def check(
    f: Callable[..., Any],
    *arrays: Any,
    grad: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    engine: str | None = None,
    seed: int = 0,
    raises: bool = True,
) -> Checked:
    """Whether a function's claimed gradient is right at `arrays` and at inputs made from them.

    - A numpy function of arrays with `vjp(cotangent, *arrays)`, or with `grad(*arrays)`, the
      gradient of the sum of its outputs; either returns an array, or a tuple of one an input.
    - A function of PyTorch tensors (`torch.autograd.Function.apply` is one), known by its inputs or
      by `engine="torch"`; with `engine="autograd"` or `"jax"` a function of those libraries.

    Arrays of reals are differentiated, in float64; integers and masks are passed on as they are.
    Raises `GradientError`, or returns a result that is not `ok` where `raises` is false.

    >>> import numpy as np
    >>> x = np.array([0.5, -2.0])
    >>> check(np.sin, x, grad=np.cos).ok
    True
    >>> wrong = check(np.sin, x, grad=lambda x: 1.001 * np.cos(x), raises=False)
    >>> print(wrong.message)  # doctest: +ELLIPSIS
    x.grad[0] is 1.001, but should be 1.0 (complex step; tolerance ...)
      x = [0.]
    Every entry is 1.001 times what it should be.
    """
    try:
        inputs = _arrays(arrays)
        subject = _subject(f, arrays, grad, vjp, engine)
        result = _examine(subject, inputs, seed)
    except MistakeError as error:
        result = Checked(False, str(error))
    if raises and not result.ok:
        raise GradientError(result.message)
    return result


def _arrays(arrays: tuple[Any, ...]) -> list[Array]:
    """The inputs as numpy arrays, reals as float64."""
    found = []
    for a in arrays:
        plain = a.detach().cpu().numpy() if hasattr(a, "detach") else a
        x = np.array(plain)
        if x.dtype.kind not in "fiub":
            raise MistakeError(f"an input is {x.dtype}: inputs should be real arrays")
        found.append(x.astype(np.float64) if x.dtype.kind == "f" else x)
    if not any(map(differentiable, found)):
        raise MistakeError("no input holds floating-point numbers: there is nothing to check")
    return found


def _subject(f: Any, arrays: tuple[Any, ...], grad: Any, vjp: Any, engine: str | None) -> Subject:
    if grad is not None and vjp is not None:
        raise MistakeError("give grad or vjp, not both")
    if grad is not None or vjp is not None:
        if engine not in (None, "numpy"):
            raise MistakeError(f"engine={engine!r} has gradients of its own: leave grad and vjp")
        return subjects.of_numpy(f, grad, vjp, len(arrays))
    known = {type(a).__module__.split(".")[0].removesuffix("lib") for a in arrays}
    engine = engine or next((e for e in ("torch", "jax") if e in known), None)
    if engine == "torch":
        return libraries.of_torch(f, arrays)
    if engine == "autograd":
        return libraries.of_autograd(f, len(arrays))
    if engine == "jax":
        return libraries.of_jax(f, len(arrays))
    raise MistakeError(
        "what gradient? Give grad= or vjp=, PyTorch tensors, or engine='torch', 'autograd' or 'jax'"
    )


def _examine(subject: Subject, inputs: list[Array], seed: int) -> Checked:
    """Try the given inputs and then all others; stop at the first at which something is wrong."""
    _habits(subject, inputs)
    tried = undecided = 0
    heard: set[str] = set()
    for name, derived in places.derived(inputs, seed):
        given = name == "given"
        try:
            search = begin(subject, derived, seed, given)
            failure = search.run()
        except (MistakeError, SweepError, OutsideError) as error:
            if given:
                raise MistakeError(f"{error} (at the given inputs)") from error
            if isinstance(error, OutsideError) or not _smooth(subject, derived, seed):
                continue
            return _verdict(subject, Failure(derived, "", None, other=str(error)), tried)
        except Exception:
            continue
        if failure is not None:
            hint = search.hint(failure)
            return _verdict(subject, replace(_shrunk(subject, failure, seed), hint=hint), tried + 1)
        tried += search.decided > 0
        undecided += search.decided == 0
        heard |= search.heard
    if not tried:
        raise MistakeError("nothing could be shown: f does not look differentiable anywhere tried")
    oracles = ", ".join(sorted(heard))
    text = f"agrees at {tried} inputs ({oracles})"
    return Checked(True, text, oracle=oracles, tried=tried, undecided=undecided)


def _habits(subject: Subject, inputs: list[Array]) -> None:
    """The same answer twice, and inputs left alone; raises `MistakeError`."""
    try:
        first, second = subject.value(inputs), subject.value(inputs)
    except MistakeError:
        raise
    except Exception as error:
        what = f"f raised {type(error).__name__}: {error} (at the given inputs)"
        raise MistakeError(what) from error
    if first.shape != second.shape or not np.array_equal(first, second, equal_nan=True):
        raise MistakeError("f gives two answers for the same inputs: is something random in it?")


def _smooth(subject: Subject, inputs: list[Array], seed: int) -> bool:
    """Whether the function has a gradient at an input where the claimed one fails."""
    from ...oracles.differences import scales
    from .point import Point

    point = Point(subject, inputs, seed)
    return all(
        point.differences(slot, scales(x)).kind == "smooth"
        for slot, x in enumerate(inputs)
        if differentiable(x) and x.size
    )


def _shrunk(subject: Subject, failure: Failure, seed: int) -> Failure:
    def again(inputs: list[Array]) -> Failure | None:
        try:
            search: Search = begin(subject, inputs, seed, given=False)
            return search.run()
        except Exception:
            return None

    return shrink(failure, again)


def _verdict(subject: Subject, failure: Failure, tried: int) -> Checked:
    lines = [failure.sentence()]
    for name, x in zip(subject.names, failure.inputs, strict=True):
        text = np.array2string(x, separator=", ", threshold=40, floatmode="unique")
        lines.append(f"  {name} = {' '.join(text.split())}")
    if failure.hint:
        lines.append(failure.hint)
    known = failure.at is not None
    return Checked(
        ok=False,
        message="\n".join(lines),
        inputs=tuple(failure.inputs),
        got=failure.got,
        want=failure.want if known else None,
        tolerance=failure.tolerance if known else None,
        oracle=failure.oracle,
        tried=tried,
    )
