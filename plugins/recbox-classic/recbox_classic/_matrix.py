"""Sparse matrices: the interactions as one, the largest entries of rows, and how they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from recbox.plugin import Dataset

ENTRIES = 4_000_000
"""Entries of a product in work at once, at most: what bounds the memory."""


def history(train: Dataset) -> csr_matrix:
    """float32 `[users, items]`: 1 for each pair with an interaction, however many and of whichever behaviour.

    Columns are sorted within rows, so that equal data gives equal sums, bit for bit.
    """
    users, items = len(train.user), len(train.item)
    keys = np.sort(train.interaction.user.astype(np.int64) * items + train.interaction.item)
    keys = keys[np.diff(keys, prepend=-1) > 0]
    indptr = np.zeros(users + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys // items, minlength=users), out=indptr[1:])
    return _checked(np.ones(len(keys), dtype=np.float32), keys % items, indptr, (users, items))


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


def pack(name: str, matrix: csr_matrix, arrays: dict[str, np.ndarray]) -> None:
    """Put a matrix into the arrays of a state; values are left out where all are 1."""
    arrays[f"{name}.indptr"] = matrix.indptr.astype(np.int64)
    arrays[f"{name}.indices"] = matrix.indices.astype(np.int32)
    if not (matrix.data == 1).all():
        arrays[f"{name}.data"] = matrix.data


def unpack(name: str, arrays: dict[str, np.ndarray], shape: tuple[int, int]) -> csr_matrix:
    """The matrix that `pack` put there; a `ValueError` where its arrays don't fit."""
    indices = arrays[f"{name}.indices"]
    data = arrays.get(f"{name}.data", np.ones(len(indices), dtype=np.float32))
    return _checked(data, indices, arrays[f"{name}.indptr"], shape)


def _checked(data: np.ndarray, indices: np.ndarray, indptr: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    matrix = csr_matrix((data, indices, indptr), shape=shape)
    # Checks the bounds of every index, so that a damaged state can't make a product read outside its arrays.
    matrix.check_format(full_check=True)
    return matrix
