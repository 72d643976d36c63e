"""A linear layer with weights in 8-bit integers, and what goes into it left as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import torch
from torch import nn

from recbox.plugin import UnsupportedError
from recbox_text._quantize import finished, rounded


class Weights8(nn.Module):
    """`y = x Wᵀ + b` with each row of W as whole numbers from -127 to 127 and a factor.

    By torch's own product for CPUs, which has no public name (2.13) and takes x in bfloat16. `Int8`, which
    rounds x to 8 bits too, is 1.5 times as fast and right for vectors; but a text is a chain of choices, and
    a language model's inner vectors have a few numbers far larger than the rest. With SmolLM2-135M, whose
    perplexity on texts about films is 3.34, `Int8` has 3.54 and this 3.33.
    """

    def __init__(self, whole: torch.Tensor, factor: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.register_buffer("weight", whole)
        self.register_buffer("factor", factor.flatten().bfloat16())
        self.register_buffer("bias", bias)

    @classmethod
    def of(cls, parts: Iterable[torch.Tensor], bias: torch.Tensor | None) -> Self:
        """parts: the rows of W, some at a time."""
        if not hasattr(torch, "_weight_int8pack_mm"):
            what = f"torch {torch.__version__} has no product of 8-bit weights"
            raise UnsupportedError(what, where="precision", instead="precision: bf16")
        found = [rounded(part) for part in parts]
        return cls(torch.cat([whole for whole, _ in found]), torch.cat([f for _, f in found]), bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch._weight_int8pack_mm(x.reshape(-1, x.shape[-1]).bfloat16(), self.weight, self.factor)
        return finished(y.to(x.dtype), self.bias, x)

    def rows(self, which: torch.Tensor) -> torch.Tensor:
        """float32 [..., k]: rows of W."""
        return self.weight[which].float() * self.factor[which].float().unsqueeze(-1)
