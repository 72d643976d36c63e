"""The user-item matrix that models share, and sparse matrices in a state.

Stability: stable for callers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch
    from scipy.sparse import csr_matrix

    from recbox.data import Dataset

ROWS = 512
"""Rows of an items × items matrix in work at once, so that no whole copy is made by the way."""


def history(train: Dataset) -> csr_matrix:
    """float32 `[users, items]`: 1 for each pair with an interaction, however many and of whichever behaviour.

    Columns are sorted within rows, so that equal data gives equal sums, bit for bit.
    """
    import numpy as np

    from recbox.data.ordering import rows_of

    x, shape = train.interaction, (len(train.user), len(train.item))
    indptr, items = rows_of(x.user, x.item, *shape, x.scratch)
    return _csr(np.ones(len(items), dtype=np.float32), items, indptr, shape)


def power(count: np.ndarray, exponent: float) -> np.ndarray:
    """float64 `[n]`: each count, a whole number, to a power; 0 where there is none."""
    import numpy as np

    return np.where(count > 0, np.maximum(count, 1).astype(np.float64) ** exponent, 0.0)


def gram(matrix: csr_matrix, dtype: torch.dtype) -> torch.Tensor:
    """`[items, items]`: users in common, XᵀX. Exact in float32 too: no count reaches 2**24."""
    import torch

    items, transposed = matrix.shape[1], matrix.T.tocsr()
    found = torch.empty(items, items, dtype=dtype)
    for start in range(0, items, ROWS):
        rows = transposed[start : start + ROWS] @ matrix
        found[start : start + ROWS] = torch.from_numpy(rows.toarray())
    return found


def top(matrix: csr_matrix, k: int) -> csr_matrix:
    """Of each row the k largest values above 0, largest first; ties: the lower column. For blocks of rows."""
    from recbox.graph.top import top as largest

    return largest(matrix, k)


def pack(name: str, matrix: csr_matrix, arrays: dict[str, np.ndarray]) -> None:
    """Put a matrix into the arrays of a state; values are left out where all are 1."""
    import numpy as np

    arrays[f"{name}.indptr"] = matrix.indptr.astype(np.int64)
    arrays[f"{name}.indices"] = matrix.indices.astype(np.int32)
    if not (matrix.data == 1).all():
        arrays[f"{name}.data"] = matrix.data


def unpack(name: str, arrays: dict[str, np.ndarray], shape: tuple[int, int]) -> csr_matrix:
    """The matrix that `pack` put there; a `ValueError` where its arrays don't fit."""
    import numpy as np

    indices = arrays[f"{name}.indices"]
    data = arrays.get(f"{name}.data", np.ones(len(indices), dtype=np.float32))
    return _csr(data, indices, arrays[f"{name}.indptr"], shape)


def _csr(data: np.ndarray, indices: np.ndarray, indptr: np.ndarray, shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((data, indices, indptr), shape=shape)
    # Checks the bounds of every index, so that a damaged state can't make a product read outside its arrays.
    matrix.check_format(full_check=True)
    return matrix
