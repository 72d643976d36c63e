"""What each user has in an artifact's data, one user after the other, and of each the newest last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from recbox.artifact import Artifact


@dataclass(frozen=True, eq=False)
class Rows:
    """Interactions of one user. item: int64 inner ids; weight: float32; time: Unix seconds, or None; fitted:
    bool, whether the method was fitted on it."""

    item: np.ndarray
    weight: np.ndarray
    time: np.ndarray | None
    fitted: np.ndarray

    def have(self, item: np.ndarray, time: Sequence[float]) -> np.ndarray:
        """bool `[n]`: which events the method was fitted on already, as those are that an update folded in:
        of the same item, and where the data has times at the same second. item: inner ids."""
        if self.time is None:
            return np.isin(item, self.item[self.fitted])
        near = self.fitted & np.isin(self.item, item)
        known = set(zip(self.item[near].tolist(), self.time[near].tolist()))
        return np.array([pair in known for pair in zip(item.tolist(), map(int, time))], bool)


@dataclass(frozen=True, eq=False)
class Record:
    """User u's are `indptr[u]:indptr[u + 1]` of the others. taken: bool `[items]`, those that anybody has in
    what the method was fitted on."""

    indptr: np.ndarray
    item: np.ndarray
    weight: np.ndarray
    time: np.ndarray | None
    fitted: np.ndarray
    taken: np.ndarray

    @classmethod
    def of(cls, artifact: Artifact) -> Self:
        x, users = artifact.dataset.interaction, len(artifact.dataset.user)
        fitted = np.zeros(len(x), bool)
        fitted[artifact.fitted] = True
        indptr, order = x.by("user", users)
        taken = np.zeros(len(artifact.dataset.item), bool)
        taken[x.item[fitted]] = True
        time = None if x.time is None else x.time[order]
        item = x.item[order].astype(np.int32)
        return cls(indptr, item, x.weight[order], time, fitted[order], taken)

    def of_user(self, user: int) -> Rows:
        own = slice(self.indptr[user], self.indptr[user + 1])
        time = None if self.time is None else self.time[own]
        return Rows(self.item[own].astype(np.int64), self.weight[own], time, self.fitted[own])
