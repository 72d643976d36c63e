"""A model's linear layers in 8-bit integers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import torch
from torch import nn

from recbox.plugin import UnsupportedError

LARGEST = 127


class Int8(nn.Module):
    """`y = x Wᵀ + b` with each row of W and each row of x as whole numbers from -127 to 127 and a factor.

    The range of a row of x is its own (dynamic quantization, a token at a time), so that a text's vector
    doesn't depend on the texts beside it.
    """

    def __init__(self, whole: torch.Tensor, factor: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.register_buffer("weight", whole)
        self.register_buffer("factor", factor.T)
        self.register_buffer("bias", None if bias is None else bias.detach().float())

    @classmethod
    def of(cls, parts: Iterable[torch.Tensor], bias: torch.Tensor | None) -> Self:
        """parts: the rows of W, some at a time."""
        found = [rounded(part.detach().float()) for part in parts]
        return cls(torch.cat([whole for whole, _ in found]), torch.cat([f for _, f in found]), bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        whole, factor = rounded(x.reshape(-1, x.shape[-1]))
        y = _product(whole, self.weight.T).float().mul_(self.factor).mul_(factor)
        return finished(y, self.bias, x)


def finished(y: torch.Tensor, bias: torch.Tensor | None, x: torch.Tensor) -> torch.Tensor:
    """y `[n, m]`, which may be written over, with the bias, in the shape that x came in."""
    y = y if bias is None else y.add_(bias)
    return y.view(*x.shape[:-1], -1)


def _product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """int8 `[n, k]` times `[k, m]`, in int32.

    torch has no public name for it (2.13). What is public has one range for a whole batch
    (`torch.ao.quantization.quantize_dynamic`: 1.2 times as fast as this, with 9 times the loss of cosine, and
    vectors that depend on the texts beside them), or is no faster than fp32 on a CPU (torchao 0.18, which
    calls this very function).
    """
    if not hasattr(torch, "_int_mm"):
        what = f"torch {torch.__version__} has no product of 8-bit integers"
        raise UnsupportedError(what, where="quantize", instead="quantize: none")
    return torch._int_mm(a, b)


def rounded(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers, and the factor of each row that makes them `x` again, nearly."""
    factor = x.abs().amax(1, keepdim=True).clamp_min(1e-30) / LARGEST
    return (x / factor).round_().to(torch.int8), factor


def int8(model: nn.Module) -> nn.Module:
    """All linear layers of a model, in place."""
    # GPT-2's `Conv1D` is a linear layer with its weight transposed.
    from transformers.pytorch_utils import Conv1D

    for module in list(model.modules()):
        for name, inner in list(module.named_children()):
            if isinstance(inner, nn.Linear):
                setattr(module, name, Int8.of([inner.weight], inner.bias))
            elif isinstance(inner, Conv1D):
                setattr(module, name, Int8.of([inner.weight.T.contiguous()], inner.bias))
    return model
