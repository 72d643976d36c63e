"""Metrics as papers have them, none of which is built in: the kit must find nothing wrong with them."""

from __future__ import annotations

from math import log2
from typing import Any, ClassVar

import numpy as np
from mutants_metric import catalogue, rank, user
from mutants_scored import scored
from mutants_shown import shown

from recbox.data import Dataset
from recbox.plugin import Metric, UserMetric, WorkedExposure, WorkedList, WorkedPairs, WorkedRanking


class RankBiased(UserMetric):
    """Moffat & Zobel 2008, doi:10.1145/1416950.1416952; hits weigh `(1 - p) p^(r - 1)`."""

    worked: ClassVar[tuple[WorkedRanking, ...]] = (WorkedRanking("101", 2, value=0.5 + 0.125),)

    p: float = 0.5
    """How likely a reader goes on to the next rank."""

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return (1 - self.p) * (hits * self.p ** (rank(hits) - 1.0)).sum(1)


def search_length(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Cooper 1968: how many items are read before the first hit; the whole list where there is none."""
    return np.where(hits.any(1), hits.argmax(1), hits.shape[1]).astype(np.float64)


def r_precision(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Hits among as many ranks as there are relevant items, of those."""
    return (hits * (rank(hits) <= relevant[:, None])).sum(1) / relevant


def area(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Under the curve of recall over the ranks of the list."""
    return (hits.cumsum(1) / relevant[:, None]).mean(1)


def expected_reciprocal_rank(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Chapelle et al. 2009, doi:10.1145/1645953.1646033: a reader is satisfied by every second hit."""
    return (0.5 * hits * 0.5 ** (hits.cumsum(1) - hits) / rank(hits)).sum(1)


def entropy(exposure: np.ndarray, popularity: np.ndarray) -> float:
    """Of the items that are shown, in bits."""
    share = exposure[exposure > 0] / max(exposure.sum(), 1)
    return float((share * -np.log2(share)).sum())


def average_popularity(exposure: np.ndarray, popularity: np.ndarray) -> float:
    return float((exposure * popularity).sum() / max(exposure.sum(), 1))


def kinds(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """Categories in the list, by a column of the items."""
    (column,) = (c.name for c in train.item.columns if c.type == "categorical")
    codes = train.item.table[column].fill_null("").rank("dense").to_numpy()
    found = [len(set(codes[row[row >= 0]].tolist())) for row in items]
    return np.array(found, np.float64)


def fresh(items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
    """The share of the list that nobody has in training; 0 for an empty one."""
    there = items >= 0
    seen = np.bincount(train.interaction.item, minlength=len(train.item)) > 0
    return (~seen[items] & there).sum(1) / np.maximum(there.sum(1), 1)


def brier(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
    """Brier 1950: squared errors of probabilities."""
    return (score - target) ** 2


def huber(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
    """Huber 1964: squares of small errors, and large ones as they are."""
    error = abs(score - target)
    return np.where(error < 1, error**2 / 2, error - 0.5)


def determination(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> tuple[float, np.ndarray]:
    """R²: one less the squared errors over those of the mean; 0 where all targets are alike."""
    error, spread = (score - target) ** 2, (target - target.mean()) ** 2
    if not spread.any():
        return 0.0, 0.0 * score
    ratio = error.mean() / spread.mean()
    return float(1 - ratio), -(error - ratio * spread) / spread.mean()


def first(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> tuple[float, np.ndarray]:
    """How often the highest of a user's scores is a click, of equal ones their share."""
    users = int(user.max()) + 1
    top = np.full(users, -np.inf)
    np.maximum.at(top, user, score)
    best = score == top[user]
    own = np.bincount(user, best * (target > 0)) / np.bincount(user, best)
    pairs = np.bincount(user)
    return float(own.mean()), ((own - own.mean()) / pairs)[user] * len(score) / users


def mean_of(losses: Any) -> tuple[Any, Any]:
    """A mean over pairs, and its influences."""
    return lambda *x: float(losses(*x).mean()), lambda *x: losses(*x) - losses(*x).mean()


def both(of: Any) -> tuple[Any, Any]:
    return lambda *x: of(*x)[0], lambda *x: of(*x)[1]


BRIER = (WorkedPairs((0.5, 1.0), (1, 1), value=0.25 / 2),)
HUBER = (WorkedPairs((1.0, 4.0), (1.5, 2.0), value=(0.125 + 1.5) / 2),)
SHARE = (WorkedPairs((1.0, 2.0), (1.0, 3.0), value=1 - 1 / 2),)
FIRST = (WorkedPairs((2.0, 1.0, 1.0, 1.0), (1, 0, 1, 0), value=(1 + 1 / 2) / 2, user=(0, 0, 1, 1)),)
KINDS = (WorkedList((0, 1, 2), ((),), value=2.0, item={"kind": ("a", "b", "a")}),)
FRESH = (WorkedList((0, 2), ((1,), (0,)), value=1 / 2),)
F1 = (WorkedRanking("0101", 3, value=4 / 7),)
SEARCH = (WorkedRanking("001", 1, value=2.0), WorkedRanking("000", 1, value=3.0))
RECIPROCAL = (WorkedRanking("101", 2, value=1 / 2 + 1 / 12),)
ENTROPY = (WorkedExposure((2, 1, 1, 0), (1, 1, 1, 1), value=3 / 2), WorkedExposure((0,), (1,), value=0.0))
EVENLY = (WorkedExposure((1, 1, 1), (0, 0, 0), value=log2(3)),)

HONEST: dict[str, type[Metric]] = {
    "rank-biased precision": RankBiased,
    "search length": user(search_length, lower=True, worked=SEARCH),
    "misses": user(
        lambda h, r: h.shape[1] - h.sum(1) * 1.0, lower=True, worked=(WorkedRanking("01", 1, value=1.0),)
    ),
    "r-precision": user(r_precision, worked=(WorkedRanking("0101", 2, value=1 / 2),)),
    "f1": user(lambda h, r: 2 * h.sum(1) / (h.shape[1] + r), worked=F1),
    "area under recall": user(area, worked=(WorkedRanking("0101", 2, value=(1 / 2 + 1 / 2 + 1) / 4),)),
    "expected reciprocal rank": user(expected_reciprocal_rank, worked=RECIPROCAL),
    "categories in the list": shown(kinds, KINDS),
    "new to everybody": shown(fresh, FRESH),
    "brier": scored(*mean_of(brier), "probability", lower=True, worked=BRIER),
    "huber": scored(*mean_of(huber), "value", lower=True, worked=HUBER),
    "r-squared": scored(*both(determination), "value", worked=SHARE),
    "first of each user": scored(*both(first), "order", worked=FIRST),
    "entropy": catalogue(entropy, ENTROPY + EVENLY),
    "average popularity": catalogue(
        average_popularity, (WorkedExposure((1, 3), (8, 4), value=(8 + 3 * 4) / 4),)
    ),
}
