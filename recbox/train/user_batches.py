"""An epoch's batches of users, each with all of their training interactions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from recbox.context import Context
from recbox.data import Dataset
from recbox.kernel import places
from recbox.plugin import UserBatch
from recbox.recipe.blocks import Training


class UserBatches:
    """Users in a new order each epoch, keyed by (stage, epoch); those without an interaction are left out.

    Beside the interactions, sorted by user and item, nothing is kept that grows with them.
    """

    undrawable = 0

    def __init__(self, train: Dataset, training: Training, stage: int) -> None:
        x, items = train.interaction, len(train.item)
        key = x.user * np.int64(items) + x.item
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        weight = np.add.reduceat(x.weight[order], first) if len(key) else x.weight
        counts = np.bincount(key[first] // items, minlength=len(train.user))
        self.indptr = torch.from_numpy(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
        self.item = torch.from_numpy(key[first] % items)
        self.weight = torch.from_numpy(weight.astype(np.float32))
        self.users = torch.from_numpy(np.flatnonzero(counts))
        self.size, self.stage = training.batch, stage

    def __len__(self) -> int:
        return -(-self.count // self.size)

    @property
    def count(self) -> int:
        """Rows of an epoch, in all batches together."""
        return len(self.users)

    def epoch(self, epoch: int, context: Context) -> Iterator[UserBatch]:
        """The batches of an epoch, on the context's device; the last one may be smaller."""
        order = torch.randperm(self.count, generator=context.generator("order", self.stage, epoch))
        for step in range(len(self)):
            users = self.users[order[step * self.size : (step + 1) * self.size]]
            yield UserBatch(*(t.to(context.device) for t in self._of(users)))

    def _of(self, users: torch.Tensor) -> tuple[torch.Tensor, ...]:
        start = self.indptr[users]
        count = self.indptr[users + 1] - start
        place = places(start, count)
        indptr = torch.zeros(len(users) + 1, dtype=torch.int64)
        torch.cumsum(count, 0, out=indptr[1:])
        return users, indptr, self.item[place], self.weight[place]
