"""The module behind `softmax`."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import softplus

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
        return self._cross_entropy(scores, torch.zeros_like(step.batch.item), expected, None)

    def _in_batch(self, step: Step) -> torch.Tensor:
        item, place = torch.unique(step.batch.item, return_inverse=True)
        scores = step.block(step.batch.user, item)
        known = step.known(step.batch.user, item)
        # Each item stands there once, however often it was drawn: 1 - (1 - p)^B.
        expected = -torch.expm1(len(place) * torch.log1p(-step.popularity[item].clamp_max(1 - 1e-6)))
        return self._cross_entropy(scores, place, expected, known)

    def _cross_entropy(
        self, scores: torch.Tensor, target: torch.Tensor, expected: torch.Tensor, known: torch.Tensor | None
    ) -> torch.Tensor:
        """scores `[B, m]`; target: int64 `[B]`, the known item's column, which is always there; expected:
        `[m]` or `[B, m]`; known: bool `[B, m]`, columns to leave out."""
        # The floor keeps an item that is never drawn, but stands there as a positive, finite.
        shift = expected.clamp_min(1e-12).log() if self.correct else None
        out: torch.Tensor = _CrossEntropy.apply(scores, target, self.temperature, shift, known)
        return out


class _CrossEntropy(Function):
    """The mean of `log Σ_j e^{z_j} - z_target`, z = s / τ - shift (the target's own without shift), over the
    columns that aren't known. Four passes over the scores with the gradient, where as many operations of
    torch's take fifteen; a gradient of the gradient there is none."""

    @staticmethod
    def forward(
        ctx: Any,
        scores: torch.Tensor,
        target: torch.Tensor,
        temperature: float,
        shift: torch.Tensor | None,
        known: torch.Tensor | None,
    ) -> torch.Tensor:
        own = target[:, None]
        first = scores.gather(1, own) / temperature
        z = scores / temperature if shift is None else torch.add(-shift, scores, alpha=1 / temperature)
        if known is not None:
            z.masked_fill_(known, -torch.inf)
        z = torch.log_softmax(z.scatter_(1, own, first.to(z.dtype)), 1)
        ctx.save_for_backward(z, target)
        ctx.temperature, ctx.dtype = temperature, scores.dtype
        return -z.gather(1, own).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        """`(softmax(z) - 1 at the target) g / (B τ)`."""
        z, target = ctx.saved_tensors
        each = g / (len(target) * ctx.temperature)
        gradient = z.exp().mul_(each)
        gradient.scatter_add_(1, target[:, None], -each.expand(len(target), 1))
        return gradient.to(ctx.dtype), None, None, None, None
