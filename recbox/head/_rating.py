"""The module behind `rating`."""

from __future__ import annotations

import torch
from torch import nn


class Biased(nn.Module):
    """`μ + b_u + b_i + ⟨p, q⟩`, with b the last column of either vector and p, q the others."""

    def __init__(self, mean: float) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.tensor(mean))

    def vectors(self, user: torch.Tensor, item: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        p, own = user[..., :-1], user[..., -1:]
        q, bias = item[..., :-1], item[..., -1:]
        one, other = torch.ones_like(own), torch.ones_like(bias)
        return torch.cat([p, own + self.mean, one], -1), torch.cat([q, other, bias], -1)

    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        inner = (user[..., :-1] * item[..., :-1]).sum(-1)
        return inner + user[..., -1] + item[..., -1] + self.mean

    def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        inner = user[:, :-1] @ item[:, :-1].T
        return inner + user[:, -1:] + item[:, -1] + self.mean
