"""Intra-list diversity: how unlike each other the items of a list are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import ListMetric, WorkedList

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix

    from recbox.data import Dataset

PAIRS = 4_000_000
"""Pairs of items that are looked up at once."""


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

        from recbox.metric._have import have, together

        value, shown = np.zeros(len(items)), np.unique(items[items >= 0])
        if len(shown) < 2 or items.shape[1] < 2:
            return value
        matrix = have(train)
        popularity = np.asarray(matrix.sum(axis=0)).ravel()[shown]
        common, place = together(matrix, shown), np.searchsorted(shown, items)
        rows = max(1, PAIRS // items.shape[1] ** 2)
        for start in range(0, len(items), rows):
            some = slice(start, start + rows)
            value[some] = _distance(place[some], items[some] >= 0, common, popularity)
        return value


def _distance(place: np.ndarray, there: np.ndarray, common: csr_matrix, popularity: np.ndarray) -> np.ndarray:
    """float64 `[n]`. place: `[n, k]`, rows of `common`, where `there` is True."""
    import numpy as np

    first, second = np.triu_indices(place.shape[1], 1)
    one, other = place[:, first], place[:, second]
    pair = there[:, first] & there[:, second]
    both = np.asarray(common[one.ravel(), other.ravel()]).reshape(one.shape)
    cosine = both / np.sqrt(np.maximum(popularity[one] * popularity[other], 1))
    return ((1 - cosine) * pair).sum(axis=1) / np.maximum(pair.sum(axis=1), 1)
