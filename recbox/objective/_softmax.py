"""The module behind `softmax`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import cross_entropy, softplus

from recbox.plugin import Step


class SoftmaxLoss(nn.Module):
    """The user's other known items never stand in the denominator."""

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
        others = scores.masked_fill(step.known(user), -torch.inf).logsumexp(dim=1)
        return softplus(others[place] - positive).mean()

    def _sampled(self, step: Step) -> torch.Tensor:
        items = torch.cat([step.batch.item[:, None], step.batch.negative], dim=1)
        logits = self._corrected(step.score(step.batch.user[:, None], items), step.proposal[items])
        return cross_entropy(logits, torch.zeros_like(step.batch.item))

    def _in_batch(self, step: Step) -> torch.Tensor:
        item, place = torch.unique(step.batch.item, return_inverse=True)
        scores = step.block(step.batch.user, item)
        other = step.known(step.batch.user, item).scatter(1, place[:, None], False)
        return cross_entropy(
            self._corrected(scores, step.popularity[item]).masked_fill(other, -torch.inf), place
        )

    def _corrected(self, scores: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        logits = scores / self.temperature
        # The floor keeps an item that is never drawn, but stands in the batch as a positive, finite.
        return logits - q.clamp_min(1e-12).log() if self.correct else logits
