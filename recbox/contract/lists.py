"""What metrics are tried on: random lists and catalogues, and every list of a length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from recbox.contract.case import Case
from recbox.contract.law import broken
from recbox.contract.world import ITEMS, USERS, world
from recbox.plugin import CatalogueMetric, ListMetric, Meaning, PairMetric, UserMetric

if TYPE_CHECKING:
    from recbox.data import Dataset

K, MOST = 6, 8
"""Length of the lists of which every pattern of hits is tried, and the most relevant items of a user."""


@dataclass(frozen=True)
class Inputs:
    """Random lists, and a random catalogue. hits: bool `[n, k]`; relevant: int64 `[n]`; exposure and
    popularity: int64 `[items]`. shown: int32 `[m, k]` and users: int64 `[m]`, lists of the kit's world, whose
    training part is train; some end early, one is empty."""

    hits: np.ndarray
    relevant: np.ndarray
    exposure: np.ndarray
    popularity: np.ndarray
    shown: np.ndarray
    users: np.ndarray
    train: Dataset
    scored: Mapping[Meaning, Scored]


@dataclass(frozen=True)
class Scored:
    """Pairs of some users, in no order: float64 scores and targets, int64 users; ties among the scores."""

    score: np.ndarray
    target: np.ndarray
    user: np.ndarray


Sort = UserMetric | ListMetric | CatalogueMetric | PairMetric


def sort(case: Case) -> Sort:
    """The metric, as one of the sorts that there are."""
    if not isinstance(case.options, Sort):
        known = "UserMetric, ListMetric, CatalogueMetric and PairMetric"
        broken(f"it is none of {known}, and recbox knows no other")
    return case.options


def inputs(case: Case, double: bool = False) -> Inputs:
    draw = case.context.random("contract.metric")
    hits = draw.random((40, 10)) < 0.3
    relevant = np.maximum(hits.sum(axis=1), 1) + draw.integers(0, 6, len(hits))
    exposure, popularity = draw.integers(0, 9, 50), draw.integers(0, 30, 50)
    return Inputs(hits, relevant, exposure, popularity, *_shown(draw), world().train, _scored(draw))


def _scored(draw: np.random.Generator) -> dict[Meaning, Scored]:
    """Pairs of a few users by what scores mean. The first two users have clicks alone, and none."""
    users, pairs = 9, 60
    user = draw.permutation(np.r_[np.arange(users), draw.integers(0, users, pairs - users)])
    click = np.where(user < 2, user, draw.random(pairs) < 0.4).astype(np.float64)
    score = np.round(draw.normal(size=pairs) + click, 1)
    weight = draw.integers(1, 6, pairs).astype(np.float64)
    return {
        "order": Scored(score, click, user),
        "probability": Scored(1 / (1 + np.exp(-score)), click, user),
        "value": Scored(np.round(weight + draw.normal(size=pairs), 1), weight, user),
    }


def _shown(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A list of ten for each person, the last of whom has no training; the last item, which hasn't either,
    stands in every other one."""
    lists = np.array([draw.permutation(ITEMS - 1)[:10] for _ in range(USERS)], np.int32)
    lists[::2, 1] = ITEMS - 1
    ends = draw.integers(1, 11, USERS)
    ends[[0, 1]] = 0, 10
    lists[np.arange(10) >= ends[:, None]] = -1
    return lists, np.arange(USERS)


@cache
def patterns() -> tuple[np.ndarray, np.ndarray]:
    """Every list of K with every possible number of relevant items: bool `[n, K]` and int64 `[n]`."""
    rows = [
        (hits, relevant)
        for hits in product((False, True), repeat=K)
        for relevant in range(max(1, sum(hits)), MOST + 1)
    ]
    return np.array([hits for hits, _ in rows]), np.array([relevant for _, relevant in rows])


def locked(array: np.ndarray) -> np.ndarray:
    """A copy that nobody can write to."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
