"""Each user's best items out of many rows, without sorting what doesn't come into question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Rows:
    """One length: pair: int64, the user's inner id and then the item's, 32 bits each; score: float64."""

    pair: np.ndarray
    score: np.ndarray

    @classmethod
    def of(cls, user: np.ndarray, item: np.ndarray, score: np.ndarray) -> Rows:
        return cls(user << 32 | item, score)

    @classmethod
    def joined(cls, parts: list[Rows]) -> Rows:
        return cls(np.concatenate([p.pair for p in parts]), np.concatenate([p.score for p in parts]))

    def __len__(self) -> int:
        return len(self.pair)

    @property
    def user(self) -> np.ndarray:
        return self.pair >> 32

    @property
    def item(self) -> np.ndarray:
        return self.pair & 0xFFFFFFFF

    def take(self, rows: np.ndarray) -> Rows:
        return Rows(self.pair[rows], self.score[rows])


def single(rows: Rows) -> Rows:
    """Of rows with one user and item, the one with the best score, in any order."""
    keys = np.sort(rows.pair)
    twice = keys[1:][keys[1:] == keys[:-1]]
    if not len(twice):
        return rows
    place = np.minimum(np.searchsorted(twice, rows.pair), len(twice) - 1)
    doubled = twice[place] == rows.pair
    some = rows.take(doubled)
    some = some.take(np.lexsort((-some.score, some.pair)))
    first = np.r_[True, some.pair[1:] != some.pair[:-1]]
    return Rows.joined([rows.take(~doubled), some.take(first)])


def best(rows: Rows, k: int) -> tuple[Rows, np.ndarray]:
    """Each user's best k and one more (it may tie with the last), in order, and their ranks from 0.

    Users ascend; higher scores go first, of equal ones the lower item. No pair may stand twice.
    """
    # The score as a float32 puts nothing in a wrong order, at most it makes things equal: one quick sort of
    # whole numbers leaves only equal ones to be sorted exactly, and of those only what may be in the top.
    coarse = rows.user << 32 | _descending(rows.score)
    order = np.argsort(coarse)
    coarse = coarse[order]
    near = order[_runs(coarse) - _runs(coarse >> 32) <= k]
    some = rows.take(near)
    some = some.take(np.lexsort((some.item, -some.score, some.user)))
    rank = np.arange(len(some)) - _runs(some.user)
    return some.take(rank <= k), rank[rank <= k]


def _descending(score: np.ndarray) -> np.ndarray:
    """int64 of 32 bits that ascend where scores, as float32, descend."""
    with np.errstate(over="ignore"):
        bits = (score.astype(np.float32) + np.float32(0)).view(np.uint32)  # minus zero is zero
    ascending = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return (~ascending).astype(np.int64)


def _runs(values: np.ndarray) -> np.ndarray:
    """For each position, where the run of equal values that it is in begins."""
    begins = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.maximum.accumulate(np.where(begins, np.arange(len(values)), 0))
