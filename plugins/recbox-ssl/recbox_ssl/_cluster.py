"""k-means, by Lloyd's rounds, in blocks of rows."""

from __future__ import annotations

import torch

ROUNDS, BLOCK = 20, 8192


def cluster(x: torch.Tensor, k: int, generator: torch.Generator) -> torch.Tensor:
    """float `[k, d]`: centres of the rows of x `[n, d]`; n, where k is more.

    It begins with k rows, drawn without repetition. A centre that no row is nearest to stays where it is.
    """
    k = min(k, len(x))
    first = torch.randperm(len(x), generator=generator, device=generator.device)[:k]
    centre = x[first.to(x.device)].clone()
    for _ in range(ROUNDS):
        own = nearest(x, centre)
        count = torch.bincount(own, minlength=k)
        total = torch.zeros_like(centre).index_add_(0, own, x)
        moved = torch.where(count[:, None] > 0, total / count.clamp_min(1)[:, None], centre)
        if torch.equal(moved, centre):
            break
        centre = moved
    return centre


def nearest(x: torch.Tensor, centre: torch.Tensor) -> torch.Tensor:
    """int64 `[n]`: the first of the nearest centres."""
    half = centre.square().sum(1) / 2
    return torch.cat([(half - rows @ centre.T).argmin(1) for rows in x.split(BLOCK)])
