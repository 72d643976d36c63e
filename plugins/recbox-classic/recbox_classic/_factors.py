"""The module behind `bpr-mf`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import softplus

from recbox.plugin import Batch, Moment, init


class Factors(nn.Module):
    """user `[users, dim]`; item `[items, dim]`; bias `[items]` of zeros, or none."""

    def __init__(
        self, users: int, items: int, dim: int, l2: float, bias: bool, std: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.user = init.normal(users, dim, std, generator)
        self.item = init.normal(items, dim, std, generator)
        self.bias = nn.Parameter(torch.zeros(items)) if bias else None
        self.l2 = l2

    def forward(self, batch: Batch, moment: Moment) -> torch.Tensor:
        # One look-up for both, because each costs a gradient as large as the table of vectors.
        items = torch.cat([batch.item[:, None], batch.negative], dim=1)
        user, item = self.user[batch.user], self.item[items]
        score = (user[:, None] * item).sum(-1)
        size = user.square().sum() + item.square().sum()
        if self.bias is not None:
            score = score + self.bias[items]
            size = size + self.bias[items].square().sum()
        return softplus(score[:, 1:] - score[:, :1]).mean() + self.l2 * size / (2 * len(batch.user))

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Copies, whose inner products are the scores: a bias is a column against a column of ones."""
        if self.bias is None:
            return self.user.detach().clone(), self.item.detach().clone()
        user = torch.cat([self.user, self.user.new_ones(len(self.user), 1)], dim=1)
        return user.detach(), torch.cat([self.item, self.bias[:, None]], dim=1).detach()
