"""The module behind `mlp`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from recbox.plugin.init import linear

CELLS = 1 << 24
"""Hidden values at a time in `block`, so that memory does not grow with users × items."""


class Perceptron(nn.Module):
    """`s = w · relu(… relu(W_u u + W_i i + b))`. The first layer is split in two, so that a block of pairs
    costs one product a user and one an item before the widths are added up."""

    def __init__(self, width: int, hidden: Sequence[int], dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.user = linear(width, hidden[0], generator)
        self.item = linear(width, hidden[0], generator, bias=False)
        tail: list[nn.Module] = [nn.ReLU(), nn.Dropout(dropout)]
        for a, b in pairwise(hidden):
            tail += [linear(a, b, generator), nn.ReLU(), nn.Dropout(dropout)]
        self.tail = nn.Sequential(*tail, linear(hidden[-1], 1, generator))

    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return self.tail(self.user(user) + self.item(item)).squeeze(-1)

    def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        left, right = self.user(user), self.item(item)
        rows = max(1, CELLS // max(1, right.numel()))
        parts = [self.tail(part[:, None] + right[None]).squeeze(-1) for part in left.split(rows)]
        return torch.cat(parts)
