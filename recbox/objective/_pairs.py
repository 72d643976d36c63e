"""The module behind `bpr` and `bce`: losses of a known item's score and sampled items' scores."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import softplus

from recbox.plugin import Step


def bpr(positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    """`mean -log σ(s⁺ - s⁻)`; positive `[B, 1]`, negative `[B, n]`."""
    return softplus(negative - positive).mean()


def bce(positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    """`mean -log σ(s⁺) + mean -log σ(-s⁻)`."""
    return softplus(-positive).mean() + softplus(negative).mean()


LOSS = {"bpr": bpr, "bce": bce}


class PairLoss(nn.Module):
    """Scores the batch's positives and negatives and hands them to one of `LOSS`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.loss = LOSS[name]

    def forward(self, step: Step) -> torch.Tensor:
        # One look-up for both, because each costs a gradient as large as the table of vectors.
        items = torch.cat([step.batch.item[:, None], step.batch.negative], dim=1)
        scores = step.score(step.batch.user[:, None], items)
        return self.loss(scores[:, :1], scores[:, 1:])


class ThresholdLoss(nn.Module):
    """`mean -log σ(s)` where the weight is `positive` or more, `-log σ(-s)` where it is less."""

    def __init__(self, positive: float) -> None:
        super().__init__()
        self.positive = positive

    def forward(self, step: Step) -> torch.Tensor:
        score = step.score(step.batch.user, step.batch.item)
        return softplus(torch.where(step.batch.weight >= self.positive, -score, score)).mean()
