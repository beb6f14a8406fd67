"""Attention: each query takes a mean of the values, weighed by how well their keys match it."""

from __future__ import annotations

import math

from ..creation import ones
from ..elementwise import where
from ..functional import amax, matmul
from ..rearranging import repeat_interleave, tril
from ..statistics import softmax
from ..tensors import Tensor
from .chance import dropout

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """softmax(query·keyᵀ·scale + mask)·value: Vaswani et al., 2017, equation 1.

    query (…, L, E), key (…, S, E), value (…, S, V) give (…, L, V). A bool mask says who may be
    looked at, another is added; `is_causal` lets query i look at keys up to i. A query that may
    look at nothing gives 0. Gradients of keys and values that nobody looks at are exactly 0.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention takes a mask or is_causal, not both")
    if enable_gqa:  # several queries share a key
        times = query.shape[-3] // key.shape[-3]
        key, value = (repeat_interleave(x, times, -3) for x in (key, value))
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = matmul(query, key.mT) * scale
    if is_causal:
        attn_mask = tril(ones(*scores.shape[-2:], dtype=scores.dtype, device=scores.device)) > 0
    if attn_mask is not None:
        seen = attn_mask.dtype.kind == "b"
        scores = where(attn_mask, scores, -math.inf) if seen else scores + attn_mask
    return matmul(dropout(weights(scores), dropout_p), value)


def weights(scores: Tensor) -> Tensor:
    """The softmax of each row, and 0 for a row of -∞, which has no softmax."""
    if 0 in scores.shape:
        return scores
    blind = amax(scores.detach(), -1, keepdim=True) == -math.inf
    return where(blind, 0, softmax(where(blind, 0, scores), -1))
