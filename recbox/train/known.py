"""Who has an interaction with what in training: membership questions, answered in bulk."""

from __future__ import annotations

from functools import cached_property
from typing import Self

import torch

from recbox.data import Dataset
from recbox.data.ordering import rows_of
from recbox.kernel import runs
from recbox.scratch import MEMORY, Scratch


class Known:
    """Users' training items as sorted rows. indptr: int64 `[users + 1]`; items: int64, ascending in a row.
    scratch: where what is made of them lies."""

    def __init__(
        self, indptr: torch.Tensor, items: torch.Tensor, count: int, scratch: Scratch = MEMORY
    ) -> None:
        self.indptr, self.items, self.count, self.scratch = indptr, items, count, scratch

    @cached_property
    def key(self) -> torch.Tensor:
        """int64, ascending: one number for each pair."""
        users = torch.arange(len(self.indptr) - 1, device=self.items.device)
        key = torch.repeat_interleave(users, self.indptr.diff()).mul_(self.count).add_(self.items)
        return self.scratch.lay_tensor(key)

    @classmethod
    def of(cls, train: Dataset) -> Self:
        """From the training part of a data set; several behaviours towards one item count once."""
        x, items = train.interaction, len(train.item)
        indptr, item = rows_of(x.user, x.item, len(train.user), items, x.scratch)
        return cls(torch.from_numpy(indptr), torch.from_numpy(item), items, x.scratch)

    def to(self, device: str) -> Known:
        """The same on a device."""
        if self.items.device == torch.device(device):
            return self
        return Known(self.indptr.to(device), self.items.to(device), self.count)

    def contains(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        """bool, of the shape that the two index tensors broadcast to."""
        key = user * self.count + item
        place = torch.searchsorted(self.key, key).clamp_max(max(0, len(self.key) - 1))
        return self.key[place] == key if len(self.key) else torch.zeros_like(key, dtype=torch.bool)

    def mask(self, users: torch.Tensor, items: torch.Tensor | None = None) -> torch.Tensor:
        """bool `[n, m]`: whether users[i] knows items[j] (None: every item). `items` holds nothing twice.

        Costs the users' degrees and the result, not users × items lookups.
        """
        start = self.indptr[users]
        row, place = runs(start, self.indptr[users + 1] - start)
        item = self.items[place]
        if items is None:
            out = torch.zeros(len(users), self.count, dtype=torch.bool, device=users.device)
        else:
            column = torch.full((self.count,), -1, device=users.device)
            column[items] = torch.arange(len(items), device=users.device)
            row, item = row[column[item] >= 0], column[item[column[item] >= 0]]
            out = torch.zeros(len(users), len(items), dtype=torch.bool, device=users.device)
        out[row, item] = True
        return out
