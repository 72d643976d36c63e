"""A method on another data set than its own: users and items that both have are found by their ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np
import torch

from recbox.artifact.growing import base_of
from recbox.data import Dataset
from recbox.data.ids import position
from recbox.errors import UnsupportedError
from recbox.plugin import Scorer

if TYPE_CHECKING:
    import polars as pl

    from recbox.artifact import Artifact


@dataclass(frozen=True)
class Places:
    """By inner id of the other data set, that of the artifact's; -1 for who isn't in it. int64 both."""

    user: np.ndarray
    item: np.ndarray

    @classmethod
    def of(cls, artifact: Artifact, data: Dataset) -> Self:
        return cls(same(data.user.ids, artifact.user.ids), same(data.item.ids, artifact.item.ids))


def same(ids: pl.Series, known: pl.Series) -> np.ndarray:
    """int64: where each id stands among the known, -1 for those that don't; `7` and `"7"` are the same."""
    if ids.dtype != known.dtype:
        ids, known = ids.cast(str), known.cast(str)
    return position(ids, known)


@final
class Translated(Scorer):
    """The artifact's scores of the users and items that it knows. Items that it doesn't know come last, and
    users whom it doesn't know get no list."""

    def __init__(self, scorer: Scorer, places: Places) -> None:
        self.scorer, self.places = scorer, places
        self._there = torch.from_numpy(np.flatnonzero(places.item >= 0))
        self._own = torch.from_numpy(places.item[places.item >= 0])

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.places.user), len(self.places.item)

    def block(self, users: np.ndarray) -> torch.Tensor:
        found = torch.full((len(users), self.shape[1]), -torch.inf)
        at = self.places.user[np.asarray(users)]
        rows = torch.from_numpy(np.flatnonzero(at >= 0))
        if len(rows):
            own = self.scorer.block(at[at >= 0]).float()[:, self._own]
            found[rows[:, None], self._there] = own
        return found

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        raise UnsupportedError("a method on another data set can't be saved")


def learned(artifact: Artifact, places: Places, data: Dataset, rows: np.ndarray, *, weights: bool) -> int:
    """How many of these rows the artifact was fitted on. weights: its parameters; else what it holds, with
    what an update folded in."""
    own = artifact.fitted
    if weights:
        own = own[own < base_of(artifact)["interaction"]]
    x, count = artifact.dataset.interaction, len(artifact.item)
    user, item = places.user[data.interaction.user[rows]], places.item[data.interaction.item[rows]]
    known = (user >= 0) & (item >= 0)
    pairs = user[known] * count + item[known]
    return int(np.isin(pairs, x.user[own] * count + x.item[own]).sum())
