"""The encoder's vectors and those of every hop become one: `combine`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import torch
from torch import nn

from recbox.plugin import Spec
from recbox.recommender.fused import Attention, Weighted


def added(hops: Sequence[torch.Tensor]) -> torch.Tensor:
    """`Σ_l h_i^l`, added up in one new tensor; one alone stays what it is."""
    return reduce(torch.Tensor.add_, hops[2:], hops[0] + hops[1]) if len(hops) > 1 else hops[0]


class Last(nn.Module):
    """`z_i = h_i^L`."""

    def forward(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        return hops[-1]


class Sum(nn.Module):
    """`z_i = Σ_l h_i^l`."""

    def forward(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        return added(hops)


class Mean(nn.Module):
    """`z_i = Σ_l h_i^l / (L + 1)`."""

    def forward(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        return added(hops).div_(len(hops)) if len(hops) > 1 else hops[0]


class Layers(Mean):
    """`z_i = Σ_{l ≥ 1} h_i^l / L`, as SimGCL and XSimGCL have it; without layers `h_i^0`."""

    def forward(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        return super().forward(hops[1:] or hops)


class Concat(nn.Module):
    """`z_i = [h_i^0; …; h_i^L]`."""

    def forward(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.cat(list(hops), dim=1)


class Attended(nn.Module):
    """`z_i = Σ_l a_il h_i^l`, `a_i = softmax_l(q · tanh(W_l h_i^l + b_l) / d)`.

    The query is zeros at first, and the result is the mean. A stage without layers has hop 0 alone, which
    stays as it is.
    """

    def __init__(self, hops: int, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        scores = Attention(hops, dim, generator)
        nn.init.zeros_(scores.query)
        self.weigh = Weighted(scores)

    def forward(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        if len(hops) == 1:
            return hops[0]
        out: torch.Tensor = self.weigh(hops, None)
        return out

    @torch.no_grad()
    def shares(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        """float `[n, L + 1]`: what each hop weighs for each node; rows sum to 1."""
        return self.weigh.shares(torch.stack(list(hops), 1), None).squeeze(2)


PLAIN = {"last": Last, "sum": Sum, "mean": Mean, "layers": Layers, "concat": Concat}
"""Those without parameters."""


def combining(combine: str, hops: int, spec: Spec) -> nn.Module:
    """The module of `combine:` over so many hops, the encoder's among them, of `spec.width` columns. One
    alone is its own mean."""
    if combine == "attention" and hops > 1:
        return Attended(hops, spec.width, spec.generator)
    return PLAIN["mean" if combine == "attention" else combine]()
