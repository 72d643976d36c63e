"""The module behind `softmax`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import cross_entropy, softplus

from recbox.plugin import Step


class SoftmaxLoss(nn.Module):
    """The user's other known items never stand in the denominator, nor do items that are no candidates.

    With `correct`, e^s of every item but the known one is divided by how often the item is expected among
    those drawn, so that the sum is an estimate of the sum over all items.
    """

    def __init__(self, over: str, temperature: float, correct: bool) -> None:
        super().__init__()
        self.loss = {"all": self._all, "sampled": self._sampled, "in-batch": self._in_batch}[over]
        self.temperature, self.correct = temperature, correct

    def forward(self, step: Step) -> torch.Tensor:
        return self.loss(step)

    def _all(self, step: Step) -> torch.Tensor:
        """`log(e^{s⁺} + Σ_unknown e^s) - s⁺`: the sum is the user's, so it is taken once for each user."""
        user, place = torch.unique(step.batch.user, return_inverse=True)
        scores = step.block(user) / self.temperature
        positive = scores[place, step.batch.item]
        others = scores.masked_fill(step.excluded(user), -torch.inf).logsumexp(dim=1)
        return softplus(others[place] - positive).mean()

    def _sampled(self, step: Step) -> torch.Tensor:
        negative = step.batch.negative
        items = torch.cat([step.batch.item[:, None], negative], dim=1)
        scores = step.score(step.batch.user[:, None], items)
        expected = step.proposal[items] * negative.shape[1]
        return self._cross_entropy(scores, torch.zeros_like(step.batch.item), expected)

    def _in_batch(self, step: Step) -> torch.Tensor:
        item, place = torch.unique(step.batch.item, return_inverse=True)
        scores = step.block(step.batch.user, item)
        other = step.known(step.batch.user, item).scatter(1, place[:, None], False)
        # Each item stands there once, however often it was drawn: 1 - (1 - p)^B.
        expected = -torch.expm1(len(place) * torch.log1p(-step.popularity[item].clamp_max(1 - 1e-6)))
        return self._cross_entropy(scores.masked_fill(other, -torch.inf), place, expected.expand_as(scores))

    def _cross_entropy(
        self, scores: torch.Tensor, target: torch.Tensor, expected: torch.Tensor
    ) -> torch.Tensor:
        """scores, expected: `[B, m]`; target: int64 `[B]`, the known item's column, which is always there."""
        logits = scores / self.temperature
        if self.correct:
            # The floor keeps an item that is never drawn, but stands there as a positive, finite.
            log_q = expected.clamp_min(1e-12).log()
            logits = logits - log_q.scatter(1, target[:, None], 0.0)
        return cross_entropy(logits, target)
