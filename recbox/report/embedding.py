"""Where items lie among each other: the two directions in which their vectors differ most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.evaluate.tercile import members, terciles

if TYPE_CHECKING:
    from recbox.data import Nodes

FITTED, DRAWN = 20_000, 1_200
"""Items by which the directions are found, and items that are drawn, at most."""
GROUPS = 5
"""Categories that have a colour; the others share one."""
COVERED = 1 / 3
"""Which share of the items these must be."""


@dataclass(frozen=True, eq=False)
class Map:
    """item: int64 `[n]`, the inner ids of the items that are drawn, the most popular first; place: float64
    `[n, 2]`; group: int `[n]` and its names; size: int `[n]`, the third by popularity. explained: the share
    of the variance that each direction has. by: what groups are. total: items there are. title: `[n]`, empty
    where there is none."""

    item: np.ndarray
    place: np.ndarray
    group: np.ndarray
    groups: Sequence[str]
    size: np.ndarray
    explained: tuple[float, float]
    by: str
    total: int
    title: Sequence[str]


def embedding_map(vectors: np.ndarray, items: Nodes, popularity: np.ndarray) -> Map | None:
    """By principal components of the vectors `[items, d]`; None where they don't differ. Items are taken
    evenly from all, ordered by popularity."""
    order = np.argsort(-popularity, kind="stable")
    fitted = order[_evenly(len(order), FITTED)]
    drawn = fitted[_evenly(len(fitted), DRAWN)]
    found = _components(vectors[fitted].astype(np.float64))
    if found is None:
        return None
    mean, direction, explained = found
    size, sizes = _thirds(popularity[drawn])
    by, group, groups = _category(items, drawn) or ("popularity", size, sizes)
    title = _titles(items, drawn)
    place = (vectors[drawn] - mean) @ direction
    return Map(drawn, place, group, groups, size, explained, by, len(order), title)


def _evenly(count: int, most: int) -> np.ndarray:
    """`most` places among `count`, evenly; all where there are no more."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _components(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[float, float]] | None:
    """The mean `[d]`, two directions `[d, 2]`, and which share of the variance they have."""
    mean = x.mean(0)
    value, direction = np.linalg.eigh((x - mean).T @ (x - mean))
    if len(value) < 2 or value.sum() <= 1e-12 * len(x):
        return None
    two = direction[:, [-1, -2]]
    two = two * np.sign(two[np.abs(two).argmax(0), [0, 1]])  # a direction has no sign of its own
    first, second = (float(value[-n] / value.sum()) for n in (1, 2))
    return mean, two, (first, max(second, 0.0))


def _thirds(popularity: np.ndarray) -> tuple[np.ndarray, list[str]]:
    first, second, top = terciles(popularity)
    names = f"up to {first:,} users", f"{first + 1:,} to {second:,}", f"{second + 1:,} to {top:,}"
    group = np.zeros(len(popularity), np.int64)
    found = members(popularity, (first, second), names)
    for number, (_, member) in enumerate(found):
        group[member] = number
    return group, [name for name, _ in found]


def _category(items: Nodes, drawn: np.ndarray) -> tuple[str, np.ndarray, list[str]] | None:
    """The first column of categories whose commonest ones are a good part of the items; else of several."""
    for type in ("categorical", "multi"):
        for column in (c for c in items.columns if c.type == type):
            values = items.table[column.name].gather(drawn)
            values = values.list.first() if type == "multi" else values
            if found := _grouped(values.cast(pl.String)):
                first = "the first " if type == "multi" else ""
                return f"{first}{column.name}", *found
    return None


def _grouped(values: pl.Series) -> tuple[np.ndarray, list[str]] | None:
    count = values.drop_nulls().value_counts().sort(["count", values.name], descending=[True, False])
    top = count[values.name].head(GROUPS).to_list()
    if len(count) < 2 or count["count"].head(GROUPS).sum() < COVERED * len(values):
        return None
    number = {value: n for n, value in enumerate(top)}
    group = np.array([number.get(value, len(top)) for value in values.to_list()])
    return group, [*top, "other"] if (group == len(top)).any() else top


def _titles(items: Nodes, drawn: np.ndarray) -> list[str]:
    column = items.column("title")
    if column is None:
        return [""] * len(drawn)
    return [title or "" for title in items.table[column].gather(drawn).to_list()]
