"""How alike items are by the method's own vectors, and lists whose items aren't all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import UnsupportedError
from recbox.plugin import Scorer

if TYPE_CHECKING:
    import torch

POOL = 10
"""Candidates for each place of a list: the best of them by score."""
BYTES = 64 << 20
"""Vectors of candidates in memory at once."""


def likeness(scorer: Scorer) -> torch.Tensor | None:
    """float32 `[items, d]` of length 1, or 0 where nothing is known of an item: products are cosines.

    None where there are no vectors, or they differ in less than two columns: then they tell of no likeness.
    A column in which all users have the same is a bias of the items, one in which all items have the same is
    a bias of the users: both are left out.
    """
    vectors = scorer.vectors()
    return None if vectors is None else cosines(*vectors)


def cosines(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor | None:
    """The same of the vectors of users and items."""
    from torch.nn.functional import normalize

    users, items = (v.detach().float() for v in (user, item))
    differs = (users != users[:1]).any(0) & (items != items[:1]).any(0)
    return normalize(items[:, differs], dim=1) if int(differs.sum()) > 1 else None


def needed(scorer: Scorer) -> torch.Tensor:
    """The same; an `UnsupportedError` where there is none."""
    return told(likeness(scorer))


def told(found: torch.Tensor | None) -> torch.Tensor:
    """The vectors; an `UnsupportedError` where there are none."""
    if found is None:
        raise UnsupportedError(
            "the method doesn't say which items are alike, so that lists can't be made diverse",
            why="it has no vectors of items that tell them apart",
            instead="a method with vectors, such as graph parts with the head dot or cosine",
        )
    return found


def spread(
    score: np.ndarray, item: np.ndarray, vectors: torch.Tensor, k: int, weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """The scores and items `[n, k]` of lists by maximal marginal relevance (Carbonell & Goldstein 1998).

    score, item: `[n, p]` candidates, the best first, -inf past the end. One place after the other goes to the
    candidate with the largest (1 - weight) · relevance - weight · likeness. Relevance: the score, from 0 for
    the last candidate of the user to 1 for the first. Likeness: the largest cosine with one chosen before.
    """
    rows = max(1, BYTES // (4 * max(1, score.shape[1]) * vectors.shape[1]))
    parts = [slice(start, start + rows) for start in range(0, max(1, len(score)), rows)]
    found = [_spread(score[part], item[part], vectors, k, weight) for part in parts]
    scores, items = zip(*found, strict=True)
    return np.concatenate(scores), np.concatenate(items)


def _spread(
    score: np.ndarray, item: np.ndarray, vectors: torch.Tensor, k: int, weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """The same of some users, of whom the candidates' vectors are in memory together."""
    import torch

    own = vectors[torch.from_numpy(np.maximum(item, 0))]
    there = torch.from_numpy(score > -np.inf)
    worth = (1 - weight) * _relevance(torch.from_numpy(score).double(), there)
    nearest = torch.zeros_like(worth)
    chosen = torch.zeros(len(score), min(k, score.shape[1]), dtype=torch.int64)
    for place in range(chosen.shape[1]):
        value = (worth - weight * nearest).masked_fill(~there, -torch.inf)
        # Past the end of a list it doesn't matter which of those that aren't there comes next.
        best = value.argmax(1)
        chosen[:, place] = best
        alike = torch.einsum("npd,nd->np", own, own[torch.arange(len(own)), best]).double()
        nearest = alike if place == 0 else torch.maximum(nearest, alike)
        there = there.scatter(1, best[:, None], value=False)
    picked = chosen.numpy()
    ended = np.take_along_axis(score, picked, 1) == -np.inf
    ended |= np.arange(chosen.shape[1]) >= (score > -np.inf).sum(1)[:, None]
    found = np.where(ended, -np.inf, np.take_along_axis(score, picked, 1))
    return found, np.take_along_axis(item, picked, 1)


def _relevance(score: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    import torch

    low = score.masked_fill(~there, torch.inf).amin(1, keepdim=True)
    high = score.masked_fill(~there, -torch.inf).amax(1, keepdim=True)
    width = (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    return ((score - low) / width).masked_fill(~there, 0.0)
