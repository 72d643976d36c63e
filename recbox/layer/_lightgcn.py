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
