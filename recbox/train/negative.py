"""Negative sampling: items that a user has no training interaction with, drawn without rejection."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import pad

from recbox.data.ordering import pieces
from recbox.recipe.blocks import Negative
from recbox.train.known import Known

ROUNDS = 8
"""Draws from the batch before a position falls back to the uniform proposal."""


class Proposal:
    """Draws items in proportion to integer masses, with the user's known items taken out, exactly.

    The unknown items' masses, laid end to end, are a line of length `total - known mass of u`. A point t on
    it lies as far along the line of all items as t plus the masses of the known items before it; how many
    those are is one binary search, since `start of known item j - known mass before j` ascends with j.
    """

    def __init__(self, mass: torch.Tensor, known: Known) -> None:
        self.end = torch.cumsum(mass, 0)
        self.total = int(self.end[-1])
        self.probability = mass.double() / max(1, self.total)
        self.even = bool((mass == 1).all())
        """Every item's mass is 1: then numbers of items are masses, and nothing is looked up."""
        self._before = (
            None if self.even else known.scratch.lay_tensor(pad(torch.cumsum(mass[known.items], 0), (1, 0)))
        )
        self.first = self.before(known.indptr[:-1])
        self.free = self.total - (self.before(known.indptr[1:]) - self.first)
        user = self.first + torch.arange(len(self.first)) * (self.total + 1)
        key = torch.repeat_interleave(user, known.indptr.diff())
        start = self.end - mass
        for piece in pieces(len(key)):
            key[piece] += start[known.items[piece]] - self.before(torch.arange(piece.start, piece.stop))
        self.key = known.scratch.lay_tensor(key)

    def before(self, place: torch.Tensor) -> torch.Tensor:
        """The mass of all known items, one user's after the other's, that lie before these places."""
        return place if self._before is None else self._before[place]

    def draw(self, user: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
        """int64 `[len(user), count]`. Users for whom nothing is left (`free` is 0) must not be asked for."""
        free = self.free[user][:, None]
        uniform = torch.rand(len(user), count, dtype=torch.float64, generator=generator)
        t = torch.minimum((uniform * free).long(), free - 1)
        place = torch.searchsorted(self.key, user[:, None] * (self.total + 1) + t, right=True)
        t += self.before(place) - self.first[user][:, None]
        return t if self.even else torch.searchsorted(self.end, t, right=True)


@dataclass(frozen=True)
class NegativeSampler:
    """Draws a batch's negatives as `train.negative` says; `hard` is narrowed down later, by score."""

    block: Negative
    known: Known
    uniform: Proposal
    popular: Proposal | None

    @classmethod
    def of(
        cls, block: Negative, known: Known, popularity: torch.Tensor, warm: bool = False
    ) -> NegativeSampler:
        """popularity: int64 `[items]`, training interactions of each item; warm: draw none that has none."""
        mass = (popularity > 0).long() if warm else torch.ones_like(popularity)
        popular = Proposal(popularity, known) if block.by == "popular" else None
        return cls(block, known, Proposal(mass, known), popular)

    @property
    def drawable(self) -> torch.Tensor:
        """bool `[users]`: False for a user who knows every candidate, so that there is no negative."""
        return self.uniform.free > 0

    def proposal(self, positive: torch.Tensor) -> torch.Tensor:
        """float32 `[items]`: how probably each item is drawn, before known ones are taken out.

        positive: float32 `[items]`, the probability that a positive of the batch is each item.
        """
        if self.block.by == "in-batch":
            return positive
        return (self.popular or self.uniform).probability.float()

    def draw(self, user: torch.Tensor, item: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """int64 `[B, n]`, n = count (count × pool for `hard`)."""
        count = self.block.count * (self.block.pool if self.block.by == "hard" else 1)
        if self.block.by == "in-batch":
            return self._from_batch(user, item, count, generator)
        if self.popular is None:
            return self.uniform.draw(user, count, generator)
        drawn = self.uniform.draw(user, count, generator)
        some = self.popular.free[user] > 0
        drawn[some] = self.popular.draw(user[some], count, generator)
        return drawn

    def _from_batch(
        self, user: torch.Tensor, item: torch.Tensor, count: int, generator: torch.Generator
    ) -> torch.Tensor:
        drawn = self.uniform.draw(user, count, generator)
        open = torch.ones_like(drawn, dtype=torch.bool)
        for _ in range(ROUNDS):
            guess = item[torch.randint(len(item), drawn.shape, generator=generator)]
            good = open & ~self.known.contains(user[:, None], guess)
            drawn[good] = guess[good]
            open &= ~good
        return drawn


def hardest(scores: torch.Tensor, items: torch.Tensor, count: int) -> torch.Tensor:
    """The highest scored of each group of draws: scores, items `[B, count * pool]` to int64 `[B, count]`."""
    best = scores.view(len(scores), count, -1).argmax(-1, keepdim=True)
    return items.view(len(items), count, -1).gather(-1, best).squeeze(-1)
