"""Sparse matrices: rows by the block, and the largest entries of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

ENTRIES = 4_000_000
"""Entries of a product in work at once, at most: what bounds the memory."""


def slices(rows: int, columns: int) -> Iterator[slice]:
    """Rows by the block, so many that a block of `columns` columns has `ENTRIES` entries at most."""
    step = max(1, ENTRIES // max(columns, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def largest(row: np.ndarray, column: np.ndarray, value: np.ndarray, k: int, shape: tuple[int, int]) -> Any:
    """float32 CSR `shape`: the k largest values of each row (ties: the lower column).

    row, column, value: `[n]`, the entries in any order; values (as float32) are not negative.
    """
    shift, top = shape[1].bit_length(), 0x7FFFFFFF
    # One integer of row, value and column: the bits of floats that are not negative are in their order.
    bits = top - value.astype(np.float32).view(np.int32).astype(np.int64)
    key = np.sort((row.astype(np.int64) << (31 + shift)) | (bits << shift) | column)
    row = key >> (31 + shift)
    begin = np.searchsorted(row, np.arange(shape[0]))
    key, row = (a[np.arange(len(row)) - begin[row] < k] for a in (key, row))
    value = (top - ((key >> shift) & top)).astype(np.int32).view(np.float32)
    found = csr_matrix((value, (row, key & ((1 << shift) - 1))), shape=shape)
    found.sort_indices()
    return found
