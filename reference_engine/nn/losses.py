"""Losses, under PyTorch's names. `reduction` is "mean", "sum" or "none"."""

from __future__ import annotations

import math
from typing import Any

from ..elementary import clamp_min, softplus
from ..elementwise import abs, exp, log, minimum, sqrt, where
from ..functional import gather, mean, reshape, squeeze, sum, unsqueeze
from ..norms import vector_norm
from ..reshaping import broadcast_tensors
from ..special_functions import xlogy
from ..statistics import log_softmax
from ..tensors import Tensor

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_embedding_loss",
    "cosine_similarity", "cross_entropy", "gaussian_nll_loss", "hinge_embedding_loss",
    "huber_loss", "kl_div", "l1_loss", "margin_ranking_loss", "mse_loss", "nll_loss",
    "pairwise_distance", "poisson_nll_loss", "smooth_l1_loss", "soft_margin_loss",
    "triplet_margin_loss",
]  # fmt: skip


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of the losses, or the losses themselves."""
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f"a reduction is 'mean', 'sum' or 'none', not {reduction!r}")
    return mean(losses) if reduction == "mean" else sum(losses)


# Of numbers.


def mse_loss(x: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """(x - target)².

    >>> from gradassay import reference_engine as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    return reduced((x - target) ** 2, reduction)


def l1_loss(x: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """|x - target|; its derivative is taken as 0 where both are equal."""
    return reduced(abs(x - target), reduction)


def smooth_l1_loss(
    x: Tensor, target: Tensor, *, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """|d| - beta/2 of the difference d, and d²/(2·beta) where |d| is less than beta."""
    if beta == 0:
        return l1_loss(x, target, reduction=reduction)
    return reduced(bent(x - target, beta) / beta, reduction)


def huber_loss(x: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """delta·(|d| - delta/2) of the difference d, and d²/2 where |d| is less than delta."""
    return reduced(bent(x - target, delta), reduction)


def bent(d: Tensor, width: float) -> Tensor:
    """A parabola d²/2 that goes on straight where |d| is not less than `width`."""
    return where(abs(d) < width, d * d / 2, width * (abs(d) - width / 2))


def poisson_nll_loss(
    x: Tensor, target: Tensor, log_input: bool = True, full: bool = False, *,
    eps: float = 1e-8, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """-log of the probability of `target` events where x, or exp(x), are expected."""
    losses = exp(x) - target * x if log_input else x - target * log(x + eps)
    if full:  # Stirling's formula for log(target!)
        many = where(target > 1, target, 1)
        stirling = many * log(many) - many + log(2 * math.pi * many) / 2
        losses = losses + where(target > 1, stirling, 0)
    return reduced(losses, reduction)


def gaussian_nll_loss(
    x: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """-log of the density at `target` of a normal distribution around x; `var` is at least eps."""
    if not isinstance(var, Tensor):
        var = 0 * x.detach() + var
    elif var.ndim == x.ndim - 1 and var.shape == x.shape[:-1]:
        var = unsqueeze(var, -1)
    if bool((var < 0).any()):
        raise ValueError("gaussian_nll_loss: a variance is negative")
    var = var + (clamp_min(var, eps) - var).detach()  # as if it had not been raised to eps
    losses = (log(var) + (x - target) ** 2 / var) / 2
    return reduced(losses + math.log(2 * math.pi) / 2 if full else losses, reduction)


# Of probabilities and of their logarithms.


def binary_cross_entropy(
    x: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """-target·log x - (1 - target)·log(1 - x), where no logarithm is below -100."""
    least = math.exp(-100)
    yes, no = (log(clamp_min(p, least)) for p in (x, 1 - x))
    losses = (target - 1) * no - target * yes
    return reduced(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy_with_logits(
    x: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The binary cross-entropy of sigmoid(x), without overflow."""
    yes = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    losses = (1 - target) * x + yes * softplus(-x, threshold=math.inf)
    return reduced(losses if weight is None else losses * weight, reduction)


def soft_margin_loss(x: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target·x)) for targets 1 and -1."""
    return reduced(softplus(-target * x, threshold=math.inf), reduction)


def kl_div(
    x: Tensor, target: Tensor, *, reduction: str = "mean", log_target: bool = False
) -> Tensor:
    """target·(log target - x), where x, and target if so said, are logarithms of probabilities."""
    losses = exp(target) * (target - x) if log_target else xlogy(target, target) - target * x
    if reduction == "batchmean":
        return sum(losses) / (x.shape[0] if x.ndim else 1)
    return reduced(losses, reduction)


def nll_loss(
    x: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """-x at the class `target`, of logarithms x of shape (n, classes, …) or (classes,).

    Targets equal to `ignore_index` do not count, and their rows get gradients of exactly 0. The
    mean is weighted; of no targets it is NaN.
    """
    classes = 1 if x.ndim > 1 else 0
    kept = target != ignore_index
    target = classes_of(where(kept, target, 0), x.shape[classes])
    picked = squeeze(gather(x, classes, unsqueeze(target, classes)), classes)
    each = kept.to(x.dtype) if weight is None else where(kept, weight[target], 0)
    losses = where(kept, -picked * each, 0)
    return sum(losses) / sum(each) if reduction == "mean" else reduced(losses, reduction)


def classes_of(target: Tensor, count: int) -> Tensor:
    """The targets themselves. Raises IndexError if one of them is no class."""
    if bool(((target < 0) | (target >= count)).any()):
        raise IndexError(f"a target is none of the {count} classes, nor is it ignore_index")
    return target


def cross_entropy(
    x: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """-log of the softmax of x, of shape (n, classes, …) or (classes,), at the target.

    Targets are classes, or probabilities in the shape of x. `label_smoothing` is the share of the
    target that is spread evenly over all classes.

    >>> from gradassay import reference_engine as torch
    >>> torch.nn.functional.cross_entropy(torch.zeros(1, 4), torch.tensor([2]))
    tensor(1.3863)
    """
    classes = 1 if x.ndim > 1 else 0
    logs = log_softmax(x, classes)
    if target.dtype.kind == "f":
        return of_probabilities(logs, target, classes, weight, reduction, label_smoothing)
    sharp = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return sharp
    kept = target != ignore_index
    weighed = logs if weight is None else logs * beside(weight, logs, classes)
    even = where(kept, -sum(weighed, classes), 0)
    if reduction == "mean":
        counted = kept if weight is None else where(kept, weight[where(kept, target, 0)], 0)
        even = sum(even) / sum(counted)
    elif reduction == "sum":
        even = sum(even)
    return (1 - label_smoothing) * sharp + label_smoothing / x.shape[classes] * even


def of_probabilities(
    logs: Tensor, target: Tensor, classes: int, weight: Tensor | None, reduction: str, evenly: float
) -> Tensor:
    """The cross-entropy of targets that are probabilities; its mean is over the rows."""
    count = logs.shape[classes]
    target = target * (1 - evenly) + evenly / count if evenly else target
    weighed = logs if weight is None else logs * beside(weight, logs, classes)
    losses = -sum(weighed * target, classes)
    if reduction == "mean":
        return sum(losses) * (count / logs.numel())
    return reduced(losses, reduction)


def beside(weight: Tensor, x: Tensor, dim: int) -> Tensor:
    """A vector laid along one axis of x."""
    return reshape(weight, (-1, *[1] * (x.ndim - dim - 1)))


# Of pairs and triples.


def hinge_embedding_loss(
    x: Tensor, target: Tensor, margin: float = 1.0, *, reduction: str = "mean"
) -> Tensor:
    """The distance x itself for target 1; what it is short of the margin for target -1."""
    near = where(target != -1, x, 0)
    return reduced(near + where(target != 1, clamp_min(margin - x, 0), 0), reduction)


def margin_ranking_loss(
    x: Tensor, y: Tensor, target: Tensor, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """How far x is from being above y by the margin for target 1, and below it for -1."""
    return reduced(clamp_min(-target * (x - y) + margin, 0), reduction)


def pairwise_distance(
    x: Tensor, y: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x - y + eps over the last axis."""
    return vector_norm(x - y + eps, p, -1, keepdim)


def cosine_similarity(x: Tensor, y: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between the vectors along `dim`; no length is below eps."""
    both = broadcast_tensors(x, y)
    x, y = (v / clamp_min(vector_norm(v, 2, dim, keepdim=True), eps) for v in both)
    return sum(x * y, dim)


def cosine_embedding_loss(
    x: Tensor, y: Tensor, target: Tensor, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """1 - cosine for target 1; how far the cosine is above the margin for target -1."""
    squares = (sum(v * v, -1) + 1e-12 for v in (x, y))
    cosine = sum(x * y, -1) / sqrt(next(squares) * next(squares))
    losses = where(target == 1, 1 - cosine, 0)
    return reduced(losses + where(target == -1, clamp_min(cosine - margin, 0), 0), reduction)


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
    eps: float = 1e-6, swap: bool = False, *, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """How far the anchor is from being nearer to `positive` than to `negative` by the margin."""
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        other = pairwise_distance(positive, negative, p, eps)
        far = minimum(far, other)
    return reduced(clamp_min(margin + near - far, 0), reduction)
