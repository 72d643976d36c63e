"""Lists of a few users, chosen by how much they did and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.evaluate import Ranked, Truth

if TYPE_CHECKING:
    from recbox.data import Dataset, Nodes, Split

PLACES = (1 / 6, 1 / 2, 5 / 6)
"""Where the users stand among those judged, by how many items they have: the middles of the thirds."""
LATEST, LISTED, LETTERS = 5, 10, 90


@dataclass(frozen=True)
class Entry:
    """An item. title: its id where it has none. hit: whether the user took it in the test part."""

    title: str
    id: str = ""
    hit: bool = False


@dataclass(frozen=True)
class Example:
    """had: how many items the user has before the test part; to_find: how many there; found: how many of
    these are in the list of k. latest: by time where the data has it."""

    user: str
    had: int
    to_find: int
    found: int
    k: int
    latest: tuple[Entry, ...]
    listed: tuple[Entry, ...]
    by_time: bool


def examples(dataset: Dataset, split: Split, truth: Truth, lists: Ranked, k: int) -> tuple[Example, ...]:
    """The users in the middles of the thirds, with the first of their lists."""
    users = lists.ranking.users
    order = np.argsort(truth.seen.counts[users], kind="stable")
    rows = dict.fromkeys(int(order[int(place * len(order))]) for place in PLACES)
    return tuple(_example(dataset, split, truth, lists, k, row) for row in rows)


def _example(dataset: Dataset, split: Split, truth: Truth, lists: Ranked, k: int, row: int) -> Example:
    user = int(lists.ranking.users[row])
    hits, items = lists.hits[row, :k], lists.ranking.items[row, :k]
    latest, names = _latest(dataset, split, user), dataset.item
    listed = [_entry(names, int(i), bool(h)) for i, h in zip(items[:LISTED], hits) if i >= 0]
    return Example(
        _cut(dataset.user.ids[user]),
        int(truth.seen.counts[user]),
        int(truth.relevant.counts[user]),
        int(hits.sum()),
        k,
        tuple(_entry(names, int(i)) for i in latest),
        tuple(listed),
        dataset.interaction.time is not None,
    )


def _latest(dataset: Dataset, split: Split, user: int) -> np.ndarray:
    """The user's last items in train and validation, the newest first; without times, the first by id."""
    x = dataset.interaction
    own = np.flatnonzero(x.user == user)
    rows = np.sort(np.concatenate([part[np.isin(part, own)] for part in (split.train, split.valid)]))
    if x.time is not None:
        rows = rows[np.argsort(x.time[rows], kind="stable")[::-1]]
        _, first = np.unique(x.item[rows], return_index=True)
        return np.asarray(x.item[rows][np.sort(first)][:LATEST])
    return np.unique(x.item[rows])[:LATEST]


def _entry(items: Nodes, item: int, hit: bool = False) -> Entry:
    id, column = _cut(items.ids[item]), items.column("title")
    title = None if column is None else items.table[column][item]
    return Entry(_cut(title), id, hit) if title else Entry(id, "", hit)


def _cut(text: object) -> str:
    said = str(text)
    return said if len(said) <= LETTERS else f"{said[: LETTERS - 1]}…"
