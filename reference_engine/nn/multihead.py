"""Attention of several heads: Vaswani et al., 2017, section 3.2.2."""

from __future__ import annotations

import math
from typing import Any

from ..creation import zeros
from ..elementwise import where
from ..functional import matmul, mean, reshape, squeeze, transpose, unsqueeze
from ..rearranging import chunk
from ..reshaping import unflatten
from ..statistics import softmax
from ..tensors import Tensor
from . import functional as F  # noqa: N812 - as everyone writes it
from . import init
from .layers import Linear
from .module import Module, Parameter


class MultiheadAttention(Module):
    """Queries look at keys in `num_heads` subspaces at once, and take means of values.

    Query (L, n, embed_dim), key and value (S, n, embed_dim), or n first if `batch_first`.
    """

    in_proj_bias: Parameter | None

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, *,
        batch_first: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        """Raises ValueError if the heads do not share the width evenly; options dtype, device."""
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"{num_heads} heads do not share a width of {embed_dim} evenly")
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.dropout, self.batch_first = dropout, batch_first
        self.in_proj_weight = Parameter(zeros(3 * embed_dim, embed_dim, **options))
        self.in_proj_bias = Parameter(zeros(3 * embed_dim, **options)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, **options)
        init.xavier_uniform_(self.in_proj_weight)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None,
        average_attn_weights: bool = True, is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """What is attended to, and if needed how much each key counted, in the mean of the heads.

        In both masks True means that a key is not looked at, other numbers are added to scores.
        Where nothing may be looked at, the result is NaN if weights are needed, and else 0.
        """
        if is_causal and attn_mask is None:
            raise RuntimeError("is_causal is a hint about attn_mask, which must be given, too")
        if query.ndim == 2:  # no batch: one of one
            first = 0 if self.batch_first else 1
            query, key, value = (unsqueeze(x, first) for x in (query, key, value))
            padding = None if key_padding_mask is None else unsqueeze(key_padding_mask, 0)
            out, weights = self.forward(
                query, key, value, padding, need_weights, attn_mask, average_attn_weights
            )
            return squeeze(out, first), None if weights is None else squeeze(weights, 0)
        if not self.batch_first:
            query, key, value = (transpose(x, 0, 1) for x in (query, key, value))
        q, k, v = self.projected(query, key, value)
        found, weights = self.attended(q, k, v, masks(attn_mask, key_padding_mask, q), need_weights)
        out = self.out_proj(reshape(transpose(found, 1, 2), query.shape))
        if weights is not None and average_attn_weights:
            weights = mean(weights, 1)
        return out if self.batch_first else transpose(out, 0, 1), weights

    def projected(self, *inputs: Tensor) -> list[Tensor]:
        """Query, key and value in the subspaces of the heads, (n, heads, length, width)."""
        weights = chunk(self.in_proj_weight, 3)
        biases = (None,) * 3 if self.in_proj_bias is None else chunk(self.in_proj_bias, 3)
        whole = (F.linear(*x) for x in zip(inputs, weights, biases, strict=True))
        return [transpose(unflatten(x, -1, (self.num_heads, -1)), 1, 2) for x in whole]

    def attended(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, need_weights: bool
    ) -> tuple[Tensor, Tensor | None]:
        """The means of the values, and if needed their weights."""
        dropped = self.dropout if self.training else 0.0
        if not need_weights:
            return F.scaled_dot_product_attention(q, k, v, mask, dropped), None
        scores = matmul(q, k.mT) / math.sqrt(q.shape[-1])
        weights = F.dropout(softmax(scores if mask is None else scores + mask, -1), dropped)
        return matmul(weights, v), weights


def masks(attn_mask: Tensor | None, padding: Tensor | None, like: Tensor) -> Tensor | None:
    """Both masks as one that is added to scores of shape (n, heads, L, S)."""
    if attn_mask is not None and attn_mask.ndim == 3:  # one for each head of each of the batch
        attn_mask = reshape(attn_mask, (*like.shape[:2], *attn_mask.shape[1:]))
    if padding is not None:
        padding = reshape(padding, (padding.shape[0], 1, 1, -1))
    added = [summand(mask, like) for mask in (attn_mask, padding) if mask is not None]
    return added[0] + added[-1] if len(added) == 2 else (added[0] if added else None)


def summand(mask: Tensor, like: Tensor) -> Tensor:
    """-∞ where a bool mask holds and else 0; another mask as it is."""
    if mask.dtype.kind != "b":
        return mask
    return where(mask, -math.inf, zeros(mask.shape, dtype=like.dtype, device=like.device))
