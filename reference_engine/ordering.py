"""What is found by sorting: medians, quantiles, the greatest few, running extrema."""

from __future__ import annotations

import math
from typing import Any

from .apply import apply
from .creation import ones, tensor
from .elementary import clamp
from .elementwise import div, where
from .functional import (
    Dim,
    Extremum,
    amax,
    amin,
    axis,
    cat,
    clone,
    gather,
    movedim,
    reshape,
    squeeze,
    sum,
    unsqueeze,
)
from .rearranging import tril
from .rounding import ceil, floor, isnan, round
from .statistics import Sorted, argsort, cumsum, logsumexp, sort
from .tensors import Tensor

__all__ = [
    "aminmax", "cummax", "cummin", "cumulative_trapezoid", "diff", "kthvalue", "logcumsumexp",
    "median", "msort", "nanmean", "nanmedian", "nanquantile", "nansum", "quantile", "topk",
    "trapezoid", "trapz",
]  # fmt: skip


def topk(x: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Sorted:
    """The k greatest entries along `dim`, or the smallest, in order, and where they stand."""
    dim = axis(dim, x.ndim)
    if not x.ndim:
        return sort(x)
    if not 0 <= k <= x.shape[dim]:
        raise RuntimeError(f"topk: axis {dim} has {x.shape[dim]} entries, not {k}")
    values, indices = sort(x, dim, descending=largest)
    first = (slice(None),) * dim + (slice(k),)
    return Sorted(values[first], indices[first])


def kthvalue(x: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Extremum:
    """The k-th smallest entry along `dim`, counted from 1, and where it stands."""
    dim = axis(dim, x.ndim)
    if not x.ndim:
        return Extremum(*sort(x))
    if not 1 <= k <= x.shape[dim]:
        raise RuntimeError(f"kthvalue: axis {dim} has no entry {k}, counted from 1")
    place: Any = slice(k - 1, k) if keepdim else k - 1
    key = (slice(None),) * dim + (place,)
    values, indices = sort(x, dim)
    return Extremum(values[key], indices[key])


def msort(x: Tensor) -> Tensor:
    """The entries in order along the first axis."""
    return sort(x, 0)[0]


def aminmax(x: Tensor, *, dim: int | None = None, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The smallest and the greatest entries."""
    return amin(x, dim, keepdim), amax(x, dim, keepdim)


# The middle and its like.


def median(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower of the middle entries of all; along one axis (values, indices).

    Of all, the entries that equal it share the cotangent evenly; along an axis one has it.
    """
    return middle_of_all(x, False) if dim is None else middle(x, dim, keepdim, False)


def nanmedian(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """As `median`, of the entries that are numbers."""
    return middle_of_all(x, True) if dim is None else middle(x, dim, keepdim, True)


def middle(x: Tensor, dim: int, keepdim: bool, past_nan: bool) -> Extremum:
    """The median along one axis: the first NaN if there is one, unless they are passed over."""
    dim = axis(dim, x.ndim)
    if not x.ndim:
        return Extremum(*sort(x))
    values, order = sort(x, dim)
    count = sum(~isnan(x), dim, keepdim=True)  # NaN is sorted last
    place = clamp((count - 1) // 2, 0)
    if not past_nan:
        place = where(count < x.shape[dim], count, place)
    found = gather(values, dim, place), gather(order, dim, place)
    return Extremum(*(found if keepdim else (squeeze(v, dim) for v in found)))


def middle_of_all(x: Tensor, past_nan: bool) -> Tensor:
    """The median of all entries: the greatest of those that equal it, as amax shares evenly."""
    flat = reshape(x, -1)
    value = middle(flat.detach(), 0, False, past_nan).values
    return amax(where((flat == value) | (isnan(flat) & isnan(value)), flat, -math.inf))


def quantile(
    x: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear",
) -> Tensor:  # fmt: skip
    """The value below which a share q of the entries lies; NaN if one of them is NaN.

    `q` is a number, or a vector, whose axis then comes first in the result. `interpolation`
    between two entries: linear, lower, higher, nearest or midpoint.
    """
    return quantiles(x, q, dim, keepdim, interpolation, False)


def nanquantile(
    x: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear",
) -> Tensor:  # fmt: skip
    """As `quantile`, of the entries that are numbers."""
    return quantiles(x, q, dim, keepdim, interpolation, True)


def quantiles(
    x: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, past_nan: bool
) -> Tensor:
    """The quantiles along an axis that is moved to the end, one for each q."""
    shape = tuple(1 if dim is None or i == axis(dim, x.ndim) else n for i, n in enumerate(x.shape))
    rows = reshape(x, -1) if dim is None or not x.ndim else movedim(x, dim, -1)
    share = q if isinstance(q, Tensor) else tensor(q, dtype=x.dtype, device=x.device)
    values, count = sort(rows)[0], sum(~isnan(rows), -1, keepdim=True)
    rank = reshape(share, -1) * (clamp(count, 1) - 1).to(x.dtype)
    if not past_nan:
        rank = where(count < rows.shape[-1], rows.shape[-1] - 1, rank)
    found = movedim(between(values, rank, interpolation), -1, 0)
    if keepdim:
        found = reshape(found, (found.shape[0], *shape))
    return found if share.ndim else squeeze(found, 0)


def between(values: Tensor, rank: Tensor, interpolation: str) -> Tensor:
    """The sorted values at ranks that need not be whole."""
    low, high = floor(rank), ceil(rank)
    whole = {"lower": low, "higher": high, "nearest": round(rank)}.get(interpolation)
    if whole is not None:
        return gather(values, -1, whole.detach().long())
    if interpolation not in ("linear", "midpoint"):
        raise ValueError(f"quantile: no interpolation {interpolation!r}")
    below, above = (gather(values, -1, r.detach().long()) for r in (low, high))
    weight = rank - low.detach() if interpolation == "linear" else (high - low).detach() / 2
    return below + weight * (above - below)


# Running, and beside one another.


def cummax(x: Tensor, dim: int) -> Extremum:
    """The greatest entry so far along `dim`, and where it stands: the latest of equal ones."""
    return running(x, x, dim)


def cummin(x: Tensor, dim: int) -> Extremum:
    """As `cummax`, for the smallest."""
    return running(x, -x, dim)


def running(x: Tensor, height: Tensor, dim: int) -> Extremum:
    """The entries of x at the greatest `height` so far."""
    dim = axis(dim, x.ndim)
    if not x.ndim or not x.numel():
        return Extremum(x.clone(), reshape(argsort(reshape(x, -1)), x.shape))
    indices = movedim(apply("argcummax", movedim(height.detach(), dim, -1)), -1, dim)
    return Extremum(gather(x, dim, indices), indices)


def logcumsumexp(x: Tensor, dim: int) -> Tensor:
    """Running log Σ exp(x) along `dim`, without overflow."""
    if not x.ndim or not x.numel():
        return clone(x)
    rows = movedim(x, dim, -1)
    n = rows.shape[-1]
    # Row i looks at the entries up to i.
    later: Tensor = tril(ones(n, n, dtype=x.dtype, device=x.device)) == 0
    square = where(later, -math.inf, unsqueeze(rows, -2))
    return movedim(logsumexp(square, -1), -1, dim)


def diff(
    x: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Each entry less the one before it along `dim`, n times over."""
    if not x.ndim:
        raise RuntimeError("diff needs an axis; a lone number has none")
    dim = axis(dim, x.ndim)
    x = cat([y for y in (prepend, x, append) if y is not None], dim)
    front = (slice(None),) * dim
    for _ in range(min(n, x.shape[dim])):
        x = x[(*front, slice(1, None))] - x[(*front, slice(None, -1))]
    return x


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The area under straight lines from entry to entry of y along `dim`, at places x."""
    return sum(strips(y, x, dx, dim), dim)


def cumulative_trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1
) -> Tensor:
    """Running areas, as of `trapezoid`."""
    return cumsum(strips(y, x, dx, dim), dim)


def strips(y: Tensor, x: Tensor | None, dx: float, dim: int) -> Tensor:
    """The area between each two neighbours."""
    dim = axis(dim, y.ndim)
    front = (slice(None),) * dim
    pairs = (y[(*front, slice(1, None))] + y[(*front, slice(None, -1))]) / 2
    if x is None:
        return pairs * dx
    return pairs * (diff(reshape(x, (-1, *[1] * (y.ndim - dim - 1))), dim=0) if x.ndim == 1
                    else diff(x, dim=dim))  # fmt: skip


def nansum(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The sum of the entries that are numbers."""
    return sum(where(isnan(x), 0, x), dim, keepdim)


def nanmean(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The mean of the entries that are numbers."""
    count: Tensor = sum(~isnan(x), dim, keepdim).to(x.dtype)
    return div(nansum(x, dim, keepdim), count)


trapz = trapezoid
