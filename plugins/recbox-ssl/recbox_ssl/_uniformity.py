"""The module behind `alignment-uniformity`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import normalize

from recbox.plugin import Step
from recbox_ssl._contrast import TINY


class AlignAndSpread(nn.Module):
    """A node that stands in the batch n times is there once, with its pairs weighted: the same mean over any
    two rows, without a distance for each two rows."""

    def __init__(self, gamma: float, t: float, once: bool) -> None:
        super().__init__()
        self.gamma, self.t, self.once = gamma, t, once

    def forward(self, step: Step) -> torch.Tensor:
        user, item = step.batch.user, step.batch.item
        apart = _unit(step.users(user)) - _unit(step.items(item))
        (users, of_users), (items, of_items) = (self._counted(nodes, apart) for nodes in (user, item))
        close = self.closeness(step.users(users), of_users) + self.closeness(step.items(items), of_items)
        return apart.square().sum(-1).mean() + self.gamma / 2 * close

    def closeness(self, x: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """float []: `log mean e^{-t‖x - y‖²}` over any two different rows; 0 where there is only one.

        x: float `[n, D]`, a vector for each node; times: float `[n]`, how often the node is there.
        """
        pairs = torch.outer(times, times) - torch.diag(times)
        if not pairs.any():
            return x.sum() * 0
        unit = _unit(x)
        distance = 2 - 2 * unit @ unit.T
        # The distance of a node to itself is 0, whatever rounding or a vector of zeros makes of it.
        distance = distance * (1 - torch.eye(len(x), dtype=x.dtype, device=x.device))
        return (pairs.log() - self.t * distance).flatten().logsumexp(0) - pairs.sum().log()

    def _counted(self, nodes: torch.Tensor, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        different, times = torch.unique(nodes, return_counts=True)
        return different, torch.ones_like(times, dtype=like.dtype) if self.once else times.to(like)


def _unit(x: torch.Tensor) -> torch.Tensor:
    return normalize(x, dim=-1, eps=TINY)
