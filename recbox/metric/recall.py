"""Recall: how much of what is relevant was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import UserMetric, WorkedRanking

if TYPE_CHECKING:
    import numpy as np


@final
class Recall(UserMetric):
    """The share of a user's relevant items that stand in the top k: `hits / relevant`, in [0, 1].

    It divides by all relevant items, as trec_eval's `recall.k`, not by the smaller of k and their number: a
    user with more than k relevant items can't reach 1.
    """

    # Hits at ranks 2 and 4. Then more relevant items than ranks: all of them count.
    worked: ClassVar[tuple[WorkedRanking, ...]] = (
        WorkedRanking("0101", relevant=3, value=2 / 3),
        WorkedRanking("11", relevant=8, value=2 / 8),
    )

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return hits.sum(axis=1) / relevant
