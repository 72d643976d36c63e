"""Which items the same users have, and which users have the same items."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from recbox.graph.top import rows_at_once, top

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

ENTRIES = 4_000_000
"""Similarities in work at once, at most, beside those of one row: what bounds the memory."""


def together(having: csr_matrix, k: int, similarity: Literal["cosine", "count"]) -> csr_matrix:
    """float32 `[n, n]`: row i holds the k nodes with which i is had most often (ties: the lower index).

    having: ones `[others, n]`, such as users and the items that they have. With `c_ij` the others that have
    both and `c_i` those that have one: `c_ij` itself, or `c_ij / √(c_i c_j)`. It takes `Σ_u h_u²` additions,
    h_u being how many u has, in blocks of rows with no more than `ENTRIES` numbers each.
    """
    from scipy.sparse import csr_matrix, vstack

    mine, count = having.T.tocsr(), having.getnnz(axis=0).astype(np.float64)
    found = [csr_matrix((0, having.shape[1]), dtype=np.float32)]
    for rows in _blocks(mine @ having.getnnz(axis=1), having.shape[1]):
        common = mine[rows] @ having
        row = np.repeat(np.arange(rows.start, rows.stop), np.diff(common.indptr))
        value = common.data.astype(np.float64)
        if similarity == "cosine":
            value /= np.sqrt(count[row] * count[common.indices])
        value[row == common.indices] = 0
        common.data = value
        found.append(top(common, k))
    return vstack(found, format="csr")


def _blocks(products: np.ndarray, columns: int) -> Iterator[slice]:
    """Rows whose entries are at most so many together; products: additions that each row takes."""
    entries = np.cumsum(np.minimum(products, columns))
    # Two sequences that never fall: their sum changes wherever one of them does.
    block = (entries // ENTRIES).astype(np.int64) + np.arange(len(entries)) // rows_at_once(columns)
    cuts = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(block)]
    return (slice(a, b) for a, b in pairwise(cuts) if b > a)
