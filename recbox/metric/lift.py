"""Popularity lift: whether people are shown more popular things than they had."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import ListMetric, WorkedList

if TYPE_CHECKING:
    import numpy as np

    from recbox.data import Dataset


@final
class Lift(ListMetric):
    """How much more popular a user's list is than the user's history: 0 as popular, 1 twice as popular.

    `mean_{i shown} φ(i) / mean_{i in the history} φ(i) - 1`, with φ the number of users who have the item in
    training: ΔGAP of a group that is this one user; the figure is the mean over users. Below 0 the list is
    less popular. 0 for an empty list, and for a user without a training interaction. Lower is better.
    """

    reference: ClassVar[str] = "Abdollahpouri et al. 2019, arXiv:1907.13286 (ΔGAP)"
    lower_is_better: ClassVar[bool] = True
    # Items 0 to 3 have 3, 1, 1 and 0 users, the user's own (3 + 1) / 2. Then a user without a history.
    worked: ClassVar[tuple[WorkedList, ...]] = (
        WorkedList(shown=(2, 3), histories=((0, 1), (0,), (0, 2)), value=(1 + 0) / 2 / 2 - 1),
        WorkedList(shown=(0,), histories=((1,), (0,), (0,), (0,)), value=3 / 1 - 1),
        WorkedList(shown=(0,), histories=((), (0,)), value=0.0),
        WorkedList(shown=(), histories=((0,), (0,)), value=0.0),
    )

    def per_list(self, items: np.ndarray, users: np.ndarray, train: Dataset) -> np.ndarray:
        import numpy as np

        from recbox.metric._have import have

        matrix, there = have(train), items >= 0
        popularity = np.asarray(matrix.sum(axis=0)).ravel()
        shown, own = there.sum(axis=1), np.diff(matrix.indptr)[users]
        mean = (popularity[items] * there).sum(axis=1) / np.maximum(shown, 1)
        usual = (matrix[users] @ popularity) / np.maximum(own, 1)
        return np.where((shown > 0) & (own > 0), mean / np.maximum(usual, 1) - 1, 0.0)
