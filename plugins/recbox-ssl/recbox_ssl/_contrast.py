"""InfoNCE, and the contrast of a batch's nodes between two sets of vectors."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from recbox.plugin import Step
from recbox_ssl._views import Views

TINY = 1e-8
"""The least length that a vector is divided by; one of zeros has the cosine 0 with all."""


def info_nce(
    anchor: torch.Tensor,
    other: torch.Tensor,
    temperature: float,
    place: torch.Tensor | None = None,
    away: torch.Tensor | None = None,
) -> torch.Tensor:
    """float []: `mean_j -log (e^{cos(a_j, o_p(j))/τ} / Σ_k e^{cos(a_j, o_k)/τ})` (van den Oord et al. 2018,
    arXiv:1807.03748).

    anchor: `[n, d]`; other: `[m, d]`. place: int64 `[n]`, the row p(j) of `other` that belongs to each anchor
    (None: j). away: bool `[m]`, rows of `other` that no anchor is set against unless they are its own.
    """
    logits = normalize(anchor, dim=-1, eps=TINY) @ normalize(other, dim=-1, eps=TINY).T / temperature
    place = torch.arange(len(anchor), device=anchor.device) if place is None else place
    if away is not None:
        own = torch.zeros_like(logits, dtype=torch.bool).scatter(1, place[:, None], True)
        logits = logits.masked_fill(away & ~own, -torch.inf)
    return cross_entropy(logits, place)


def nodes(step: Step) -> tuple[torch.Tensor, torch.Tensor]:
    """int64 `[n]`, `[m]`: the rows of the batch's different users, and of its different items."""
    return step.batch.user.unique(), step.batch.item.unique() + step.offset


def contrast(step: Step, anchor: torch.Tensor, other: torch.Tensor, temperature: float) -> torch.Tensor:
    """float []: InfoNCE between two sets of vectors `[N, D]` of all nodes, over the batch's users among
    themselves, and its items among themselves."""
    users, items = (info_nce(anchor[rows], other[rows], temperature) for rows in nodes(step))
    return users + items


class Contrast(nn.Module):
    """Between the final vectors of two views."""

    def __init__(self, views: Views, temperature: float) -> None:
        super().__init__()
        self.views, self.temperature = views, temperature

    def epoch(self, number: int) -> None:
        self.views.epoch(number)

    def forward(self, step: Step) -> torch.Tensor:
        one, other = (step.embed(view).final for view in self.views(step))
        return contrast(step, one, other, self.temperature)
