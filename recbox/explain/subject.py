"""Whose score of which item is explained, and what they had when the method was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
import polars as pl

from recbox.artifact import Artifact, Taken, longer
from recbox.data import Dataset
from recbox.plugin import NewUsers, Scorer

if TYPE_CHECKING:
    from recbox.explain.ego import Egos

NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Subject:
    """user: the inner id, -1 for somebody new. item: of the item, new ones last. history: all that the user
    has, as a method is handed it. since: whether some of it came after the method was fitted, or all; then
    the user is scored by it. seen: int64 inner ids of what else they have, which the score knows nothing
    of."""

    user: int
    item: int
    history: NewUsers
    since: bool
    seen: np.ndarray = field(default_factory=lambda: NOTHING)


def having(had: NewUsers, places: Sequence[np.ndarray]) -> NewUsers:
    """Users who have what is at these places of one user's history alone, in its order."""
    newest = np.arange(len(had.item))[::-1] if had.newest is None else had.newest
    order = [newest[::-1][np.isin(newest[::-1], own)] for own in places]
    features = None if had.features is None else pl.concat([had.features] * len(places))
    known = None if had.known is None else np.repeat(had.known, len(places))
    return NewUsers.of([had.item[own] for own in order], [had.weight[own] for own in order], features, known)


@final
class Records:
    """What an artifact knows, made ready to be asked again and again. new: features of new items, or None."""

    def __init__(self, artifact: Artifact, new: pl.DataFrame | None = None) -> None:
        self.artifact, self.new = artifact, new

    @cached_property
    def scorer(self) -> Scorer:
        """Of known users, and known items before new ones."""
        known = self.artifact.scorer
        return known if self.new is None else known.with_items(self.new)

    @cached_property
    def egos(self) -> Egos:
        """Nodes of the graph, for methods that have one."""
        from recbox.explain.ego import Egos

        return Egos(self.artifact.growth)

    @cached_property
    def train(self) -> Dataset:
        """What the method was fitted on."""
        return self.artifact.dataset.take(self.artifact.fitted)

    @cached_property
    def ids(self) -> pl.Series:
        """Those of the items."""
        known = self.artifact.dataset.item.ids
        return known if self.new is None else pl.concat([known, self.new["id"]])

    @cached_property
    def titles(self) -> pl.Series:
        """Those of the items, null where there is none."""
        nodes = self.artifact.dataset.item
        name = nodes.column("title")
        if name is None:
            return pl.repeat(None, len(self.ids), dtype=pl.String, eager=True)
        known = nodes.table[name]
        return known if self.new is None else pl.concat([known, self.new[name]])

    def history(self, user: int, since: Taken = (NOTHING, NOTHING)) -> NewUsers:
        """What a known user has in training, and after it what they took since."""
        x, rows = self.train.interaction, self._rows_of(user)
        return longer(self.artifact.user, np.array([user]), [(x.item[rows], x.weight[rows])], [since])

    def seen(self, user: int) -> np.ndarray:
        """bool `[items]`: what a known user has in any part of the data."""
        found = np.zeros(len(self.ids), bool)
        x, (indptr, order) = self.artifact.dataset.interaction, self._all
        found[x.item[order[indptr[user] : indptr[user + 1]]]] = True
        return found

    def common(self, items: np.ndarray, target: int) -> np.ndarray:
        """int64 `[n]`: how many users have each of the items and the target too."""
        x, (indptr, order) = self.train.interaction, self._by_item
        if target >= len(indptr) - 1:
            return np.zeros(len(items), np.int64)
        having = np.zeros(len(self.train.user), bool)
        having[x.user[order[indptr[target] : indptr[target + 1]]]] = True
        rows = [order[indptr[item] : indptr[item + 1]] for item in items]
        return np.array([int(having[np.unique(x.user[own])].sum()) for own in rows], np.int64)

    def _rows_of(self, user: int) -> np.ndarray:
        """The training rows of a user, the newest last."""
        indptr, order = self._by_user
        return order[indptr[user] : indptr[user + 1]]

    @cached_property
    def _by_user(self) -> tuple[np.ndarray, np.ndarray]:
        return self.train.interaction.by("user", len(self.train.user))

    @cached_property
    def _by_item(self) -> tuple[np.ndarray, np.ndarray]:
        return self.train.interaction.by("item", len(self.train.item))

    @cached_property
    def _all(self) -> tuple[np.ndarray, np.ndarray]:
        data = self.artifact.dataset
        return data.interaction.by("user", len(data.user))
