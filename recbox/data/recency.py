"""How recent an interaction is, as a weight: 1 for the newest, halved again and again with age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import DataError

if TYPE_CHECKING:
    from recbox.data.dataset import Interactions
    from recbox.recipe.edge import Recency

DAY = 86_400.0


def recency(x: Interactions, block: Recency, where: str) -> np.ndarray | None:
    """float64 `[n]` in (0, 1], or None where `block` asks for no decay.

    by order: an interaction's age is its place in its user's history counted back from the newest (0), as a
    share of that history; ties in time go by item id. by time: days since the newest interaction of all.
    Raises `DataError` where the data has no times.
    """
    if block.by == "none":
        return None
    if x.time is None:
        raise DataError(
            "recency needs times, which this data doesn't have",
            where=where,
            instead="name the time column of the data, or leave recency out",
        )
    age = (x.time.max() - x.time) / DAY if block.by == "time" else place_behind(x.user, x.item, x.time)
    return np.asarray(0.5 ** (age / block.half_life), dtype=np.float64)


def place_behind(user: np.ndarray, item: np.ndarray, time: np.ndarray) -> np.ndarray:
    """float64 `[n]` in [0, 1): the place in the user's own history, counted back from the newest, as a share
    of that history."""
    order = np.lexsort((item, time, user))
    counts = np.bincount(user)
    ends = np.cumsum(counts)
    place = np.empty(len(user), dtype=np.int64)
    place[order] = np.arange(len(user))
    return np.asarray((ends[user] - 1 - place) / counts[user])
