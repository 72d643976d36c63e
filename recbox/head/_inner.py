"""The module behind `dot` and `cosine`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import normalize


class Inner(nn.Module):
    """`⟨u, i⟩`, of vectors scaled to length 1 where `normalise` (a vector of zeros stays one)."""

    def __init__(self, normalise: bool) -> None:
        super().__init__()
        self.normalise = normalise

    def vectors(self, user: torch.Tensor, item: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.normalise:
            return normalize(user, dim=-1), normalize(item, dim=-1)
        return user, item

    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        u, i = self.vectors(user, item)
        return (u * i).sum(-1)

    def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        u, i = self.vectors(user, item)
        return u @ i.T
