"""PyTorch under random rounding: a dispatch mode that perturbs the result of every op.

It acts below autograd, so that a saved result is saved perturbed and the backward pass is perturbed
as well. Views, copies and comparisons round nothing. A reduction or a matrix product rounds inside,
in proportion to the magnitudes that it adds: there the inputs are perturbed, too. So does what is
fused: x − log Σ exp x loses digits that its result does not show.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_NOTHING = """
clone copy_ detach _to_copy zeros_like ones_like full_like new_zeros zeros full empty_like fill_
zero_ index gather select_backward slice_backward where abs neg relu sgn sign maximum minimum
amax amin cat scatter threshold_backward roll flip constant_pad_nd tril triu sort repeat stack
index_select take_along_dim clamp clamp_min clamp_max diagonal_backward slice_scatter
"""
_SUMS = """
sum mean prod mm bmm dot mv addmm baddbmm cumsum cumprod var std logsumexp logaddexp
_softmax _log_softmax _softmax_backward_data _log_softmax_backward_data
"""
ROUNDS_NOTHING = frozenset(_NOTHING.split())
ADDS_UP = frozenset(_SUMS.split())


class RandomRounding(TorchDispatchMode):
    """While entered, every float result is multiplied by (1 + unit·ξ), ξ uniform in [−1, 1]."""

    def __init__(self, unit: float, seed: int) -> None:
        """Draw from `seed`, with relative size `unit`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.unit = unit
        self.draw = torch.Generator().manual_seed(seed)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False: keep the compiler out, and its import of more than a second."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the op, then perturb what it returns."""
        name = func.overloadpacket.__name__
        if name in ADDS_UP:
            args = tuple(self._round(a) for a in args)
        result = func(*args, **(kwargs or {}))
        if name in ROUNDS_NOTHING or any(r.alias_info is not None for r in func._schema.returns):
            return result
        return self._round(result)

    def _round(self, x: Any) -> Any:
        if not isinstance(x, torch.Tensor) or not x.is_floating_point() or x._is_zerotensor():
            return x
        xi = torch.rand(x.shape, generator=self.draw, dtype=x.dtype)
        return x * (1.0 + self.unit * (2.0 * xi - 1.0))
