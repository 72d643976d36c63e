"""The module behind `alignment-uniformity`."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import normalize

from recbox.plugin import Step
from recbox_ssl._contrast import BLOCK, FAR, TINY, blocks


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
        pairs = times.sum().square() - times.sum()
        if not pairs:
            return x.sum() * 0
        close: torch.Tensor = _Close.apply(_unit(x), times, self.t)
        return close - pairs.log()

    def _counted(self, nodes: torch.Tensor, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        different, times = torch.unique(nodes, return_counts=True)
        return different, torch.ones_like(times, dtype=like.dtype) if self.once else times.to(like)


class _Close(torch.autograd.Function):
    """`log Σ e^{-t‖x_i - x_j‖²}` over any two rows; x `[n, D]`, of length 1, has each of them once, and times
    `[n]` says how often it is there. Block by block, as InfoNCE, and gradients with it.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, times: torch.Tensor, t: float) -> torch.Tensor:
        # A node's distance to itself is 0, whatever rounding or a vector of zeros makes of it.
        total, weighed = (times * (times - 1)).sum(), x * times[:, None]
        top = x.new_zeros(()) if total or t <= FAR / 2 else _nearest(x, t)
        towards = torch.empty_like(x)
        for rows in blocks(len(x), len(x), BLOCK):
            e = _logits(x, rows, t).sub_(top).exp_()
            total += (e @ times) @ times[rows]
            torch.mm(e, weighed, out=towards[rows])
        ctx.save_for_backward(towards.mul_(times[:, None] * (4 * t / total)))
        return total.log() + top

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return ctx.saved_tensors[0] * grad, None, None


def _logits(x: torch.Tensor, rows: slice, t: float) -> torch.Tensor:
    """float `[rows, n]`: `-t‖x_i - x_j‖²` of these rows of unit length, and -inf of a row and itself."""
    found = (x[rows] @ x.T).sub_(1).mul_(2 * t)
    found.diagonal(rows.start).fill_(-torch.inf)
    return found


def _nearest(x: torch.Tensor, t: float) -> torch.Tensor:
    """float []: the largest of them."""
    return torch.stack([_logits(x, rows, t).max() for rows in blocks(len(x), len(x), BLOCK)]).max()


def _unit(x: torch.Tensor) -> torch.Tensor:
    return normalize(x, dim=-1, eps=TINY)
