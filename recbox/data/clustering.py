"""What a user's interactions have in common: how near each is to one of them that is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from recbox.data.dataset import Interactions

CENTRES = 256
"""Items whose users are compared at once: memory is this many times the items."""


def nearness(x: Interactions, random: np.random.Generator) -> np.ndarray:
    """float64 `[n]` in (0, 1]: the cosine between each interaction's item and one of the user's, drawn
    evenly, by the users that they share: `|U_i ∩ U_c| / √(|U_i| |U_c|)`.

    Of counts alone, so that it is the same number on every machine; draws go by user and item.
    """
    from scipy.sparse import csr_matrix

    pair, place = np.unique(x.user * np.int64(x.item.max(initial=0) + 1) + x.item, return_inverse=True)
    user, item = np.divmod(pair, x.item.max(initial=0) + 1)
    users, first, count = np.unique(user, return_index=True, return_counts=True)
    row = np.repeat(np.arange(len(users)), count)
    taken = csr_matrix((np.ones(len(pair), np.int64), (row, item)))
    centre = item[first + (random.random(len(users)) * count).astype(np.int64)]
    held_by = np.bincount(item)
    shared = _shared(taken, centre[row], item)
    return np.asarray((shared / np.sqrt(held_by[item] * held_by[centre[row]]))[place])


def _shared(taken: csr_matrix, centre: np.ndarray, item: np.ndarray) -> np.ndarray:
    """int64 `[n]`: users who have both of a pair. taken: `[users, items]` of ones."""
    of_item = taken.T.tocsr()
    order = np.argsort(centre, kind="stable")
    centres, first = np.unique(centre[order], return_index=True)
    ends = np.append(first, len(order))
    found = np.empty(len(order), np.int64)
    for start in range(0, len(centres), CENTRES):
        some = centres[start : start + CENTRES]
        rows = order[ends[start] : ends[start + len(some)]]
        both = of_item[some] @ taken
        found[rows] = both[np.searchsorted(some, centre[rows]), item[rows]]
    return found
