"""The module behind `id`."""

from __future__ import annotations

import torch
from torch import nn


class Table(nn.Module):
    """Row i of `weight` is node i's vector."""

    def __init__(self, weight: nn.Parameter) -> None:
        super().__init__()
        self.weight = weight
        self.register_buffer("every", torch.arange(len(weight)), persistent=False)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        # All nodes in order, as full propagation asks for them: no copy now, and no scatter on the way back.
        if len(nodes) == len(self.weight) and torch.equal(nodes, self.every):
            return self.weight
        return self.weight[nodes]
