"""Values of users where only cold, or only warm items count as relevant.

Where all of a user's relevant items are of the sort, these are the user's values; only users who have both
sorts are ranked again, by the stored methods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from recbox.comparison.method import Method
from recbox.evaluate import judge, measure
from recbox.evaluate.ranking import Ranking
from recbox.evaluate.truth import Lists, Truth
from recbox.plugin import UserMetric
from recbox.progress import SILENT

if TYPE_CHECKING:
    from recbox.api.ground import Ground

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class ItemPart:
    """values: by the method's label and the metric, float `[seeds, users]` of those who have such items."""

    values: Mapping[str, Values]


@dataclass(frozen=True, eq=False)
class _Sort:
    """place: positions among the judged users of those who have such items to find; again: bool, which of
    them have others too; truth: of these alone, with such items alone."""

    place: np.ndarray
    again: np.ndarray
    truth: Truth


def item_parts(
    methods: Sequence[Method], metrics: Sequence[str], ground: Ground, truth: Truth
) -> dict[str, ItemPart]:
    """Cold items (without a training interaction) and warm ones, as far as somebody is to find some. Metrics
    that don't go by what is found have none."""
    found = [p for p in ground.recipe.metric if isinstance(p.options, UserMetric)]
    names = {f"{p.label}@{k}" for p in found for k in ground.recipe.evaluate.k}
    asked = [m for m in metrics if m in names]
    parts: dict[str, ItemPart] = {}
    for name, member in (("cold items", truth.popularity == 0), ("warm items", truth.popularity > 0)):
        sort = _sorted(truth, member)
        if asked and len(sort.place):
            parts[name] = ItemPart({m.label: _values(m, asked, ground, sort) for m in methods})
    return parts


def _sorted(truth: Truth, member: np.ndarray) -> _Sort:
    of_sort = truth.relevant.where(member)
    have = of_sort.counts[truth.users] > 0
    others = have & (of_sort.counts[truth.users] < truth.relevant.counts[truth.users])
    some = np.zeros(len(truth.relevant.counts), dtype=bool)
    some[truth.users[others]] = True
    kept = Lists(_indptr(np.where(some, of_sort.counts, 0)), of_sort.items[np.repeat(some, of_sort.counts)])
    return _Sort(np.flatnonzero(have), others[have], replace(truth, relevant=kept))


def _indptr(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _values(method: Method, metrics: Sequence[str], ground: Ground, sort: _Sort) -> dict[str, np.ndarray]:
    values = {metric: method.values[metric][:, sort.place].copy() for metric in metrics}
    if sort.again.any():
        for seed, again in enumerate(_again(method, ground, sort.truth)):
            for metric in metrics:
                values[metric][seed, sort.again] = again[metric]
    return values


def _again(method: Method, ground: Ground, truth: Truth) -> Iterator[Values]:
    """Of each run or list: the users of `truth`, measured."""
    evaluate, metric = ground.recipe.evaluate, ground.recipe.metric
    silent = ground.context.with_(progress=SILENT)
    for run in method.runs:
        yield judge(run.scorer, truth, metric, evaluate.k, silent, title=method.label).per_user
    for one in method.lists:
        rows = np.searchsorted(one.ranking.users, truth.users)
        ranking = Ranking(truth.users, one.ranking.items[rows], 0.0)
        yield measure(ranking, truth, metric, evaluate.k).per_user
