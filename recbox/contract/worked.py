"""Cases of metrics that their authors worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.contract.case import Case, cases
from recbox.contract.law import Skip, hold, law
from recbox.contract.lists import Sort, sort
from recbox.plugin import (
    CatalogueMetric,
    ListMetric,
    PairMetric,
    UserMetric,
    WorkedExposure,
    WorkedList,
    WorkedPairs,
    WorkedRanking,
)

if TYPE_CHECKING:
    from recbox.data import Column, Dataset

SAME = 1e-9


@law(once=True, instead="list one case at least in `worked`, as you would work it out on paper")
def worked_cases_are_met(case: Case) -> None:
    """It gives what was worked out by hand, to 1e-9, and at least one case was."""
    if case.options != cases(case.cls)[0].options:
        raise Skip("its cases are worked for other options")
    metric = sort(case)
    hold(len(metric.worked) > 0, "`worked` is empty, so that nothing says what the values mean")
    for worked in metric.worked:
        value = _value(metric, worked)
        hold(abs(value - worked.value) <= SAME, f"{worked}: it gives {value:.9g}")


def _value(metric: Sort, worked: WorkedRanking | WorkedList | WorkedExposure | WorkedPairs) -> float:
    """What the metric gives for a case, if there can be such a one."""
    if isinstance(metric, CatalogueMetric) and isinstance(worked, WorkedExposure):
        hold(len(worked.exposure) == len(worked.popularity), f"{worked} has counts of two lengths")
        return metric.catalogue(np.array(worked.exposure), np.array(worked.popularity))
    if isinstance(metric, ListMetric) and isinstance(worked, WorkedList):
        return _of_list(metric, worked)
    if isinstance(metric, PairMetric) and isinstance(worked, WorkedPairs):
        return _of_pairs(metric, worked)
    hold(isinstance(metric, UserMetric) and isinstance(worked, WorkedRanking), f"{worked} is of another sort")
    return _of_ranking(metric, worked)  # type: ignore[arg-type]


def _of_ranking(metric: UserMetric, worked: WorkedRanking) -> float:
    ones = worked.hits.count("1")
    hold(ones + worked.hits.count("0") == len(worked.hits), f"{worked}: hits are written as 0 and 1")
    hold(max(1, ones) <= worked.relevant, f"{worked}: there are fewer relevant items than hits, or none")
    hits = np.array([[hit == "1" for hit in worked.hits]])
    return float(metric.per_user(hits, np.array([worked.relevant]))[0])


def _of_pairs(metric: PairMetric, worked: WorkedPairs) -> float:
    user = np.array(worked.user or (0,) * len(worked.score), np.int64)
    score, target = (np.array(x, np.float64) for x in (worked.score, worked.target))
    hold(len(score) == len(target) == len(user) > 0, f"{worked} has columns of several lengths, or no pair")
    hold(set(user) == set(range(user.max() + 1)), f"{worked}: users are numbered from 0, each with a pair")
    return metric.over(score, target, user)


def _of_list(metric: ListMetric, worked: WorkedList) -> float:
    hold(len(set(worked.shown)) == len(worked.shown), f"{worked}: an item stands in the list twice")
    hold(len(worked.histories) > 0, f"{worked}: there is no user 0")
    train, shown = _dataset(worked), np.array([worked.shown or (-1,)], np.int32)
    return float(metric.per_list(shown, np.zeros(1, np.int64), train)[0])


def _dataset(worked: WorkedList) -> Dataset:
    """The training data of a case."""
    import polars as pl

    from recbox.data import Dataset, Interactions, Nodes

    named = 1 + max(max(items, default=-1) for items in (worked.shown, *worked.histories))
    count = max([1, named, *(len(values) for values in worked.item.values())])
    short = [name for name, values in worked.item.items() if len(values) != count]
    hold(not short, f"{worked}: {', '.join(short)}: a value is needed for each of {count} items")
    pairs = np.array([(u, i) for u, own in enumerate(worked.histories) for i in own], np.int64).reshape(-1, 2)
    x = Interactions(pairs[:, 0].copy(), pairs[:, 1].copy(), np.ones(len(pairs), np.float32))
    users = Nodes(pl.DataFrame({"id": range(len(worked.histories))}))
    table = {name: [list(v) if isinstance(v, tuple) else v for v in vs] for name, vs in worked.item.items()}
    columns = tuple(_column(name, values[0]) for name, values in worked.item.items())
    return Dataset("worked", users, Nodes(pl.DataFrame({"id": range(count), **table}), columns), x)


def _column(name: str, value: Any) -> Column:
    from recbox.data import Column

    if isinstance(value, tuple):
        return Column(name, "multi")
    return Column(name, "categorical" if isinstance(value, str) else "numeric")
