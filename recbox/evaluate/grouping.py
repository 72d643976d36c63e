"""Groups of users by a column, and how far apart a metric's values are between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import OptionError, nearest

if TYPE_CHECKING:
    from recbox.data import Dataset

MOST = 50
"""Values that a column may have to be one of groups."""
LEAST = 20
"""Judged users of a group that the largest difference looks at; the mean of fewer is mostly luck."""

Groups = Mapping[str, np.ndarray]
"""bool `[users]` by `COLUMN=VALUE`."""


def groups(dataset: Dataset, column: str) -> Groups:
    """The users with each value of a categorical column, in ascending order of values; those without a value
    are in no group.

    An `OptionError` for a column that isn't there, or isn't one of groups.
    """
    types = {c.name: c.type for c in dataset.user.columns}
    if types.get(column) != "categorical":
        what = f"a column of type {types[column]}" if column in types else "no column of users"
        fitting = [name for name, type in types.items() if type == "categorical"]
        raise OptionError(
            f"evaluate.gap: {column!r} is {what}", instead=nearest(column, fitting) or "a categorical column"
        )
    values = dataset.user.table[column]
    found = values.drop_nulls().unique().sort()
    if len(found) > MOST:
        what = f"evaluate.gap: {column!r} has {len(found):,} values"
        raise OptionError(what, why=f"groups are {MOST} at most")
    return {f"{column}={value}": (values == value).fill_null(value=False).to_numpy() for value in found}


def by_group(
    gap: Mapping[str, Groups], per_user: Mapping[str, np.ndarray], users: np.ndarray
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """The metrics' means in each group, with the largest differences as `gap of COLUMN`; how many users of
    each group were judged. A group that nobody judged is in is left out.

    per_user: float `[n]` by metric. users: int64 `[n]`, who they are.
    """
    means: dict[str, dict[str, float]] = {}
    counts: dict[str, int] = {}
    for column, members in gap.items():
        inside = {name: member[users] for name, member in members.items() if member[users].any()}
        own = {n: {m: float(v[rows].mean()) for m, v in per_user.items()} for n, rows in inside.items()}
        counts |= {name: int(rows.sum()) for name, rows in inside.items()}
        large = [own[name] for name in own if counts[name] >= LEAST]
        means |= own
        if len(large) > 1:
            means[f"gap of {column}"] = {m: _range([values[m] for values in large]) for m in per_user}
    return means, counts


def _range(values: list[float]) -> float:
    return max(values) - min(values)
