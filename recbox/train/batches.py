"""An epoch's batches: the training interactions in a new order, with their negatives."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from recbox.context import Context
from recbox.data import Dataset
from recbox.data.recency import recency
from recbox.plugin import Batch
from recbox.recipe.blocks import Training
from recbox.train.known import Known
from recbox.train.negative import NegativeSampler


class Batches:
    """Draws are keyed by (stage, epoch, step): an epoch can be repeated without those before it.

    negatives: whether to draw some; warm: among the items with a training interaction alone.
    """

    def __init__(
        self,
        train: Dataset,
        known: Known,
        training: Training,
        stage: int,
        negatives: bool,
        warm: bool = False,
    ) -> None:
        x, items = train.interaction, len(train.item)
        self.popularity = torch.bincount(torch.from_numpy(x.item), minlength=items)
        self.sampler = NegativeSampler.of(training.negative, known, self.popularity, warm)
        self.size, self.stage, self.negatives, self.warm = training.batch, stage, negatives, warm
        chance = recency(x, training.recency, "train.recency")
        drawable = self.sampler.drawable.numpy()
        if negatives and not drawable.all():
            kept = drawable[x.user].nonzero()[0]
            x, chance = x.take(kept), None if chance is None else chance[kept]
        self.undrawable = len(train.interaction) - len(x)
        """Interactions left out, for their user knows every item that is drawn."""
        self.scratch = x.scratch
        self.user, self.item, self.weight = map(torch.from_numpy, (x.user, x.item, x.weight))
        chance = None if chance is None else torch.from_numpy(chance)
        self.chance = None if chance is None else torch.cumsum(chance, 0)
        drawn = torch.bincount(self.item, chance, items).double()
        self.positive = (drawn / drawn.sum()).float()

    def __len__(self) -> int:
        return -(-len(self.user) // self.size)

    @property
    def count(self) -> int:
        """Rows of an epoch, in all batches together."""
        return len(self.user)

    @property
    def cold(self) -> torch.Tensor | None:
        """bool `[items]`, the items that no positive is set against; None: none."""
        cold = self.popularity == 0
        return cold if self.warm and bool(cold.any()) else None

    def epoch(self, epoch: int, context: Context) -> Iterator[Batch]:
        """The batches of an epoch, on the context's device; the last one may be smaller."""
        order = self._order(context.generator("order", self.stage, epoch))
        for step in range(len(self)):
            rows = order[step * self.size : (step + 1) * self.size]
            user, item = self.user[rows], self.item[rows]
            negative = None
            if self.negatives:
                stream = context.generator("negative", self.stage, epoch, step)
                negative = self.sampler.draw(user, item, stream).to(context.device)
            yield Batch(*(t.to(context.device) for t in (user, item, self.weight[rows])), negative)

    def _order(self, generator: torch.Generator) -> torch.Tensor:
        """A permutation; with recency as many draws with replacement, each row by its chance."""
        if self.chance is None:
            order = torch.from_numpy(self.scratch.empty(len(self.user), "int64"))
            return torch.randperm(len(self.user), generator=generator, out=order)
        point = torch.rand(len(self.user), dtype=torch.float64, generator=generator) * self.chance[-1]
        return torch.searchsorted(self.chance, point, right=True).clamp_max(len(self.user) - 1)
