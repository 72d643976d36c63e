"""The module behind `lightgcn`."""

from __future__ import annotations

import torch
from torch import nn

from recbox.kernel import Graph


class Propagate(nn.Module):
    """`x' = Â x`; it has no parameters."""

    def __init__(self, norm: str) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        return graph.propagate(x, self.norm)

    def same(self, other: nn.Module) -> bool:
        """Whether `hops` may stand for this layer and that one behind it."""
        return isinstance(other, Propagate) and other.norm == self.norm

    def hops(self, graph: Graph, x: torch.Tensor, count: int, bf16: bool) -> list[torch.Tensor]:
        """What so many of these layers in a row give, one after the other."""
        return graph.hops(x, count, self.norm, bf16=bf16)
