"""Intra-list diversity: how unlike each other the items of a list are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import ListMetric, WorkedList

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from scipy.sparse import csr_matrix

    from recbox.data import Dataset

PAIRS = 4_000_000
"""Pairs of items, both ways, that are looked up at once."""
MOST = 16 * PAIRS
"""Those that are known at once, 8 bytes each and as much again by the way."""


@final
class Diversity(ListMetric):
    """Mean distance of two items of a list, `1 - cosine` of who has them in training; in [0, 1].

    `1 - |U_i ∩ U_j| / √(|U_i| |U_j|)`, the mean over all pairs of the list, with U_i the users who have item
    i in training: no method is asked for vectors, no data for features. An item that nobody has is unlike all
    others (1). 0 for a list of fewer than two items.
    """

    reference: ClassVar[str] = (
        "Ziegler et al. 2005, doi:10.1145/1060745.1060754 (intra-list similarity, here one less its mean)"
    )
    # Of the three pairs, 0 and 1 have one user in common of 2 and 1; nobody has item 2.
    worked: ClassVar[tuple[WorkedList, ...]] = (
        WorkedList(shown=(0, 1, 2), histories=((), (0, 1), (0,)), value=(1 - 1 / 2**0.5 + 1 + 1) / 3),
        WorkedList(shown=(1, 0), histories=((), (0, 1), (0, 1)), value=0.0),
        WorkedList(shown=(0,), histories=((), (0, 1)), value=0.0),
    )

    def per_list(self, items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
        import numpy as np

        from recbox.metric._have import have

        value = np.zeros(len(items))
        if items.shape[1] < 2:
            return value
        matrix = have(train)
        for some in _slices(len(items), MOST // items.shape[1] ** 2):
            value[some] = _distances(items[some], matrix)
        return value


def _distances(items: np.ndarray, matrix: csr_matrix) -> np.ndarray:
    """float64 `[n]` of lists `[n, k]`. Each pair of items is counted once, in however many lists it is."""
    import numpy as np

    from recbox.metric._have import common

    catalogue, parts = matrix.shape[1], list(_slices(len(items), PAIRS // items.shape[1] ** 2))
    known = np.zeros(0, np.int64)
    for some in parts:
        keys, there = _pairs(items[some], catalogue)
        known = _distinct(np.concatenate([known, keys[there]]))
    likeness = _cosine(matrix, common(matrix, known // catalogue, known % catalogue), known)
    value = np.zeros(len(items))
    for some in parts:
        keys, there = _pairs(items[some], catalogue)
        apart = 1 - likeness[np.searchsorted(known, keys[there])]
        sums = np.bincount(np.nonzero(there)[0], apart, len(keys))
        value[some] = sums / np.maximum(there.sum(axis=1), 1)
    return value


def _slices(rows: int, step: int) -> Iterator[slice]:
    step = max(1, step)
    return (slice(start, start + step) for start in range(0, rows, step))


def _pairs(items: np.ndarray, catalogue: int) -> tuple[np.ndarray, np.ndarray]:
    """int64 `[n, pairs]`: `lower * catalogue + higher` of each two items of a list; bool, whether both are
    there."""
    import numpy as np

    first, second = np.triu_indices(items.shape[1], 1)
    one, other = items[:, first].astype(np.int64), items[:, second].astype(np.int64)
    return np.minimum(one, other) * catalogue + np.maximum(one, other), (one >= 0) & (other >= 0)


def _distinct(keys: np.ndarray) -> np.ndarray:
    """Each once, ascending: by sorting, which for whole numbers is far faster than numpy's unique."""
    import numpy as np

    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) > 0]


def _cosine(matrix: csr_matrix, both: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """float64 `[n]`: of who has the two items of each pair. both: how many have the two."""
    import numpy as np

    popularity = np.asarray(matrix.sum(axis=0)).ravel()
    items = matrix.shape[1]
    return both / np.sqrt(np.maximum(popularity[keys // items] * popularity[keys % items], 1))
