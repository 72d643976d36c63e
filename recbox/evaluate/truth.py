"""What a ranking is judged against: each user's held-out items, and the items that may not be recommended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recbox.data.ordering import distinct, pieces
from recbox.evaluate.grouping import Groups, groups
from recbox.scratch import MEMORY, Scratch

if TYPE_CHECKING:
    from recbox.data import Dataset, Split


@dataclass(frozen=True, eq=False)
class Lists:
    """A list of items for each user. indptr: int64 `[users + 1]`; items: int64, ascending, once per user."""

    indptr: np.ndarray
    items: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray, users: int, items: int, scratch: Scratch = MEMORY) -> Lists:
        """From sorted, distinct keys `user * items + item`."""
        indptr = np.searchsorted(keys, np.arange(users + 1) * items)
        return cls(indptr, np.remainder(keys, items, out=scratch.empty(len(keys), np.int64)))

    @classmethod
    def had(cls, dataset: Dataset, rows: np.ndarray, scratch: Scratch = MEMORY) -> Lists:
        """What each user has in these rows of the interactions."""
        return cls.of(_keys(dataset, rows), len(dataset.user), len(dataset.item), scratch)

    @property
    def counts(self) -> np.ndarray:
        """int64 `[users]`: the length of each list."""
        return np.diff(self.indptr)

    def pairs(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(position in `users`, item) of every entry of these users' lists, in order."""
        count = self.counts[users]
        row = np.repeat(np.arange(len(users)), count)
        step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return row, self.items[self.indptr[users][row] + step]

    def where(self, member: np.ndarray) -> Lists:
        """The lists with only those items that `member` (bool `[items]`) says."""
        keep = member[self.items]
        total = np.concatenate([[0], np.cumsum(keep)])
        return Lists(total[self.indptr], self.items[keep])

    def contain(self, users: np.ndarray, items: np.ndarray, catalogue: int) -> np.ndarray:
        """bool, of the shape of `items` `[n, k]`: whether each is in the list of `users[row]`; -1 never."""
        known = np.repeat(np.arange(len(self.counts)), self.counts) * catalogue + self.items
        if not len(known):
            return np.zeros(items.shape, dtype=bool)
        key = users[:, None] * catalogue + items
        place = np.minimum(np.searchsorted(known, key), len(known) - 1)
        return (known[place] == key) & (items >= 0)


@dataclass(frozen=True, eq=False)
class Truth:
    """relevant: held-out items, never one that is also in `seen`. seen: items that are masked.
    popularity: int64 `[items]`, users with a training interaction. dataset, trained: all interactions, and
    the rows of them that the method was fitted on. repeated: held-out pairs that were left out because the
    user had the item before, so that no ranking could show it. gap: groups of users, by column. closed: bool
    `[items]`, those that are no candidates for anybody; None: all are. whole: the same with all candidates,
    where some are closed."""

    relevant: Lists
    seen: Lists
    popularity: np.ndarray
    dataset: Dataset
    trained: np.ndarray
    repeated: int = 0
    gap: Mapping[str, Groups] = field(default_factory=dict)
    closed: np.ndarray | None = None
    whole: Truth | None = None

    @classmethod
    def of(cls, dataset: Dataset, held: np.ndarray, seen: np.ndarray, trained: np.ndarray) -> Truth:
        """From rows of the interactions: those held out, those masked, those the method was fitted on."""
        users, items = len(dataset.user), len(dataset.item)
        before, after = _keys(dataset, seen), _keys(dataset, held)
        new = after[~_among(after, before)]
        scratch = dataset.interaction.scratch
        relevant, masked = Lists.of(new, users, items), Lists.of(before, users, items, scratch)
        del before
        fitted = masked.items if trained is seen else _keys(dataset, trained) % items
        popularity = np.bincount(fitted, minlength=items)
        return cls(relevant, masked, popularity, dataset, trained, len(after) - len(new))

    @property
    def items(self) -> int:
        """Items in the catalogue."""
        return len(self.popularity)

    @property
    def candidates(self) -> int:
        """Items that may be in a list."""
        return self.items if self.closed is None else int((~self.closed).sum())

    def some(self, count: int, draw: np.random.Generator) -> Truth:
        """The same with so many of its users to be judged, drawn; all where there are no more."""
        if count >= len(self.users):
            return self
        users = np.sort(draw.choice(self.users, count, replace=False))
        row, item = self.relevant.pairs(users)
        keys = users[row] * self.items + item
        return replace(self, relevant=Lists.of(keys, len(self.relevant.counts), self.items))

    def cold(self) -> Truth:
        """The same with items alone that have no interaction in what the method was fitted on: only they are
        candidates, only they are to be found."""
        if self.closed is not None:
            return self
        warm = self.popularity > 0
        return replace(self, relevant=self.relevant.where(~warm), closed=warm, whole=self)

    @cached_property
    def known_users(self) -> np.ndarray:
        """bool `[users]`: those with an interaction in what the method was fitted on."""
        found = np.zeros(len(self.relevant.counts), dtype=bool)
        found[self.dataset.interaction.user[self.trained]] = True
        return found

    @cached_property
    def train(self) -> Dataset:
        """What the method was fitted on; a copy, so that it is made only for metrics that ask for it."""
        return self.dataset.take(self.trained)

    @cached_property
    def users(self) -> np.ndarray:
        """int64: users with at least one relevant item, ascending; only they are judged."""
        return np.flatnonzero(self.relevant.counts)

    @property
    def left_out(self) -> int:
        """Users without a relevant item."""
        return len(self.relevant.counts) - len(self.users)


def at_valid(dataset: Dataset, split: Split, gap: Sequence[str] = ()) -> Truth:
    """The validation part, with training items masked; `gap`: columns of users, by which they are grouped."""
    truth = Truth.of(dataset, held=split.valid, seen=split.train, trained=split.train)
    return replace(truth, gap={column: groups(dataset, column) for column in gap})


def at_test(dataset: Dataset, split: Split, refit: bool = False, gap: Sequence[str] = ()) -> Truth:
    """The test part, with training and validation items masked; `refit`: the method was fitted on both."""
    both = dataset.interaction.scratch.lay(np.concatenate([split.train, split.valid]))
    truth = Truth.of(dataset, held=split.test, seen=both, trained=both if refit else split.train)
    return replace(truth, gap={column: groups(dataset, column) for column in gap})


def _among(some: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """bool: which of `some` are among the keys. Both are sorted; numpy's own sorts them again."""
    if not len(keys):
        return np.zeros(len(some), bool)
    return np.asarray(keys[np.minimum(np.searchsorted(keys, some), len(keys) - 1)] == some)


def _keys(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Distinct pairs, sorted: `user * items + item`."""
    x = dataset.interaction
    keys = np.empty(len(rows), np.int64)
    for piece in pieces(len(rows)):
        keys[piece] = x.user[rows[piece]] * np.int64(len(dataset.item)) + x.item[rows[piece]]
    keys.sort()
    return distinct(keys)
