"""Metrics of users and of the catalogue that are copies of built-ins with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from math import log2
from typing import Any

import numpy as np
from mutant_kit import Mutant

from recbox.metric.gini import Gini
from recbox.metric.hit import Hit
from recbox.metric.mrr import MRR
from recbox.metric.ndcg import NDCG
from recbox.metric.recall import Recall
from recbox.plugin import CatalogueMetric, Metric, UserMetric, WorkedExposure, WorkedRanking

PerUser = Callable[[np.ndarray, np.ndarray], Any]
Catalogue = Callable[[np.ndarray, np.ndarray], Any]


def user(per_user: PerUser, lower: bool = False, worked: Any = ()) -> type[UserMetric]:
    class Broken(UserMetric):
        def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return per_user(hits, relevant)

    Broken.lower_is_better, Broken.worked = lower, worked
    return Broken


def catalogue(value: Catalogue, worked: Any = ()) -> type[CatalogueMetric]:
    class Broken(CatalogueMetric):
        def catalogue(self, exposure: np.ndarray, popularity: np.ndarray) -> float:
            with np.errstate(all="ignore"):
                return value(exposure, popularity)

    Broken.worked = worked
    return Broken


class Neither(Metric):
    """Derives from none of the three."""


hit, mrr, ndcg, recall = Hit().per_user, MRR().per_user, NDCG().per_user, Recall().per_user
gini = Gini().catalogue


def rank(hits: np.ndarray) -> np.ndarray:
    """Ranks, from 1."""
    return np.arange(1, hits.shape[1] + 1)


def precisions(hits: np.ndarray) -> np.ndarray:
    """float64 `[n]`: the sum of the precisions at the hits."""
    return (hits * hits.cumsum(1) / rank(hits)).sum(1)


def last(hits: np.ndarray) -> np.ndarray:
    """The rank of the last hit; 0 where there is none."""
    return (hits * rank(hits)).max(1, initial=0)


def discounted(hits: np.ndarray, relevant: np.ndarray, discount: np.ndarray) -> np.ndarray:
    """NDCG with another discount for each rank."""
    return (hits * discount).sum(1) / np.cumsum(discount)[np.minimum(relevant, hits.shape[1]) - 1]


def wide_ideal(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The best list isn't cut at k."""
    discount = 1 / np.log2(rank(hits) + 1)
    return (hits * discount).sum(1) / np.cumsum(discount)[relevant - 1]


def one_by_one(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    return np.stack([recall(h[None], r[None])[0] for h, r in zip(hits, relevant)])


def marked(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The lists are cut behind their first hit, in place."""
    first = hits.argmax(1)
    hits[np.arange(hits.shape[1]) > first[:, None]] = False
    return hits.any(1) / (1.0 + first)


def inverted(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """One less the share of what was missed, with an operator for booleans."""
    return 1 - (~hits).sum(1) / hits.shape[1]


def flat(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Through one dimension, in the order in which memory has it."""
    return recall(hits.ravel(order="K").reshape(hits.shape), relevant)


def bytes_of(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    return hits.view(np.uint8).mean(1)


def chosen(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Discounts chosen by a mask of booleans."""
    discount = np.broadcast_to(1 / np.log2(rank(hits) + 1), hits.shape)
    return np.array([d[h].sum() / r for d, h, r in zip(discount, hits, relevant)], np.float64)


def unguarded_novelty(exposure: np.ndarray, popularity: np.ndarray) -> float:
    share = popularity / popularity.sum()
    return float((exposure * -np.log2(share)).sum() / exposure.sum())


def novelty(exposure: np.ndarray, popularity: np.ndarray) -> float:
    share = np.maximum(popularity, 1) / max(popularity.sum(), 1)
    return float((exposure * -np.log2(share)).sum() / max(exposure.sum(), 1))


def plain_gini(exposure: np.ndarray, order: Catalogue) -> float:
    """Gini with the exposures in this order."""
    n, total = len(exposure), max(exposure.sum(), 1)
    weight = 2.0 * np.arange(1, n + 1) - n - 1
    return float((weight * order(exposure, exposure)).sum() / (max(n - 1, 1) * total))


def single_gini(exposure: np.ndarray, popularity: np.ndarray) -> float:
    """The divisor is 0 for a single item."""
    n = len(exposure)
    weight = 2.0 * np.arange(1, n + 1) - n - 1
    return float((weight * np.sort(exposure)).sum() / ((n - 1) * np.float64(max(exposure.sum(), 1))))


def sorted_in_place(exposure: np.ndarray, popularity: np.ndarray) -> float:
    exposure.sort()
    return gini(exposure, popularity)


APART, BEST, UP = "users-are-judged-apart", "the-perfect-ranking-is-the-best", "a-hit-further-up-is-no-worse"
EACH, NONE, MORE = "a-value-for-each-user", "no-users-no-values", "one-more-hit-is-no-worse"
NO_HITS, MAKES, FINITE = "a-user-without-hits-has-0", "arrays-of-every-make-are-read", "one-finite-number"
ORDER, WORKED = "the-order-of-items-is-free", "worked-cases-are-met"

OF_USERS: tuple[tuple[str, str, str, type[Metric]], ...] = (
    (EACH, "recall", "a mean over users", user(lambda h, r: recall(h, r).mean())),
    (EACH, "recall", "float32", user(lambda h, r: recall(h, r).astype(np.float32))),
    (EACH, "hit", "booleans", user(lambda h, r: h.any(1))),
    (EACH, "recall", "a column is kept", user(lambda h, r: h.sum(1, keepdims=True) / r[:, None])),
    (EACH, "recall", "a list", user(lambda h, r: recall(h, r).tolist())),
    (EACH, "map", "not a number without hits", user(lambda h, r: precisions(h) / h.sum(1))),
    (EACH, "ndcg", "the logarithm of rank 1", user(lambda h, r: (h / np.log2(rank(h))).sum(1) / r)),
    (EACH, "ndcg", "the best list isn't cut", user(wide_ideal)),
    (NONE, "recall", "a stack of users", user(one_by_one)),
    (NONE, "recall", "rows of a width that is guessed", user(lambda h, r: h.reshape(len(r), -1).sum(1) / r)),
    (NONE, "precision", "over the longest list", user(lambda h, r: h.sum(1) / max(6, h.sum(1).max()))),
    (APART, "recall", "less the mean", user(lambda h, r: recall(h, r) - recall(h, r).mean())),
    (APART, "recall", "of the most relevant", user(lambda h, r: h.sum(1) / r.max(initial=1))),
    (APART, "recall", "a rank among users", user(lambda h, r: recall(h, r).argsort().argsort() * 1.0)),
    (APART, "mrr", "summed up", user(lambda h, r: mrr(h, r).cumsum())),
    (BEST, "mrr", "the rank, and higher is better", user(lambda h, r: 1.0 + h.argmax(1) + 99 * ~h.any(1))),
    (BEST, "recall", "lower is better", user(recall, lower=True)),
    (BEST, "recall", "what was missed", user(lambda h, r: 1 - recall(h, r))),
    (BEST, "hit", "a constant", user(lambda h, r: np.ones(len(h)))),
    (BEST, "map", "without dividing by the best", user(lambda h, r: precisions(h) - 0.5 * h.sum(1))),
    (BEST, "ndcg", "later is better", user(lambda h, r: discounted(h, r, np.log2(rank(h) + 1)))),
    (NO_HITS, "mrr", "argmax without a test", user(lambda h, r: 1 / (1.0 + h.argmax(1)))),
    (NO_HITS, "precision", "smoothed", user(lambda h, r: (1.0 + h.sum(1)) / (1 + h.shape[1]))),
    (NO_HITS, "recall", "less what is relevant", user(lambda h, r: (h.sum(1) - r) / r)),
    (UP, "ndcg", "weights rise with rank", user(lambda h, r: (h * rank(h)).sum(1) / (r * h.shape[1]))),
    (UP, "mrr", "the last hit", user(lambda h, r: last(h) / h.shape[1])),
    (UP, "ndcg", "even ranks alone", user(lambda h, r: discounted(h, r, 1.0 - rank(h) % 2 + 1e-6))),
    (UP, "mrr", "the middle is best", user(lambda h, r: h.any(1) / (1.0 + abs(h.argmax(1) - 2)))),
    (MORE, "map", "divided by the hits", user(lambda h, r: precisions(h) / np.maximum(h.sum(1), 1))),
    (MORE, "ndcg", "a negative weight", user(lambda h, r: (h * (2.5 - rank(h))).sum(1) / r)),
    (MORE, "mrr", "one over the last hit", user(lambda h, r: h.any(1) / np.maximum(last(h), 1))),
    (MORE, "hit", "exactly one", user(lambda h, r: (h.sum(1) == 1) * 1.0)),
    (MAKES, "mrr", "writes into the hits", user(marked)),
    (MAKES, "precision", "not of whole numbers", user(inverted)),
    (MAKES, "recall", "in memory's order", user(flat)),
    (MAKES, "precision", "the bytes", user(bytes_of)),
    (MAKES, "ndcg", "a mask of whole numbers", user(chosen)),
    (MAKES, "recall", "an overflow", user(lambda h, r: h.sum(1) / ((r << 31) / (1 << 31)))),
    (WORKED, "hit", "no worked case", user(hit)),
    (WORKED, "ndcg", "a wrong value", user(ndcg, worked=(WorkedRanking("01", 2, value=1 / log2(3)),))),
    (WORKED, "ndcg", "a rounded value", user(ndcg, worked=(WorkedRanking("01", 2, value=0.386853),))),
    (WORKED, "hit", "a list that can't be", user(hit, worked=(WorkedRanking("11", 1, value=1.0),))),
    (WORKED, "hit", "a sign that is none", user(hit, worked=(WorkedRanking("x1", 2, value=1.0),))),
    (WORKED, "hit", "none of the three", Neither),
)
OF_CATALOGUE: tuple[tuple[str, str, str, type[Metric]], ...] = (
    (FINITE, "novelty", "nothing is shown", catalogue(lambda e, p: float((e * p).sum() / e.sum()))),
    (FINITE, "novelty", "the logarithm of 0", catalogue(unguarded_novelty)),
    (FINITE, "gini", "a single item", catalogue(single_gini)),
    (FINITE, "coverage", "an array", catalogue(lambda e, p: np.array([(e > 0).mean()]))),
    (FINITE, "coverage", "a whole number", catalogue(lambda e, p: int((e > 0).sum()))),
    (FINITE, "gini", "sorts in place", catalogue(sorted_in_place)),
    (ORDER, "gini", "not sorted", catalogue(lambda e, p: plain_gini(e, lambda a, b: a))),
    (ORDER, "novelty", "sorted on one side", catalogue(lambda e, p: novelty(np.sort(e), p))),
    (ORDER, "coverage", "the first half", catalogue(lambda e, p: float((e[: len(e) // 2] > 0).sum()))),
    (WORKED, "gini", "no worked case", catalogue(gini)),
    (
        WORKED,
        "gini",
        "a wrong value",
        catalogue(gini, (WorkedExposure((3, 1), (1, 1), value=1 / 4),)),
    ),
    (
        WORKED,
        "gini",
        "counts of two lengths",
        catalogue(gini, (WorkedExposure((3, 1), (1, 1, 1), value=1 / 2),)),
    ),
)
MUTANTS: tuple[Mutant, ...] = tuple(Mutant(*row) for row in (*OF_USERS, *OF_CATALOGUE))
