"""Groups of users by a column: their means, how many they are, and the largest difference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from evaluate_cases import Table, made

from recbox.context import Context
from recbox.data import Column, Dataset
from recbox.data.splitting import Split
from recbox.errors import OptionError
from recbox.evaluate import at_test, at_valid, judge
from recbox.evaluate.grouping import LEAST, MOST, by_group, groups
from recbox.metric.lift import Lift
from recbox.metric.recall import Recall
from recbox.recipe.recipe import Part

COLUMNS = (Column("job", "categorical"), Column("age", "numeric"))


def people(job: list[Any]) -> Dataset:
    """User u interacts with item 0 (train), 1 (valid) and 2 (test)."""
    data = made([(u, i) for i in range(3) for u in range(len(job))], len(job), 4)
    table = data.user.table.with_columns(job=pl.Series(job), age=pl.lit(1.0))
    return replace(data, user=replace(data.user, table=table, columns=COLUMNS))


def split(users: int) -> Split:
    return Split(*np.arange(3 * users).reshape(3, users))


def test_worked_by_hand() -> None:
    """b is found by all, a by half, c is too few to be compared; the two without a job are in no group."""
    per_user = {"m": np.array([1.0, 0.0] * 10 + [1.0] * 20 + [5.0] * 3 + [9.0] * 2)}
    jobs = ["a"] * 20 + ["b"] * 20 + ["c"] * 3 + [None] * 2
    found = groups(people(jobs), "job")
    assert [int(member.sum()) for member in found.values()] == [20, 20, 3]
    means, counts = by_group({"job": found}, per_user, np.arange(45))
    assert means == {"job=a": {"m": 0.5}, "job=b": {"m": 1.0}, "job=c": {"m": 5.0}, "gap of job": {"m": 0.5}}
    assert counts == {"job=a": 20, "job=b": 20, "job=c": 3}


def test_only_judged_users_count_and_a_single_large_group_has_no_gap() -> None:
    found = groups(people(["a"] * LEAST + ["b"] * LEAST + ["c"]), "job")
    users = np.r_[:LEAST, LEAST + 1 : 2 * LEAST]
    means, counts = by_group({"job": found}, {"m": np.ones(len(users))}, users)
    assert counts == {"job=a": LEAST, "job=b": LEAST - 1}
    assert set(means) == {"job=a", "job=b"}


def test_a_judgement_has_them_on_test_and_on_validation() -> None:
    """Whoever has job b is shown the right item, and nobody else."""
    import torch

    jobs = ["a", "b"] * LEAST
    data, parts = people(jobs), split(len(jobs))
    metrics = [Part("metric", "recall", Recall()), Part("metric", "lift", Lift())]
    for truth, right in ((at_valid(data, parts, ["job"]), 1), (at_test(data, parts, gap=["job"]), 2)):
        scores = torch.zeros(len(jobs), 4)
        scores[:, 3] = 1
        scores[1::2, right] = 2
        judged = judge(Table(scores), truth, metrics, (1,), Context(threads=1))
        assert judged.segment["job=a"]["recall@1"] == 0
        assert judged.segment["job=b"]["recall@1"] == judged.segment["gap of job"]["recall@1"] == 1
        assert set(judged.segment["gap of job"]) == {"recall@1", "lift@1"}
        assert judged.groups == {"job=a": LEAST, "job=b": LEAST}
    plain = judge(Table(scores), at_test(data, parts), metrics, (1,), Context(threads=1))
    assert set(plain.segment) == {"cold"} and plain.groups == {}


@pytest.mark.parametrize(
    ("column", "said"),
    [("jbo", "no column of users.*job"), ("age", "of type numeric"), ("id", "no column of users")],
)
def test_a_column_that_makes_no_groups_is_an_error(column: str, said: str) -> None:
    with pytest.raises(OptionError, match=f"(?s){said}"):
        groups(people(["a", "b"]), column)


def test_a_column_of_too_many_values_is_an_error() -> None:
    with pytest.raises(OptionError, match=f"groups are {MOST} at most"):
        groups(people([f"job {n}" for n in range(MOST + 1)]), "job")
