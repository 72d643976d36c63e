"""Who has what in training, as a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from recbox.data import Dataset


def have(train: Dataset) -> csr_matrix:
    """int64 `[users, items]`: 1 where the user has the item, however often."""
    x, shape = train.interaction, (len(train.user), len(train.item))
    matrix = csr_matrix((np.ones(len(x), np.int64), (x.user, x.item)), shape=shape)
    matrix.data[:] = 1
    return matrix


def together(matrix: csr_matrix, items: np.ndarray) -> csr_matrix:
    """int64 `[len(items), len(items)]`: for each two of the items, how many users have both."""
    some = matrix[:, items]
    return (some.T @ some).tocsr()
