"""Rows to each user's best k: masked, doubled ones put together, ties by our rule, every odd row counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import DataError
from recbox.evaluate import Ranking, Truth
from recbox.outside.advice import fits_nothing
from recbox.outside.best import Rows, best, single
from recbox.outside.form import Listing
from recbox.outside.matching import Strangers, inner_ids
from recbox.outside.oddities import Oddities
from recbox.outside.reading import Doubtful, ways

if TYPE_CHECKING:
    import polars as pl

    from recbox.data import Dataset

FOLD = 1 << 24
"""Rows that are kept until the best are chosen of them: 16 bytes each, some 100 while they are sorted. In a
longer file, a pair doubled far apart may be counted as beyond k."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """A ranking of the judged users, as any method's, and what was odd on the way."""

    ranking: Ranking
    oddities: Oddities


def gather(given: Listing, dataset: Dataset, truth: Truth, k: int) -> Gathered:
    """Read a ranking and fit it to the data. Higher scores go first, of equal ones the lower inner item.

    A `DataError` for rows that are none, for a file without rows, and for one that fits nothing.
    """
    *quick, sure = ways(given)
    for way in quick:
        try:
            return _Gatherer(given, dataset, truth, k).take(way())
        except Doubtful:
            continue
    return _Gatherer(given, dataset, truth, k).take(sure())


class _Gatherer:
    """Counts of what has been read, and the rows that may still be among a user's best."""

    def __init__(self, given: Listing, dataset: Dataset, truth: Truth, k: int) -> None:
        self.given, self.dataset, self.truth, self.k = given, dataset, truth, k
        self.user, self.item = Strangers(), Strangers()
        self.rows = self.not_judged = self.seen = self.doubled = self.beyond = self.closed = 0
        users = len(dataset.user)
        self.present = np.zeros(users, dtype=bool)
        self.judged = np.zeros(users, dtype=bool)
        self.judged[truth.users] = True
        counts = truth.seen.counts
        self.masked = np.repeat(np.arange(users), counts) * truth.items + truth.seen.items
        self.kept = [Rows(np.zeros(0, np.int64), np.zeros(0))]
        self.first: pl.DataFrame | None = None

    def take(self, blocks: Iterator[pl.DataFrame]) -> Gathered:
        for block in blocks:
            self.first = block if self.first is None else self.first
            self._add(block)
            if sum(map(len, self.kept)) > FOLD:
                self.kept = [self._best()[0]]
        self._check()
        return self._finish()

    def _add(self, block: pl.DataFrame) -> None:
        """Match a block's ids; each row that can't be in a list is counted here, once."""
        self.rows += block.height
        user = inner_ids(block["user"], self.dataset.user.ids)
        self.user.add(block["user"].filter(user < 0))
        item = inner_ids(block["item"], self.dataset.item.ids)
        self.item.add(block["item"].filter((user >= 0) & (item < 0)))
        self.present[user[user >= 0]] = True
        known = np.flatnonzero((user >= 0) & (item >= 0))
        some = known[self.judged[user[known]]]
        self.not_judged += len(known) - len(some)
        key = user[some] * self.truth.items + item[some]
        new = ~_among(key, self.masked)
        self.seen += len(some) - int(new.sum())
        kept = some[new]
        if self.truth.closed is not None:
            shut = self.truth.closed[item[kept]]
            self.closed += int(shut.sum())
            kept = kept[~shut]
        self.kept.append(Rows.of(user[kept], item[kept], block["score"].to_numpy()[kept]))

    def _best(self) -> tuple[Rows, np.ndarray]:
        """What `best` finds in all that was kept, with what falls out counted."""
        rows = Rows.joined(self.kept)
        once = single(rows)
        found, rank = best(once, self.k)
        self.doubled += len(rows) - len(once)
        self.beyond += len(once) - len(found)
        return found, rank

    def _check(self) -> None:
        if not self.rows:
            raise DataError("the ranking has no rows", where=self.given.where)
        known = self.rows - self.user.rows
        if self.first is not None and (not known or known == self.item.rows):
            raise fits_nothing(self.given.where, self.first, self.dataset, "item" if known else "user")

    def _finish(self) -> Gathered:
        found, rank = self._best()
        users, inside = self.truth.users, rank < self.k
        ranked = found.take(inside)
        items = np.full((len(users), self.k), -1, dtype=np.int32)
        items[np.searchsorted(users, ranked.user), rank[inside]] = ranked.item
        self.beyond += len(found) - len(ranked)
        return Gathered(Ranking(users, items, 0.0), self._oddities(items, len(ranked), _tied(found, inside)))

    def _oddities(self, items: np.ndarray, ranked: int, tied: int) -> Oddities:
        length = (items >= 0).sum(axis=1)
        absent = ~self.present[self.truth.users]
        return Oddities(
            k=self.k,
            rows=self.rows,
            unknown_user=self.user.rows,
            unknown_item=self.item.rows,
            not_judged=self.not_judged,
            seen=self.seen,
            closed=self.closed,
            doubled=self.doubled,
            beyond_k=self.beyond,
            ranked=ranked,
            unknown_users=self.user.different,
            unknown_items=self.item.different,
            user_examples=self.user.examples,
            item_examples=self.item.examples,
            users=len(length),
            users_absent=int(absent.sum()),
            users_empty=int((~absent & (length == 0)).sum()),
            users_short=int(((length > 0) & (length < self.k)).sum()),
            tied=tied,
        )


def _among(key: np.ndarray, known: np.ndarray) -> np.ndarray:
    """bool: whether each key is among the known ones, which ascend."""
    if not len(known):
        return np.zeros(len(key), dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, key), len(known) - 1)] == key)


def _tied(rows: Rows, inside: np.ndarray) -> int:
    """How many rows in the top have the score of the row before or after, of the same user."""
    same = (rows.user[1:] == rows.user[:-1]) & (rows.score[1:] == rows.score[:-1])
    return int(((np.r_[same, False] | np.r_[False, same])[: len(rows)] & inside).sum())
