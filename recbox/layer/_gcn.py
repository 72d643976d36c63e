"""The module behind `gcn`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from recbox.kernel import Graph
from recbox.layer._activation import ACTIVATION
from recbox.plugin.init import linear

if TYPE_CHECKING:
    from recbox.layer.gcn import GCN


class Convolution(nn.Module):
    """`σ(R h + Â W h)`, where R is the identity, a transform where the widths differ, or nothing."""

    def __init__(self, options: GCN, width: int, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        self.norm = options.norm
        self.weight = linear(width, dim, generator, bias=False)
        self.dropout = nn.Dropout(options.dropout)
        self.activation = ACTIVATION[options.activation]()
        self.own: nn.Module | None = None
        if options.residual:
            self.own = nn.Identity() if width == dim else linear(width, dim, generator, bias=False)

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        received = graph.propagate(self.weight(self.dropout(x)), self.norm)
        if self.own is not None:
            received = received + self.own(x)[: received.shape[0]]
        return self.activation(received)
