"""What modules of relations begin with and reckon in."""

from __future__ import annotations

import torch
from torch import nn

from recbox.plugin import init

FIRST = 0.1
"""The standard deviation of the relations' first vectors."""


def matrices(count: int, width: int, dim: int, generator: torch.Generator) -> nn.Parameter:
    """float `[count, width, dim]`, Glorot's uniform values in each."""
    each = [init.linear(width, dim, generator, bias=False).weight.detach().T for _ in range(count)]
    return nn.Parameter(torch.stack(each) if each else torch.zeros(0, width, dim))


def widened(x: torch.Tensor) -> torch.Tensor:
    """In float32, or float64 where it is that already."""
    return x if x.dtype == torch.float64 else x.float()
