"""Who has what in training, as a matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from recbox.data import Dataset

CELLS = 4_000_000
"""Counts of pairs of items that are in work at once, about; 12 bytes each."""


def have(train: Dataset) -> csr_matrix:
    """int64 `[users, items]`: 1 where the user has the item, however often."""
    x, shape = train.interaction, (len(train.user), len(train.item))
    matrix = csr_matrix((np.ones(len(x), np.int64), (x.user, x.item)), shape=shape)
    matrix.data[:] = 1
    return matrix


def common(matrix: csr_matrix, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """int64 `[n]`: how many users have both items of each pair; `first` ascends.

    Counted for some first items at a time, with all that those who have them also have, so that no
    items × items is held.
    """
    found = np.zeros(len(first), np.int64)
    ones = matrix.astype(np.int32)
    by_item = ones.T.tocsr()
    items, begins = _runs(first)
    ends = np.append(begins[1:], len(first))
    for some in _blocks(np.minimum((by_item @ np.diff(matrix.indptr))[items], matrix.shape[1])):
        counts = by_item[items[some]] @ ones
        counts.sort_indices()
        pairs = slice(begins[some.start], ends[some.stop - 1])
        row = np.repeat(np.arange(some.stop - some.start), (ends - begins)[some])
        found[pairs] = np.asarray(counts[row, second[pairs]]).ravel()
    return found


def _runs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different ones of ascending values, and where each begins."""
    begins = np.flatnonzero(np.diff(values, prepend=-1) > 0)
    return values[begins], begins


def _blocks(most: np.ndarray) -> Iterator[slice]:
    """Slices of items that together have few enough counts, of which each has at most `most`."""
    bound, start = np.concatenate([[0], np.cumsum(most)]), 0
    while start < len(most):
        stop = max(int(np.searchsorted(bound, bound[start] + CELLS, "right")) - 1, start + 1)
        yield slice(start, stop)
        start = stop
