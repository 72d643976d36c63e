"""From the vectors of a text's tokens to one vector: `[n, l, w]` and a mask `[n, l]` to `[n, w]`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

Pool = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def pooled(words: Sequence[str], tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Each of the ways, side by side."""
    return torch.cat([_POOL[word](tokens, mask) for word in words], dim=-1)


def _mean(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return _weighted(tokens, mask.to(tokens.dtype))


def _by_position(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The i-th token, from 1, has a weight of i."""
    return _weighted(tokens, mask.cumsum(1).to(tokens.dtype) * mask)


def _mean_root(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return _mean(tokens, mask) * mask.sum(1, keepdim=True).to(tokens.dtype).sqrt()


def _first(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return tokens[:, 0]


def _last(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return tokens[torch.arange(len(tokens), device=tokens.device), mask.sum(1) - 1]


def _max(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return tokens.masked_fill(~mask.bool()[..., None], -torch.inf).amax(1)


def _weighted(tokens: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return (tokens * weight[..., None]).sum(1) / weight.sum(1, keepdim=True)


_POOL: dict[str, Pool] = {
    "mean": _mean,
    "cls": _first,
    "max": _max,
    "last-token": _last,
    "weighted-mean": _by_position,
    "mean-root": _mean_root,
}
