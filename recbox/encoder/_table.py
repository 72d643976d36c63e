"""The module behind `id`."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from recbox.plugin.init import take_rows


class Table(nn.Module):
    """Row i of `weight` is node i's vector.

    sparse: whether a gradient is of the rows that were read, and not of all.
    dropout: the share of the nodes that are missing in a pass of training. cold: bool `[count]`, the nodes
    that are missing in evaluation; None: none.
    """

    def __init__(self, weight: nn.Parameter, dropout: float = 0.0, cold: torch.Tensor | None = None) -> None:
        super().__init__()
        self.weight = weight
        self.sparse = False
        self.dropout = dropout
        self.register_buffer("every", torch.arange(len(weight)), persistent=False)
        self.register_buffer("cold", cold, persistent=False)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        # All nodes in order, as full propagation asks for them: no copy now, and no scatter on the way back.
        if len(nodes) == len(self.weight) and torch.equal(nodes, self.every):
            return self.weight
        return functional.embedding(nodes, self.weight, sparse=self.sparse)

    def missing(self, nodes: torch.Tensor) -> torch.Tensor | None:
        """bool `[n]`: the nodes that have to do without their vector; None: all have it."""
        gone = self.cold
        if self.training:
            # Drawn for all nodes, so that a node that is asked for twice is there twice or not at all.
            gone = torch.rand(len(self.weight), device=nodes.device) < self.dropout if self.dropout else None
        return None if gone is None else gone[nodes]

    def adopt(self, old: Table, rows: np.ndarray) -> bool:
        """Take the vectors of the nodes that `old` had at `rows` (-1: none); False where they are of another
        width."""
        if old.weight.shape[1:] != self.weight.shape[1:]:
            return False
        take_rows(self.weight, old.weight, rows)
        return True
